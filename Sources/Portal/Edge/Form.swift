// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The fields of a posted form, each at most once.
struct Form: Sendable {
  private let fields: [String: String]

  /// None.
  init() { fields = [:] }

  /// - Throws: ``PortalError`` `badRequest` or `tooLarge`.
  init(_ request: Request, _ context: PortalContext) async throws {
    guard request.headers[.contentType]?.hasPrefix("application/x-www-form-urlencoded") ?? true else {
      throw PortalError(.badRequest)
    }
    let body = try await request.body.collect(upTo: context.maxUploadSize)
    guard let text = String(validating: body.readableBytesView, as: UTF8.self) else {
      throw PortalError(.badRequest)
    }
    try self.init(text)
  }

  init(_ text: String) throws {
    var fields: [String: String] = [:]
    for pair in text.split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map { String($0).replacing("+", with: " ").removingPercentEncoding }
      guard let name = halves[0], let value = halves.count > 1 ? halves[1] : "", fields[name] == nil else {
        throw PortalError(.badRequest)
      }
      fields[name] = value
    }
    self.fields = fields
  }

  subscript(name: String) -> String? { fields[name] }
}
