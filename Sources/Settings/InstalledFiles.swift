// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation

/// Where the files are that came with the program: templates, modules for the engines, the portal's assets.
public enum InstalledFiles {
  /// `TRUNKLINE_SHARE` if set, else `../share/trunkline` of the executable, else the `share` folder of the checkout
  /// that the executable was built in.
  ///
  /// - Throws: ``SettingsError`` if there is no such folder.
  public static func folder(environment: [String: String], executable: URL) throws -> URL {
    func holds(_ folder: URL) -> Bool {
      FileManager.default.fileExists(atPath: folder.appending(path: "prosody/projection.sql").path)
    }
    if let named = environment["TRUNKLINE_SHARE"] {
      let folder = URL(filePath: named)
      guard holds(folder) else {
        throw SettingsError(
          place: "TRUNKLINE_SHARE", cause: "The folder \(named) does not hold Trunkline's files.",
          remedy: "Name the folder that has “prosody”, “nginx” and “portal” in it.")
      }
      return folder
    }
    let place = executable.resolvingSymlinksInPath().deletingLastPathComponent()
    var candidates = [place.deletingLastPathComponent().appending(path: "share/trunkline")]
    var folder = place
    for _ in 0..<6 {
      candidates.append(folder.appending(path: "share"))
      folder = folder.deletingLastPathComponent()
    }
    guard let found = candidates.first(where: holds) else {
      throw SettingsError(
        place: executable.path, cause: "Trunkline's own files are not where they should be.",
        remedy: "Install it again, or name their folder with TRUNKLINE_SHARE.")
    }
    return found
  }

  /// The folder of the files that run in browsers: `web` within the share folder of an installation, beside it in a
  /// checkout.
  ///
  /// - Throws: ``SettingsError`` if there is no such folder.
  public static func web(share: URL) throws -> URL {
    let candidates = [share.appending(path: "web"), share.appending(path: "../web").standardized]
    guard
      let found = candidates.first(where: {
        FileManager.default.fileExists(atPath: $0.appending(path: "embed/embed.js").path)
      })
    else {
      throw SettingsError(
        place: share.path, cause: "The files that run in browsers are not where they should be.",
        remedy: "Install Trunkline again: the folder “web” belongs into its share folder.")
    }
    return found
  }
}
