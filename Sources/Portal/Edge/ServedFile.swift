// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A file that is the same for everybody, read once, with a tag that names its content (RFC 9110, section 8.8.3).
struct ServedFile: Sendable {
  /// How long a browser may use what it has without asking.
  enum Keeping: String, Sendable {
    /// For addresses that hold the tag: another content has another address.
    case forever = "public, max-age=31536000, immutable"
    /// For addresses that stay: each use asks whether the content is still the same.
    case whileUnchanged = "no-cache"
  }

  /// What browsers are told that a file is, by the ending of its name; others are not served.
  static let types = [
    "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "json": "application/json",
    "svg": "image/svg+xml",
  ]

  let tag: String
  private let bytes: ByteBuffer
  private let type: String

  init(_ data: Data, type: String) {
    bytes = ByteBuffer(bytes: data)
    self.type = type
    tag = SHA256.hash(data: data).tag
  }

  /// The file, or that the browser has it already. A proxy that compresses makes the tag a weak one.
  func answer(to request: Request, keeping: Keeping) -> Response {
    let tag = "\"\(tag)\""
    var headers: HTTPFields = [.cacheControl: keeping.rawValue, .eTag: tag]
    let known = request.headers[values: .ifNoneMatch].joined(separator: ",").filter { $0 != " " }
      .split(separator: ",")
    if known.contains(where: { $0 == tag || $0 == "W/\(tag)" || $0 == "*" }) {
      return Response(status: .notModified, headers: headers)
    }
    headers[.contentType] = type
    return Response(status: .ok, headers: headers, body: .init(byteBuffer: bytes))
  }
}

extension SHA256Digest {
  /// Short enough to stand in an address or a form; what it must hold against is chance.
  var tag: String { prefix(8).map { String(format: "%02x", $0) }.joined() }
}
