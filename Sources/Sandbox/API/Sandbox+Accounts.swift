// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

extension Sandbox {
  /// Who a token belongs to, who a name is, and who follows whom.
  func addAccountRoutes(_ routes: RouteTable) {
    routes.on(.get, "/api/v1/accounts/verify_credentials", .api) { exchange in
      let member = try exchange.member("profile", "read", "read:accounts")
      return .json(credentialJSON(member, world: exchange.world))
    }
    routes.on(.get, "/api/v1/accounts/lookup", .api) { exchange in
      try exchange.authorizeIfToken("read", "read:accounts")
      guard let acct = exchange.fields.filled("acct"),
        let member = exchange.world.member(acct: acct, localDomains: localDomains)
      else { throw Refusal.notFound }
      return .json(accountJSON(member, world: exchange.world))
    }
    routes.on(.get, "/api/v1/accounts/:id", .api) { exchange in
      try exchange.authorizeIfToken("read", "read:accounts")
      return .json(accountJSON(try shown(exchange), world: exchange.world))
    }
    routes.on(.get, "/api/v1/accounts/:id/following", .api) { exchange in
      try await followPage(exchange, name: "following", mine: \.from, other: \.to)
    }
    routes.on(.get, "/api/v1/accounts/:id/followers", .api) { exchange in
      try await followPage(exchange, name: "followers", mine: \.to, other: \.from)
    }
  }

  /// The account in the path, if its profile exists.
  private func shown(_ exchange: Exchange) throws -> Member {
    guard let member = exchange.world.member(id: exchange.part("id")), member.isShownById else {
      throw Refusal.notFound
    }
    return member
  }

  private func followPage(
    _ exchange: Exchange, name: String, mine: any KeyPath<Tie, String> & Sendable,
    other: any KeyPath<Tie, String> & Sendable
  ) async throws -> Response {
    try exchange.authorizeIfToken("read", "read:accounts")
    let world = exchange.world
    let member = try shown(exchange)
    let asking = exchange.owner
    let blocked = world.blocks.contains { $0.from == member.id && $0.to == asking?.id }
    if member.suspended || blocked || (member.hidesFollows && asking?.id != member.id) {
      return .json([])
    }
    return try await listPage(
      exchange, of: member, \.follows, mine: mine, other: other, path: "accounts/\(member.id)/\(name)")
  }
}
