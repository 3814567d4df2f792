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

  /// Enough for a form that names as many people as can be added at once, in bytes; nginx takes little more.
  static let peopleLimit = 240 * 1_024

  /// - Parameter limit: no longer than this, in bytes.
  /// - Throws: ``PortalError`` `badRequest` or `tooLarge`.
  init(_ request: Request, upTo limit: Int) async throws {
    guard request.headers[.contentType]?.hasPrefix("application/x-www-form-urlencoded") ?? true else {
      throw PortalError(.badRequest)
    }
    let body = try await request.body.collect(upTo: limit)
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

  /// What stands behind this beginning in the names of fields, in order: of boxes, which come only if they are ticked.
  func ticked(_ prefix: String) -> [String] {
    fields.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
  }
}
