// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

extension Response {
  /// An answer in JSON.
  static func json(_ value: JSON, status: Int = 200, type: String = "application/json; charset=utf-8")
    -> Response
  {
    Response(
      status: .init(code: status), headers: [.contentType: type],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.data)))
  }

  /// A page.
  static func html(_ text: String, status: Int = 200) -> Response {
    Response(
      status: .init(code: status), headers: [.contentType: "text/html; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  /// Anything else.
  static func text(_ text: String, type: String, maxAge: Int = 0) -> Response {
    Response(
      status: .ok, headers: [.contentType: type, .cacheControl: "max-age=\(maxAge), public"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  /// Sends a browser elsewhere.
  static func found(_ location: String) -> Response {
    Response(status: .found, headers: [.location: location])
  }

  init(_ refusal: Refusal) {
    if let body = refusal.body {
      self = .json(body, status: refusal.status)
    } else {
      self.init(status: .init(code: refusal.status))
    }
    for (name, value) in refusal.headers {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
  }

  /// This answer with a Link header for the pages around it (RFC 8288).
  func linked<Item>(_ page: Page<Item>, at address: String, limit: String?) -> Response {
    var links: [String] = []
    let kept = limit.map { "limit=\(Fields.encode($0))&" } ?? ""
    if let older = page.older { links.append("<\(address)?\(kept)max_id=\(older)>; rel=\"next\"") }
    if let newer = page.newer { links.append("<\(address)?\(kept)since_id=\(newer)>; rel=\"prev\"") }
    guard !links.isEmpty else { return self }
    var response = self
    response.headers[.link] = links.joined(separator: ", ")
    return response
  }
}

extension HTTPField.Name {
  // Each of these is a valid field name, so the initialiser never answers nil.
  private static func known(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .server }

  static let forwardedFor = known("X-Forwarded-For")
  static let link = known("Link")
  static let rateLimit = known("X-RateLimit-Limit")
  static let rateRemaining = known("X-RateLimit-Remaining")
  static let rateReset = known("X-RateLimit-Reset")
}
