// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

extension Sandbox {
  /// What the control API does to members.
  func addMemberControls(_ routes: RouteTable) {
    routes.on(.get, "/sandbox/members", .control) { exchange in
      .json(.array(exchange.world.members.map(Self.standing)))
    }
    routes.on(.post, "/sandbox/members", .control) { exchange in
      let name = exchange.json?["name"]?.text ?? ""
      let domain = exchange.json?["domain"]?.text
      let shown = exchange.json?["display_name"]?.text
      try Self.check(name: name)
      guard exchange.world.member(acct: domain.map { "\(name)@\($0)" } ?? name, localDomains: []) == nil
      else { throw Refusal.control("There is a “\(name)” already.") }
      let now = exchange.now
      let member = try await state.change { [settings] in
        $0.addMember(
          name: name, displayName: shown, password: settings.password, domain: domain,
          localDomain: settings.domain, now: now)
      }
      if domain == nil { await fire("account.created", about: member.id) }
      return .json(Self.standing(member))
    }
    routes.on(.post, "/sandbox/members/:name/rename", .control) { exchange in
      let member = try Self.member(exchange)
      let name = exchange.json?["to"]?.text ?? ""
      try Self.check(name: name)
      guard exchange.world.member(named: name).map({ $0.id == member.id }) ?? true else {
        throw Refusal.control("There is a “\(name)” already.")
      }
      try await state.change { $0.update(member.id) { $0.name = name } }
      await fire("account.updated", about: member.id)
      return .json(Self.standing(try await current(member.id)))
    }
    routes.on(.post, "/sandbox/members/:name/reown", .control) { exchange in
      let old = try Self.member(exchange)
      let now = exchange.now
      let shown = exchange.json?["display_name"]?.text
      let member = try await state.change { [settings] world in
        world.destroy(old.id)
        return world.addMember(
          name: old.name, displayName: shown, password: settings.password, domain: nil,
          localDomain: settings.domain, now: now)
      }
      await fire("account.created", about: member.id)
      return .json(Self.standing(member))
    }
    routes.on(.post, "/sandbox/members/:name/move", .control) { exchange in
      let member = try Self.member(exchange)
      let to = exchange.json?["to"]?.text
      let target = to.flatMap { exchange.world.member(acct: $0, localDomains: localDomains) }
      guard to == nil || target.map({ $0.id != member.id }) == true else {
        throw Refusal.control("“to” must be another account, or be left out to take the move back.")
      }
      try await state.change { $0.update(member.id) { $0.movedTo = target?.id } }
      await fire("account.updated", about: member.id)
      return .json(Self.standing(try await current(member.id)))
    }
    routes.on(.post, "/sandbox/members/:name/language", .control) { exchange in
      let member = try Self.member(exchange)
      guard let language = exchange.json?["to"]?.text, ["en", "de"].contains(language) else {
        throw Refusal.control("“to” must be en or de.")
      }
      try await state.change { $0.update(member.id) { $0.language = language } }
      return .json(Self.standing(try await current(member.id)))
    }
    for event in MemberEvent.allCases {
      routes.on(.post, "/sandbox/members/:name/\(event.rawValue)", .control) { exchange in
        let member = try Self.member(exchange)
        try await state.change { $0.apply(event, to: member.id) }
        if let webhook = event.webhook { await fire(webhook, about: member.id) }
        return .json(Self.standing(try await current(member.id)))
      }
    }
  }

  /// Mastodon's rule for names.
  private static func check(name: String) throws {
    guard (1...30).contains(name.utf8.count),
      name.utf8.allSatisfy({ byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
      })
    else { throw Refusal.control("A name is 1 to 30 letters a to z, digits and underscores.") }
  }

  static func member(_ exchange: Exchange) throws -> Member {
    let name = exchange.part("name")
    guard let member = exchange.world.member(named: name) else {
      throw Refusal(404, "There is no local member “\(name)”.")
    }
    return member
  }

  private func current(_ id: String) async throws -> Member {
    guard let member = await state.world.member(id: id) else { throw Refusal.notFound }
    return member
  }

  /// What the control API says about a member.
  private static func standing(_ member: Member) -> JSON {
    [
      "id": .string(member.id), "name": .string(member.name), "domain": JSON(member.domain),
      "display_name": .string(member.displayName), "admin": .bool(member.role == .admin),
      "two_factor": .bool(member.totpSecret != nil), "confirmed": .bool(member.confirmed),
      "approved": .bool(member.approved), "frozen": .bool(member.frozen),
      "suspended": .bool(member.suspended), "deleted": .bool(member.deleted), "purged": .bool(member.purged),
    ]
  }
}
