// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

extension Sandbox {
  /// Where webhooks go, and how to make them late, old or forged.
  func addWebhookControls(_ routes: RouteTable) {
    routes.on(.put, "/sandbox/webhook", .control) { exchange in
      guard let json = exchange.json, let url = json["url"]?.text,
        let parts = URLComponents(string: url), ["http", "https"].contains(parts.scheme),
        parts.host?.isEmpty == false
      else { throw Refusal.control("“url” must be an http or https address.") }
      guard let secret = json["secret"]?.text, secret.count >= 12 else {
        throw Refusal.control("“secret” must be a text of at least 12 characters.")
      }
      var webhook = SandboxWebhook(url: url, secret: secret)
      if case .array(let events)? = json["events"] { webhook.events = events.compactMap(\.text) }
      let chosen = webhook
      try await state.change { $0.webhook = chosen }
      return .json([:])
    }
    routes.on(.delete, "/sandbox/webhook", .control) { _ in
      try await state.change { $0.webhook = nil }
      return .json([:])
    }
    routes.on(.post, "/sandbox/webhook/hold", .control) { _ in
      await courier.log.hold(true)
      return .json([:])
    }
    routes.on(.get, "/sandbox/webhook/held", .control) { _ in
      .json(
        .array(
          await courier.log.held.enumerated().map { place, message in
            [
              "place": .number(place), "event": .string(message.event),
              "body": .string(String(decoding: message.body, as: UTF8.self)),
            ]
          }))
    }
    // {"places": [2, 0]} sends those two in that order and goes on holding; without it everything goes, oldest
    // first, and holding ends.
    routes.on(.post, "/sandbox/webhook/release", .control) { exchange in
      var places: [Int]?
      if case .array(let values)? = exchange.json?["places"] { places = values.compactMap(\.whole) }
      guard let messages = await courier.log.take(places) else {
        throw Refusal.control("“places” must name what /sandbox/webhook/held lists.")
      }
      if places == nil { await courier.log.hold(false) }
      for message in messages { courier.send(message) }
      return .json(["sent": .number(messages.count)])
    }
    // Fires at will: `event`, `name`; optional `object` (laid over the real one), `created_at`, `secret` (to
    // sign wrongly), `times`.
    routes.on(.post, "/sandbox/webhook/fire", .control) { exchange in
      guard let json = exchange.json, let event = json["event"]?.text, let name = json["name"]?.text else {
        throw Refusal.control("“event” and “name” are needed.")
      }
      guard let member = exchange.world.member(named: name) else {
        throw Refusal(404, "There is no local member “\(name)”.")
      }
      var createdAt: Date?
      if let text = json["created_at"]?.text {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        createdAt = (try? style.parse(text)) ?? (try? Date.ISO8601FormatStyle().parse(text))
        guard createdAt != nil else {
          throw Refusal.control("“created_at” must be like 2026-01-02T03:04:05Z.")
        }
      }
      guard
        let message = message(
          event, about: member, world: exchange.world, overlay: json["object"] ?? [:], createdAt: createdAt,
          secret: json["secret"]?.text, evenUnwanted: true)
      else { throw Refusal.control("No webhook is set: PUT /sandbox/webhook first.") }
      for _ in 0..<max(1, min(json["times"]?.whole ?? 1, 100)) { courier.send(message) }
      return .json([:])
    }
    routes.on(.get, "/sandbox/webhook/attempts", .control) { _ in
      .json(
        .array(
          await courier.log.attempts.map {
            [
              "event": .string($0.event), "attempt": .number($0.attempt),
              "status": $0.status.map(JSON.number) ?? .null,
            ]
          }))
    }
  }
}
