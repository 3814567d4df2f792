// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

extension Sandbox {
  /// The machine's side of OAuth: token, revocation, userinfo.
  func addOAuthRoutes(_ routes: RouteTable) {
    routes.on(.post, "/oauth/token", .plain) { exchange in
      let (fields, basic, now) = (exchange.fields, exchange.basic, exchange.now)
      let other = exchange.other?.id
      let token = try await state.change { [entropy] in
        try $0.issueToken(fields, basic: basic, mixedUpWith: other, entropy: entropy, now: now)
      }
      var response = Response.json([
        "access_token": .string(token.value), "token_type": "Bearer",
        "scope": .string(token.scopes.joined(separator: " ")),
        "created_at": .number(Int(token.createdAt.timeIntervalSince1970)),
      ])
      response.headers[.cacheControl] = "no-store, no-cache"
      return response
    }
    routes.on(.post, "/oauth/revoke", .plain) { exchange in
      let (fields, basic) = (exchange.fields, exchange.basic)
      try await state.change { try $0.revoke(fields, basic: basic) }
      return .json([:])
    }
    for method: HTTPRequest.Method in [.get, .post] {
      routes.on(method, "/oauth/userinfo", .plain) { exchange in
        guard exchange.world.software == .mastodon else { throw Refusal(404, "Not Found") }
        try exchange.refuseSuspended()
        let member = try exchange.member("profile")
        return .json([
          "iss": .string("\(base)/"), "sub": .string(actorURL(member)), "name": .string(member.displayName),
          "preferred_username": .string(member.name), "profile": .string(profileURL(member)),
          "picture": .string(avatarURL(member)),
        ])
      }
    }
  }
}
