// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

extension Sandbox {
  /// How others find the server and its members.
  func addWellKnownRoutes(_ routes: RouteTable) {
    routes.on(.get, "/.well-known/oauth-authorization-server", .plain) { exchange in
      guard exchange.world.software == .mastodon else { throw Refusal(404, "Not Found") }
      return .json([
        "issuer": .string("\(base)/"), "authorization_endpoint": .string("\(base)/oauth/authorize"),
        "token_endpoint": .string("\(base)/oauth/token"),
        "revocation_endpoint": .string("\(base)/oauth/revoke"),
        "userinfo_endpoint": .string("\(base)/oauth/userinfo"),
        "app_registration_endpoint": .string("\(base)/api/v1/apps"),
        "service_documentation": "https://docs.joinmastodon.org/",
        "scopes_supported": .array(OAuthRules.scopes.map(JSON.string)),
        "response_types_supported": ["code"], "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
      ])
    }
    routes.on(.get, "/.well-known/webfinger", .plain) { exchange in webFinger(exchange) }
    routes.on(.get, "/.well-known/host-meta", .plain) { _ in
      .text(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">
          <Link rel="lrdd" template="\(base)/.well-known/webfinger?resource={uri}"/>
        </XRD>

        """, type: "application/xrd+xml; charset=utf-8", maxAge: 259_200)
    }
    routes.on(.get, "/.well-known/nodeinfo", .plain) { _ in
      .json([
        "links": [
          [
            "rel": "http://nodeinfo.diaspora.software/ns/schema/2.0",
            "href": .string("\(base)/nodeinfo/2.0"),
          ]
        ]
      ])
    }
    routes.on(.get, "/nodeinfo/2.0", .plain) { exchange in
      let software = exchange.world.software
      let version = software == .snac ? "2.94" : Self.version(of: software)
      return .json([
        "version": "2.0", "software": ["name": .string(software.rawValue), "version": .string(version)],
        "protocols": ["activitypub"], "services": ["outbound": [], "inbound": []],
        "usage": [
          "users": [
            "total": .number(exchange.world.members.count { $0.isLocal && $0.isFunctional }),
            "activeMonth": 9, "activeHalfyear": 9,
          ], "localPosts": 0,
        ],
        "openRegistrations": false,
        "metadata": ["nodeName": "Sandbox", "nodeDescription": "A sandbox for trying things."],
      ])
    }
  }

  private func webFinger(_ exchange: Exchange) -> Response {
    func nothing(_ status: Int) -> Response {
      var response = Response(status: .init(code: status))
      response.headers[.cacheControl] = "max-age=180, public"
      return response
    }
    guard let resource = exchange.fields.filled("resource") else { return nothing(400) }
    let found: Member?
    if resource.lowercased().hasPrefix("acct:") || !resource.contains("://") {
      let acct = resource.lowercased().hasPrefix("acct:") ? String(resource.dropFirst(5)) : resource
      guard acct.dropFirst().contains("@") else { return nothing(400) }
      found = exchange.world.member(acct: acct, localDomains: localDomains)
    } else {
      found = exchange.world.members.first {
        $0.isLocal && [profileURL($0), actorURL($0), "\(base)/users/\($0.name)"].contains(resource)
      }
    }
    guard let member = found, member.isLocal else { return nothing(404) }
    // Suspended by an admin is not gone: only a deletion by the member is for good.
    guard !member.deleted else { return nothing(410) }
    var response = Response.json(
      [
        "subject": .string("acct:\(member.name)@\(settings.domain)"),
        "aliases": [.string(profileURL(member)), .string(actorURL(member))],
        "links": [
          [
            "rel": "http://webfinger.net/rel/profile-page", "type": "text/html",
            "href": .string(profileURL(member)),
          ],
          ["rel": "self", "type": "application/activity+json", "href": .string(actorURL(member))],
          [
            "rel": "http://ostatus.org/schema/1.0/subscribe",
            "template": .string("\(base)/authorize_interaction?uri={uri}"),
          ],
        ],
      ], type: "application/jrd+json; charset=utf-8")
    response.headers[.cacheControl] = "max-age=259200, public"
    return response
  }
}
