// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The portal's own files, read once, named after their content: they may be kept for ever, and an upgrade is seen at
/// once.
struct Assets: Sendable {
  private struct File: Sendable {
    let bytes: ByteBuffer
    let type: String
    let tag: String
  }

  private static let types = [
    "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
  ]

  private let files: [String: File]

  init(share: URL) throws {
    let folder = share.appending(path: "portal/assets")
    var files: [String: File] = [:]
    for url in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
      guard let type = Self.types[url.pathExtension] else { continue }
      let data = try Data(contentsOf: url)
      let tag = SHA256.hash(data: data).prefix(8).map { String(format: "%02x", $0) }.joined()
      files[url.lastPathComponent] = File(bytes: ByteBuffer(bytes: data), type: type, tag: tag)
    }
    self.files = files
  }

  func path(of name: String) -> String { "/assets/\(files[name]?.tag ?? "0")/\(name)" }

  func add(to routes: Routes) {
    routes.call(.get, "/assets/:tag/:name", .look) { visit in
      guard let name = visit.parameter("name"), let file = files[name], visit.parameter("tag") == file.tag
      else { throw PortalError(.notFound) }
      let tag = "\"\(file.tag)\""
      var headers: HTTPFields = [.cacheControl: "public, max-age=31536000, immutable", .eTag: tag]
      let known = visit.request.headers[values: .ifNoneMatch].joined(separator: ",").filter { $0 != " " }
        .split(separator: ",")
      if known.contains(where: { $0 == tag || $0 == "W/\(tag)" || $0 == "*" }) {
        return Response(status: .notModified, headers: headers)
      }
      headers[.contentType] = file.type
      return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.bytes))
    }
  }
}
