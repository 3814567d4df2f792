// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation

/// What a member tells the home server's moderators about somebody.
public struct Report: Sendable, Equatable {
  public enum Category: String, Sendable, CaseIterable {
    case spam
    case other
  }

  /// Mastodon takes no more.
  public static let longestComment = 1_000

  /// The home server's id of who is reported.
  public let account: String
  public let comment: String
  public let category: Category
  /// Whether the moderators of the reported one's own server are told too, without the member's name.
  public let isForwarded: Bool

  /// - Throws: `badRequest` for what is no id, or a comment that is too long.
  public init(
    account: String, comment: String, category: Category = .other, isForwarded: Bool = false
  ) throws(HomeServerError) {
    guard AccountWire.isID(account) else {
      throw HomeServerError(
        .badRequest, cause: "That is not the id of an account.", remedy: "Give the home server's own id.")
    }
    guard comment.unicodeScalars.count <= Self.longestComment else {
      throw HomeServerError(
        .badRequest, cause: "The comment is longer than \(Self.longestComment) characters.",
        remedy: "Make it shorter.")
    }
    self.account = account
    self.comment = comment
    self.category = category
    self.isForwarded = isForwarded
  }
}

extension HomeServerClient {
  /// Reports somebody to the home server's moderators, in the member's name. Sent once: an answer that got lost means
  /// that it may have arrived.
  /// - Parameter token: with the scopes of ``Scopes/Purpose/reporting``.
  /// - Returns: the home server's id of the report.
  /// - Throws: `wrongScope`, `notFound` if there is no such account, `refused`, or an outage.
  @discardableResult
  public func report(_ report: Report, _ token: AccessToken) async throws(HomeServerError) -> String {
    let form = [
      FormField("account_id", report.account), FormField("comment", report.comment),
      FormField("category", report.category.rawValue),
      FormField("forward", report.isForwarded ? "true" : "false"),
    ]
    let answer = try await ask(
      Made.self, .post("report", origin.url("/api/v1/reports"), form: form, token: token.secret))
    return answer.id
  }
}

private struct Made: Decodable {
  let id: String
}
