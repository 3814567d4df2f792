// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation
import Mustache

/// What pages are made of, read once: words, templates, style and script. The same for every portal with the same share folder.
public struct PortalFiles: Sendable {
  let words: Catalogue
  let templates: MustacheLibrary
  let assets: Assets

  /// - Throws: if templates, assets or words cannot be read.
  public init(share: URL) throws {
    words = try Catalogue(share: share)
    assets = try Assets(share: share)
    templates = try Self.templates(share: share)
  }

  private static func templates(share: URL) throws -> MustacheLibrary {
    MustacheContentTypes.register(StrictHTML(), named: StrictHTML.name)
    let strict = "{{% CONTENT_TYPE: \(StrictHTML.name)}}"
    var library = MustacheLibrary()
    let folder = share.appending(path: "portal/templates")
    for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    where file.pathExtension == "mustache" {
      try library.register(
        strict + String(contentsOf: file, encoding: .utf8),
        named: file.deletingPathExtension().lastPathComponent)
    }
    let icons = share.appending(path: "portal/assets/icons")
    for file in try FileManager.default.contentsOfDirectory(at: icons, includingPropertiesForKeys: nil)
    where file.pathExtension == "svg" {
      try library.register(
        String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines),
        named: "icons/\(file.deletingPathExtension().lastPathComponent)")
    }
    return library
  }
}
