// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

extension Sandbox {
  /// The message of an event with the state of this moment; nil when nobody wants it.
  func message(
    _ event: String, about member: Member, world: SandboxWorld, overlay: JSON = [:], createdAt: Date? = nil,
    secret: String? = nil, evenUnwanted: Bool = false
  ) -> WebhookMessage? {
    guard let webhook = world.webhook, evenUnwanted || webhook.events.contains(event) else { return nil }
    let body: JSON = [
      "event": .string(event), "created_at": JSON(createdAt ?? clock()),
      "object": adminJSON(member, world: world).merged(with: overlay),
    ]
    return WebhookMessage(
      event: event, url: webhook.url, secret: secret ?? webhook.secret, body: body.data)
  }

  /// Sends the webhook of an event, or keeps it back while holding.
  func fire(_ event: String, about id: String) async {
    let world = await state.world
    guard world.software == .mastodon, let member = world.member(id: id),
      let message = message(event, about: member, world: world)
    else { return }
    if await courier.log.keep(message) { return }
    courier.send(message)
  }
}
