// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Hummingbird

/// The portal's own files, named after their content: they may be kept for ever, and an upgrade is seen at once.
struct Assets: Sendable {
  private let files: [String: ServedFile]

  init(share: URL) throws {
    let folder = share.appending(path: "portal/assets")
    var files: [String: ServedFile] = [:]
    for url in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
      guard let type = ServedFile.types[url.pathExtension] else { continue }
      files[url.lastPathComponent] = ServedFile(try Data(contentsOf: url), type: type)
    }
    self.files = files
  }

  func path(of name: String) -> String { "/assets/\(files[name]?.tag ?? "0")/\(name)" }

  func add(to routes: Routes) {
    routes.call(.get, "/assets/:tag/:name", .look) { visit in
      guard let name = visit.parameter("name"), let file = files[name], visit.parameter("tag") == file.tag
      else { throw PortalError(.notFound) }
      return file.answer(to: visit.request, keeping: .forever)
    }
  }
}
