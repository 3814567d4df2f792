// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird

extension Sandbox {
  /// The page that looks like Mastodon's, with its anchors, data and policy.
  func addWebRoutes(_ routes: RouteTable) {
    for path in ["/", "/home", "/explore", "/notifications", "/public", "/public/local"] {
      routes.on(.get, path, .plain) { exchange in webPage(exchange, profile: nil) }
    }
    routes.on(.get, "/@{user}", .plain) { exchange in
      guard
        let member = exchange.world.member(acct: exchange.part("user"), localDomains: localDomains),
        member.isShownById
      else { return notFoundPage() }
      if member.deleted {
        return page(.notice, ["title": "Gone", "text": "This account does not exist any more."], status: 410)
      }
      if member.suspended {
        return page(
          .notice, ["title": "Account suspended", "text": "This profile is not shown."], status: 403)
      }
      return webPage(exchange, profile: member)
    }
    for (name, text) in packs {
      let type = name.hasSuffix(".js") ? "text/javascript" : "text/css"
      routes.on(.get, "/packs/\(name)", .plain) { _ in
        .text(text, type: "\(type); charset=utf-8", maxAge: 60)
      }
    }
    routes.on(.get, "/avatars/{id}.svg", .plain) { exchange in
      guard let member = exchange.world.member(id: exchange.part("id")) else { throw Refusal.empty(404) }
      return .text(Self.avatar(member), type: "image/svg+xml", maxAge: 3600)
    }
    for path in ["/avatars/original/missing.svg", "/headers/original/missing.svg"] {
      routes.on(.get, path, .plain) { _ in .text(Self.missingPicture, type: "image/svg+xml", maxAge: 3600) }
    }
  }

  /// For people who went astray.
  func notFoundPage() -> Response {
    page(
      .notice, ["title": "Not found", "text": "The page you are looking for isn't here."], status: 404)
  }

  private func webPage(_ exchange: Exchange, profile: Member?) -> Response {
    let session = exchange.world.session(exchange.cookie(Self.cookieName))
    let member = session?.member.flatMap(exchange.world.member(id:))
    if let member, let refused = refuseDysfunctional(member) { return refused }
    let world = exchange.world
    let look = world.look ?? PageLook()
    var values: [String: Any] = [
      "colorScheme": look.colorScheme.rawValue, "contrast": look.contrast.rawValue,
      "initialState": initialState(member, session: session, profile: profile, world: world).scriptText,
      "title": profile.map { "\($0.displayName) (@\($0.name)@\(settings.domain))" } ?? "Sandbox",
      "posts": SandboxPost.seeded.compactMap { post in
        world.member(named: post.author).map { author -> [String: Any] in
          [
            "name": author.name, "shown": author.displayName, "avatar": avatarURL(author),
            "text": post.text, "age": post.age,
          ]
        }
      }.filter { profile == nil || $0["name"] as? String == profile?.name },
    ]
    if let member, let session {
      values["me"] =
        [
          "name": member.name, "shown": member.displayName, "avatar": avatarURL(member),
          "form": session.formToken,
        ] as [String: Any]
    }
    if let profile {
      values["profile"] =
        [
          "name": profile.name, "shown": profile.displayName, "avatar": avatarURL(profile),
          "bio": profile.bio, "domain": profile.domain ?? settings.domain,
          "following": world.follows.count { $0.from == profile.id },
          "followers": world.follows.count { $0.to == profile.id },
          "isMe": profile.id == member?.id, "form": session?.formToken ?? "",
        ] as [String: Any]
    } else {
      values["timeline"] = true
    }
    return page(.web, values, policy: .web, markup: look.markup)
  }

  /// The page's data: with the member's own token when signed in.
  private func initialState(
    _ member: Member?, session: BrowserSession?, profile: Member?, world: SandboxWorld
  ) -> JSON {
    var meta: JSON = [
      "streaming_api_base_url": .string(base.replacing("http", with: "ws", maxReplacements: 1)),
      "locale": "en", "domain": .string(settings.domain), "title": "Sandbox",
      "version": .string(Self.version(of: world.software)), "repository": "mastodon/mastodon",
      "source_url": "https://github.com/mastodon/mastodon", "limited_federation_mode": false,
      "single_user_mode": false, "activity_api_enabled": true, "registrations_open": false,
      "sso_redirect": nil, "auto_play_gif": false, "reduce_motion": false, "use_blurhash": true,
    ]
    var accounts: JSON = [:]
    if let profile {
      accounts = accounts.merged(with: .object([profile.id: accountJSON(profile, world: world)]))
    }
    if let member, let session {
      meta = meta.merged(with: [
        "me": .string(member.id), "access_token": JSON(session.webToken), "admin": nil,
        "boost_modal": false, "delete_modal": true, "display_media": "default",
      ])
      accounts = accounts.merged(with: .object([member.id: accountJSON(member, world: world)]))
    }
    return [
      "meta": meta, "accounts": accounts,
      "compose": member == nil
        ? [:] : ["me": JSON(member?.id), "default_privacy": "public", "default_sensitive": false],
      "languages": [["en", "English", "English"]], "media_attachments": ["accept_content_types": []],
      "settings": [:],
    ]
  }

  private static func avatar(_ member: Member) -> String {
    let letter = escape(String(member.displayName.first ?? "?"))
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img">\
      <defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="hsl(\(member.hue) 62% 58%)"/>\
      <stop offset="1" stop-color="hsl(\((member.hue + 48) % 360) 66% 40%)"/></linearGradient></defs>\
      <rect width="96" height="96" fill="url(#g)"/><text x="48" y="50" text-anchor="middle" \
      dominant-baseline="central" font-family="system-ui,sans-serif" font-size="48" font-weight="600" \
      fill="#fff">\(letter)</text></svg>
      """
  }

  private static let missingPicture = """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"><rect width="96" height="96" fill="#8a8fa8"/></svg>
    """
}
