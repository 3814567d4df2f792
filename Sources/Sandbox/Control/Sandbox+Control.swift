// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

extension Sandbox {
  /// The control API: only for the trial and for tests, and only with the control token.
  func addControlRoutes(_ routes: RouteTable) {
    addMemberControls(routes)
    addTieControls(routes)
    addWebhookControls(routes)
    addFaultControls(routes)
    routes.on(.put, "/sandbox/software", .control) { exchange in
      guard let software = exchange.json?["name"]?.text.flatMap(SandboxWorld.Software.init) else {
        throw Refusal.control(
          "“name” must be one of \(SandboxWorld.Software.allCases.map(\.rawValue).joined(separator: ", ")).")
      }
      try await state.change { $0.software = software }
      return .json(["name": .string(software.rawValue)])
    }
    routes.on(.put, "/sandbox/settings", .control) { exchange in
      guard let json = exchange.json else { throw Refusal.control("Send a JSON object.") }
      let look = try Self.look(json["page"], over: exchange.world.look ?? PageLook())
      var shown: SandboxSettings.DomainBlocksShown?
      if let text = json["instance_domain_blocks"] {
        shown = text.text.flatMap(SandboxSettings.DomainBlocksShown.init)
        guard shown != nil else {
          throw Refusal.control("“instance_domain_blocks” must be disabled, users or all.")
        }
      }
      let limits = try Self.limits(json["limits"], over: exchange.world.limits)
      let chosen = shown
      try await state.change {
        if let chosen { $0.domainBlocksShown = chosen }
        $0.limits = limits
        $0.look = look
      }
      await state.clearRates()
      return .json([:])
    }
    routes.on(.post, "/sandbox/tokens", .control) { exchange in
      guard let name = exchange.json?["name"]?.text, let member = exchange.world.member(named: name) else {
        throw Refusal.control("“name” must be a local member.")
      }
      let scopes = OAuthRules.split(exchange.json?["scopes"]?.text ?? "read")
      let chosen = exchange.json?["app"]?.text
      let app = exchange.world.apps.first { app in chosen.map { $0 == app.id } ?? app.isWebApp }
      guard Set(scopes).isSubset(of: OAuthRules.scopes), let app else {
        throw Refusal.control(
          "“scopes” must be scopes of Mastodon, with spaces between; “app” the id of an app.")
      }
      let now = exchange.now
      let token = try await state.change { [entropy] in
        $0.token(app: app.id, member: member.id, scopes: scopes, entropy: entropy, now: now, reuse: false)
      }
      return .json(["access_token": .string(token.value), "scope": .string(scopes.joined(separator: " "))])
    }
    // Without their values: what a test may know is whether they live.
    routes.on(.get, "/sandbox/tokens", .control) { exchange in
      let (world, name) = (exchange.world, exchange.fields.filled("name"))
      let asked = try name.map { name in
        guard let member = world.member(named: name) else {
          throw Refusal.control("“name” must be a local member.")
        }
        return member.id
      }
      return .json(
        .array(
          world.tokens.filter { asked == nil || $0.member == asked }.map { token in
            [
              "app": JSON(world.apps.first { $0.id == token.app }?.name), "revoked": .bool(token.revoked),
              "member": JSON(token.member.flatMap(world.member(id:))?.name),
              "scope": .string(token.scopes.joined(separator: " ")),
            ]
          }))
    }
    routes.on(.delete, "/sandbox/apps", .control) { _ in
      try await state.change { $0.forgetApps() }
      return .json([:])
    }
    routes.on(.get, "/sandbox/web-app", .control) { exchange in
      .json(["id": JSON(exchange.world.webApp?.id)])
    }
  }

  private static func look(_ json: JSON?, over old: PageLook) throws -> PageLook {
    var look = old
    func choose<Choice: RawRepresentable & CaseIterable>(_ name: String, _ old: Choice) throws -> Choice
    where Choice.RawValue == String {
      guard let value = json?[name] else { return old }
      guard let choice = value.text.flatMap(Choice.init) else {
        let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw Refusal.control("“page.\(name)” must be one of \(choices).")
      }
      return choice
    }
    look.colorScheme = try choose("color_scheme", old.colorScheme)
    look.contrast = try choose("contrast", old.contrast)
    look.markup = try choose("markup", old.markup)
    return look
  }

  private static func limits(_ json: JSON?, over old: SandboxLimits) throws -> SandboxLimits {
    guard let json else { return old }
    if json.text == "none" { return .none }
    if json.text == "mastodon" { return .mastodon }
    guard case .object(let members) = json else {
      throw Refusal.control("“limits” must be “none”, “mastodon” or an object.")
    }
    var limits = old
    for (name, value) in members {
      guard let number = value.whole, number >= 0 else {
        throw Refusal.control("“limits.\(name)” must be a whole number, 0 for no limit.")
      }
      switch name {
      case "per_token": limits.perToken = number
      case "per_member": limits.perMember = number
      case "per_address": limits.perAddress = number
      case "apps_per_address": limits.appsPerAddress = number
      case "sign_ins_per_address": limits.signInsPerAddress = number
      default: throw Refusal.control("“limits.\(name)” is not known.")
      }
    }
    return limits
  }

  private func addFaultControls(_ routes: RouteTable) {
    routes.on(.post, "/sandbox/faults", .control) { exchange in
      guard let json = exchange.json else { throw Refusal.control("Send a JSON object.") }
      let chosen = try Fault(json)
      if let name = chosen.name, exchange.world.member(named: name) == nil {
        throw Refusal.control("“name” must be a local member.")
      }
      let fault = await state.add(chosen)
      return .json(["id": .number(fault.id)])
    }
    routes.on(.delete, "/sandbox/faults", .control) { exchange in
      await state.clearFaults(endpoint: exchange.fields.filled("endpoint"))
      return .json([:])
    }
    routes.on(.get, "/sandbox/counters", .control) { _ in
      .json(.object(await state.counters.mapValues(JSON.number)))
    }
    routes.on(.delete, "/sandbox/counters", .control) { _ in
      await state.clearCounters()
      return .json([:])
    }
  }
}
