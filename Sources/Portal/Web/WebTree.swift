// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
import Foundation
import Hummingbird

/// The files of `web/`, and the words that go with them, under one tag for all of them.
///
/// Modules import each other by relative addresses, so they must be of one version: a tag for each file would need a
/// build step that writes it into the others. What a page begins with comes with all that it imports.
struct WebTree: Sendable {
  /// The folders of `web/` that browsers are given; tests and settings of tools are not.
  ///
  /// `vendor` is fetched when building (dist/vendor). Without it there are no calls in the browser, and all else is as it was.
  static let folders = ["client", "embed", "shared", "vendor"]

  /// What pages begin with.
  static let entries = ["client/main.js", "embed/embed.js", "embed/main.js"]

  /// Names all of this; another version has another one.
  let tag: String
  private let files: [String: ServedFile]

  /// - Parameters:
  ///   - folder: `web/`.
  ///   - words: JSON documents by their names.
  /// - Throws: if a file cannot be read; ``JoinedModules/Failure``.
  init(folder: URL, words: [String: Data]) throws {
    var contents: [String: Data] = [:]
    for part in Self.folders {
      let root = folder.appending(path: part)
      if part == "vendor", !FileManager.default.fileExists(atPath: root.path(percentEncoded: false)) {
        continue
      }
      for name in try FileManager.default.subpathsOfDirectory(atPath: root.path(percentEncoded: false))
      where ServedFile.types[(name as NSString).pathExtension] != nil {
        contents["\(part)/\(name)"] = try Data(contentsOf: root.appending(path: name))
      }
    }
    let sources = contents.filter { $0.key.hasSuffix(".js") }.mapValues {
      String(decoding: $0, as: UTF8.self)
    }
    for entry in Self.entries where sources[entry] != nil {
      contents[entry] = Data(try JoinedModules.script(of: entry, in: sources).utf8)
    }
    for (name, document) in words { contents["words/\(name).json"] = document }
    var hash = SHA256()
    for (name, data) in contents.sorted(by: { $0.key < $1.key }) {
      // With its length each part is told from the next, whatever is in it.
      hash.update(data: Data("\(name)\n\(data.count)\n".utf8))
      hash.update(data: data)
    }
    tag = hash.finalize().tag
    files = contents.reduce(into: [:]) { files, content in
      guard let type = ServedFile.types[(content.key as NSString).pathExtension] else { return }
      files[content.key] = ServedFile(content.value, type: type)
    }
  }

  /// Where browsers find a file on the portal's host.
  func path(of name: String) -> String { "/web/\(tag)/\(name)" }

  /// A file under an address that does not change with its content.
  func file(_ name: String) throws(PortalError) -> ServedFile {
    guard let file = files[name] else { throw PortalError(.notFound) }
    return file
  }

  /// Serves these folders, and no others, under an address that ends with `/:tag/**`.
  func serve(_ folders: [String], at address: String, on routes: Routes) {
    routes.call(.get, "\(address)/:tag/**", .look) { visit in
      let path = visit.context.parameters.getCatchAll()
      guard visit.parameter("tag") == tag, let folder = path.first, folders.contains(String(folder)) else {
        throw PortalError(.notFound)
      }
      return try file(path.joined(separator: "/")).answer(to: visit.request, keeping: .forever)
    }
  }
}
