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
    routes.on(.get, "/api/v1/admin/domain_blocks", .api) { exchange in
      try requireAdmin(exchange, for: "domain_blocks")
      let fields = exchange.fields
      let page = SandboxWorld.page(
        exchange.world.instanceDomainBlocks, id: { $0.id ?? 0 },
        below: fields["max_id"].flatMap { Int($0) }, above: fields["since_id"].flatMap { Int($0) },
        limit: exchange.limit(100)
      ) { $0 }
      return .json(
        .array(
          page.items.map { block in
            [
              "id": .string(String(block.id ?? 0)), "domain": .string(block.domain),
              "created_at": "2026-01-01T00:00:00.000Z", "severity": .string(block.severity),
              "reject_media": false, "reject_reports": false, "private_comment": nil,
              "public_comment": .string(block.comment), "obfuscate": .bool(block.obfuscate ?? false),
            ]
          })
      ).linked(page, at: "\(base)/api/v1/admin/domain_blocks", limit: fields["limit"])
    }
  }

  /// The right scope and the right role; without a token nobody is told that one was missing.
  private func requireAdmin(_ exchange: Exchange, for what: String = "accounts") throws {
    guard exchange.world.software == .mastodon else { throw Refusal(404, "Not Found") }
    try exchange.authorizeIfToken("admin:read", "admin:read:\(what)")
    guard let owner = exchange.owner, owner.isFunctional, owner.role == .admin else {
      throw Refusal.notAllowed
    }
  }
}
