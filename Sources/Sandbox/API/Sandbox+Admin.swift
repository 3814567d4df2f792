// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes

extension Sandbox {
  /// What an admin's token may ask.
  func addAdminRoutes(_ routes: RouteTable) {
    routes.on(.get, "/api/v1/admin/accounts", .api) { exchange in
      try requireAdmin(exchange)
      let world = exchange.world
      let fields = exchange.fields
      let chosen = world.members.filter { member in
        (!fields.isTrue("local") || member.isLocal) && (!fields.isTrue("remote") || !member.isLocal)
          && (!fields.isTrue("active") || member.isFunctional)
          && (!fields.isTrue("pending") || !member.approved)
          && (!fields.isTrue("disabled") || member.frozen)
          && (!fields.isTrue("silenced") || member.silenced)
          && (!fields.isTrue("suspended") || member.suspended)
          && (fields.filled("username").map { member.name.lowercased().hasPrefix($0.lowercased()) } ?? true)
          && (fields.filled("email").map { member.email.lowercased() == $0.lowercased() } ?? true)
      }
      let page = SandboxWorld.page(
        chosen, id: { Int($0.id) ?? 0 }, below: fields["max_id"].flatMap { Int($0) },
        above: fields["since_id"].flatMap { Int($0) }, limit: exchange.limit(100)
      ) { $0 }
      return .json(.array(page.items.map { adminJSON($0, world: world) }))
        .linked(page, at: "\(base)/api/v1/admin/accounts", limit: fields["limit"])
    }
    routes.on(.get, "/api/v1/admin/accounts/:id", .api) { exchange in
      try requireAdmin(exchange)
      guard let member = exchange.world.member(id: exchange.part("id")) else { throw Refusal.notFound }
      return .json(adminJSON(member, world: exchange.world))
    }
  }

  /// The right scope and the right role; without a token nobody is told that one was missing.
  private func requireAdmin(_ exchange: Exchange) throws {
    guard exchange.world.software == .mastodon else { throw Refusal(404, "Not Found") }
    try exchange.authorizeIfToken("admin:read", "admin:read:accounts")
    guard let owner = exchange.owner, owner.isFunctional, owner.role == .admin else {
      throw Refusal.notAllowed
    }
  }
}
