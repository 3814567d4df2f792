// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

/// One request with everything its answer depends on, taken at its arrival.
struct Exchange: Sendable {
  let request: Request
  let captures: Parameters
  let fields: Fields
  /// The body, where it is JSON.
  let json: JSON?
  let world: SandboxWorld
  /// What goes wrong on purpose with a list.
  let fault: Fault.Kind?
  /// Who is answered for instead of who asks: members are being mixed up on purpose.
  let other: Member?
  let now: Date
  /// Where it came from: what the reverse proxy says, or loopback.
  let address: String

  /// A part of the path.
  func part(_ name: String) -> String { captures.get(name)?.removingPercentEncoding ?? "" }

  /// The token that came with the request, in the header or (as Mastodon allows) as a parameter.
  var presentedToken: String? {
    if let header = request.headers[.authorization] {
      let words = header.split(separator: " ", maxSplits: 1)
      return words.count == 2 && words[0].lowercased() == "bearer" ? String(words[1]) : nil
    }
    return fields.filled("access_token") ?? fields.filled("bearer_token")
  }

  /// The record of that token, also when it is revoked.
  var token: AccessToken? {
    presentedToken.flatMap { value in world.tokens.last { $0.value == value } }
  }

  /// The member of that token, also when it is revoked: Mastodon looks at the owner first.
  var owner: Member? { token?.member.flatMap(world.member(id:)) }

  /// Client id and secret of HTTP basic authentication.
  var basic: (id: String, secret: String)? {
    guard let header = request.headers[.authorization], header.lowercased().hasPrefix("basic "),
      let data = Data(base64Encoded: String(header.dropFirst(6)))
    else { return nil }
    let sides = String(decoding: data, as: UTF8.self).split(
      separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    return sides.count == 2 ? (String(sides[0]), String(sides[1])) : nil
  }

  /// The value of a cookie.
  func cookie(_ name: String) -> String? { request.cookies[name]?.value }

  /// Mastodon's first check of every API request: the owner of the token is not suspended.
  func refuseSuspended() throws {
    guard let owner, !owner.isFunctional || token?.revoked == true else { return }
    switch world.software {
    case .mastodon: if owner.suspended { throw worded(.disabled, for: owner) }
    case .gotosocial: throw Refusal(401, "Unauthorized: token not valid or account not active")
    case .snac: throw Refusal.empty(422)
    }
  }

  /// The live token with any of these scopes; with none given, any live token.
  /// - Throws: ``Refusal`` 401 or 403.
  @discardableResult
  func authorize(_ scopes: String...) throws -> AccessToken { try authorize(anyOf: scopes) }

  /// As ``authorize(_:)``, but nobody needs to come with a token.
  func authorizeIfToken(_ scopes: String...) throws {
    if token != nil { try authorize(anyOf: scopes) }
  }

  /// The member behind a live token with any of these scopes.
  /// - Throws: ``Refusal`` 401, 403 or 422.
  func member(_ scopes: String...) throws -> Member {
    try authorize(anyOf: scopes)
    guard let owner else { throw Refusal.userNeeded }
    if !owner.confirmed { throw worded(.unconfirmed, for: owner) }
    if !owner.approved { throw worded(.pending, for: owner) }
    if !owner.isFunctional { throw worded(.disabled, for: owner) }
    return other ?? owner
  }

  /// `lang` in the request goes before what the member has chosen.
  private func worded(_ refusal: Refusal, for member: Member) -> Refusal {
    refusal.worded(in: fields.filled("lang") ?? member.language ?? "en")
  }

  @discardableResult
  private func authorize(anyOf scopes: [String]) throws -> AccessToken {
    guard let token else { throw Refusal.unknownToken }
    if token.revoked { throw Refusal.revokedToken }
    guard scopes.isEmpty || !Set(scopes).isDisjoint(with: token.scopes) else { throw Refusal.outside(scopes) }
    return token
  }

  /// A page's length: as asked, at most twice the usual.
  func limit(_ usual: Int) -> Int {
    fields["limit"].map { min(abs(Int($0.prefix(9)) ?? 0), usual * 2) } ?? usual
  }
}
