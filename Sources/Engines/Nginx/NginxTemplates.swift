// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation
import Mustache

/// The templates of nginx's configuration, parsed.
public struct NginxTemplates: Sendable {
  /// The files that ``NginxConfiguration/render(_:)`` writes, and the templates of the same names.
  static let files = ["nginx.conf", "trunkline.conf", "home-server.conf"]
  private static let parts = ["tls", "proxy"]

  let library: MustacheLibrary

  /// Parses the texts of the templates, keyed by file name without `.mustache`.
  public init(texts: [String: String]) throws {
    var library = MustacheLibrary()
    for name in Self.files + Self.parts {
      guard let text = texts[name] else {
        throw EngineError(
          .configuration, cause: "nginx: the template \(name).mustache is missing.",
          remedy: "Install Trunkline's share folder again.")
      }
      do {
        try library.register(text, named: name)
      } catch {
        throw EngineError(
          .configuration, cause: "nginx: the template \(name).mustache is broken: \(error).",
          remedy: "Install Trunkline's share folder again.")
      }
    }
    self.library = library
  }

  /// Reads the templates from the folder `nginx` of the share folder.
  public init(share: URL) throws {
    var texts: [String: String] = [:]
    for name in Self.files + Self.parts {
      let file = share.appending(path: "nginx/\(name).mustache")
      texts[name] = try? String(contentsOf: file, encoding: .utf8)
    }
    try self.init(texts: texts)
  }
}
