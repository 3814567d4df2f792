// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

extension Sandbox {
  /// What the control API does to what people have to do with each other, and to what they say of themselves.
  func addTieControls(_ routes: RouteTable) {
    routes.on(.post, "/sandbox/members/:name/crowd", .control) { exchange in
      let member = try Self.member(exchange)
      guard let json = exchange.json, let count = json["count"]?.whole, (1...20_000).contains(count) else {
        throw Refusal.control("“count” must be 1 to 20000.")
      }
      guard let ties = SandboxWorld.CrowdTies(rawValue: json["ties"]?.text ?? "mutual") else {
        throw Refusal.control("“ties” must be mutual, following or followers.")
      }
      let isLocal = json["local"]?.flag ?? false
      let domain = isLocal ? nil : json["domain"]?.text ?? "crowd.example"
      let now = exchange.now
      try await state.change { [settings] in
        $0.addCrowd(count, around: member, domain: domain, ties: ties, settings: settings, now: now)
      }
      return .json(["added": .number(count)])
    }
    for (kind, path) in SandboxWorld.tieKinds {
      routes.on(.put, "/sandbox/members/:name/\(kind)/:other", .control) { exchange in
        let (member, other) = try both(exchange)
        let notifications = exchange.json?["notifications"]?.flag
        try await state.change { $0.tie(member.id, other.id, path, notifications: notifications) }
        return .json([:])
      }
      routes.on(.delete, "/sandbox/members/:name/\(kind)/:other", .control) { exchange in
        let (member, other) = try both(exchange)
        try await state.change { $0.untie(member.id, other.id, path) }
        return .json([:])
      }
    }
    routes.on(.put, "/sandbox/members/:name/domain_blocks/:domain", .control) { exchange in
      let member = try Self.member(exchange)
      let domain = exchange.part("domain").lowercased()
      try await state.change { world in
        guard !world.domainBlocks.contains(where: { $0.from == member.id && $0.domain == domain }) else {
          return
        }
        world.domainBlocks.append(DomainTie(id: world.nextID(), from: member.id, domain: domain))
      }
      return .json([:])
    }
    routes.on(.delete, "/sandbox/members/:name/domain_blocks/:domain", .control) { exchange in
      let member = try Self.member(exchange)
      let domain = exchange.part("domain").lowercased()
      try await state.change { $0.domainBlocks.removeAll { $0.from == member.id && $0.domain == domain } }
      return .json([:])
    }
    addProfileControls(routes)
    addSiteBlockControls(routes)
  }

  private func addProfileControls(_ routes: RouteTable) {
    routes.on(.put, "/sandbox/accounts/:acct/profile", .control) { exchange in
      let acct = exchange.part("acct")
      guard let json = exchange.json,
        let member = exchange.world.member(acct: acct, localDomains: localDomains)
      else { throw Refusal(404, "There is no account “\(acct)”.") }
      var lines: [ProfileLine]?
      if case .array(let values)? = json["fields"] {
        lines = try values.map { value in
          guard let name = value["name"]?.text, let text = value["value"]?.text else {
            throw Refusal.control("“fields” must be a list of {name, value}.")
          }
          return ProfileLine(name: name, value: text)
        }
      }
      let fields = lines
      try await state.change { world in
        world.update(member.id) { member in
          if let name = json["display_name"]?.text { member.displayName = name }
          if let bio = json["bio"]?.text { member.bio = bio }
          if let bot = json["bot"]?.flag { member.bot = bot }
          if let fields { member.fields = fields }
        }
      }
      return .json([:])
    }
  }

  private func addSiteBlockControls(_ routes: RouteTable) {
    routes.on(.put, "/sandbox/domain_blocks/:domain", .control) { exchange in
      let domain = exchange.part("domain").lowercased()
      let severity = exchange.json?["severity"]?.text ?? "suspend"
      guard ["suspend", "silence", "noop"].contains(severity) else {
        throw Refusal.control("“severity” must be suspend, silence or noop.")
      }
      let comment = exchange.json?["comment"]?.text ?? ""
      let obfuscate = exchange.json?["obfuscate"]?.flag
      try await state.change { world in
        world.instanceDomainBlocks.removeAll { $0.domain == domain }
        world.instanceDomainBlocks.append(
          .init(
            domain: domain, severity: severity, comment: comment, id: world.nextID(), obfuscate: obfuscate))
      }
      return .json([:])
    }
    routes.on(.delete, "/sandbox/domain_blocks/:domain", .control) { exchange in
      let domain = exchange.part("domain").lowercased()
      try await state.change { $0.instanceDomainBlocks.removeAll { $0.domain == domain } }
      return .json([:])
    }
  }

  private func both(_ exchange: Exchange) throws -> (Member, Member) {
    let member = try Self.member(exchange)
    guard let other = exchange.world.member(acct: exchange.part("other"), localDomains: localDomains) else {
      throw Refusal(404, "There is no account “\(exchange.part("other"))”.")
    }
    return (member, other)
  }
}
