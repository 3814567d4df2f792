// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

extension Sandbox {
  /// What a member has to do with others: follows, blocks, mutes, hidden domains.
  func addRelationRoutes(_ routes: RouteTable) {
    routes.on(.get, "/api/v1/accounts/relationships", .api) { exchange in
      let member = try exchange.member("read", "read:follows")
      let world = exchange.world
      let asked = exchange.fields.all("id")
      let withSuspended = exchange.fields.isTrue("with_suspended")
      var found = world.members.filter { asked.contains($0.id) && (withSuspended || !$0.suspended) }
        .sorted { $0.id < $1.id }
      if world.software == .snac { found = Array(found.prefix(1)) }
      return .json(.array(found.map { Self.relation(of: member, to: $0, world: world) }))
    }
    routes.on(.get, "/api/v1/blocks", .api) { exchange in
      let member = try exchange.member("follow", "read", "read:blocks")
      return try await listPage(exchange, of: member, \.blocks, path: "blocks")
    }
    routes.on(.get, "/api/v1/mutes", .api) { exchange in
      let member = try exchange.member("follow", "read", "read:mutes")
      return try await listPage(
        exchange, of: member, \.mutes, path: "mutes", adding: ["mute_expires_at": nil])
    }
    routes.on(.get, "/api/v1/domain_blocks", .api) { exchange in
      guard exchange.world.software == .mastodon else { throw Refusal(404, "Not Found") }
      let member = try exchange.member("follow", "read", "read:blocks")
      let page = SandboxWorld.page(
        exchange.world.domainBlocks.filter { $0.from == member.id }, id: \.id,
        below: exchange.fields["max_id"].flatMap { Int($0) },
        above: exchange.fields["since_id"].flatMap { Int($0) }, limit: exchange.limit(100)
      ) { $0.domain }
      return .json(.array(page.items.map(JSON.string))).linked(
        page, at: "\(base)/api/v1/domain_blocks", limit: exchange.fields["limit"])
    }
  }

  private static func relation(of member: Member, to other: Member, world: SandboxWorld) -> JSON {
    func has(_ ties: [Tie], from: Member, to: Member) -> Bool {
      ties.contains { $0.from == from.id && $0.to == to.id }
    }
    let following = has(world.follows, from: member, to: other)
    let mute = world.mutes.first { $0.from == member.id && $0.to == other.id }
    let muting = mute != nil
    return [
      "id": .string(other.id), "following": .bool(following), "showing_reblogs": .bool(following),
      "notifying": false, "languages": nil, "followed_by": .bool(has(world.follows, from: other, to: member)),
      "blocking": .bool(has(world.blocks, from: member, to: other)),
      "blocked_by": .bool(has(world.blocks, from: other, to: member)), "muting": .bool(muting),
      "muting_notifications": .bool(muting && mute?.notifications != false), "muting_expires_at": nil,
      "requested": false,
      "requested_by": false,
      "domain_blocking": .bool(
        world.domainBlocks.contains { $0.from == member.id && $0.domain == other.domain }),
      "endorsed": false, "note": "",
    ]
  }
}
