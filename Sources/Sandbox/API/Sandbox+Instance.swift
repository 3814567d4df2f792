// SPDX-License-Identifier: AGPL-3.0-or-later

import Crypto
import Foundation
import HTTPTypes

extension Sandbox {
  /// What the server says about itself.
  func addInstanceRoutes(_ routes: RouteTable) {
    routes.on(.get, "/api/v1/instance", .api) { exchange in
      let world = exchange.world
      return .json([
        "uri": .string(settings.domain), "title": "Sandbox",
        "short_description": "A sandbox for trying things.",
        "description": "", "email": .string("trent@\(settings.domain)"),
        "version": .string(Self.version(of: world.software)),
        "urls": ["streaming_api": .string(base.replacing("http", with: "ws", maxReplacements: 1))],
        "stats": [
          "user_count": .number(world.members.count { $0.isLocal && $0.isFunctional }), "status_count": 0,
          "domain_count": .number(Set(world.members.compactMap(\.domain)).count),
        ],
        "thumbnail": nil, "languages": ["en"], "registrations": false, "approval_required": true,
        "invites_enabled": false, "configuration": Self.configuration, "contact_account": nil, "rules": [],
      ])
    }
    routes.on(.get, "/api/v2/instance", .api) { exchange in
      let world = exchange.world
      return .json([
        "domain": .string(settings.domain), "title": "Sandbox",
        "version": .string(Self.version(of: world.software)),
        "source_url": "https://github.com/mastodon/mastodon", "description": "A sandbox for trying things.",
        "usage": ["users": ["active_month": .number(world.members.count { $0.isLocal && $0.isFunctional })]],
        "thumbnail": ["url": .string("\(base)/headers/original/missing.svg")], "icon": [],
        "languages": ["en"],
        "configuration": Self.configuration.merged(with: [
          "urls": [
            "streaming": .string(base.replacing("http", with: "ws", maxReplacements: 1)), "status": nil,
          ],
          "vapid": ["public_key": ""], "translation": ["enabled": false],
        ]),
        "registrations": [
          "enabled": false, "approval_required": true, "reason_required": false, "message": nil, "url": nil,
        ],
        "api_versions": ["mastodon": 7],
        "contact": ["email": .string("trent@\(settings.domain)"), "account": nil], "rules": [],
      ])
    }
    routes.on(.get, "/api/v1/instance/domain_blocks", .api) { exchange in
      let world = exchange.world
      let open =
        switch world.domainBlocksShown {
        case .all: true
        case .users: exchange.owner?.isFunctional == true && exchange.token?.revoked == false
        case .disabled: false
        }
      guard open, world.software == .mastodon else { throw Refusal.empty(404) }
      return .json(
        .array(
          world.instanceDomainBlocks.filter { $0.severity != "noop" }.map { block in
            let digest = SHA256.hash(data: Data(block.domain.utf8))
            return [
              "domain": .string(block.publicDomain),
              "digest": .string(digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()),
              "severity": .string(block.severity), "comment": .string(block.comment),
            ]
          }))
    }
  }

  /// The version a server of this kind names.
  static func version(of software: SandboxWorld.Software) -> String {
    switch software {
    case .mastodon: "4.6.0"
    case .gotosocial: "0.20.0+git-sandbox"
    case .snac: "4.2.0 (not true; compatible; snac 2.94)"
    }
  }

  private static let configuration: JSON = [
    "accounts": ["max_featured_tags": 10, "max_pinned_statuses": 5],
    "statuses": ["max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23],
    "polls": [
      "max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2_629_746,
    ],
  ]
}
