// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

extension Sandbox {
  /// Where an account's home server is.
  private func home(of member: Member) -> String { member.domain.map { "https://\($0)" } ?? base }

  /// The page of a member.
  func profileURL(_ member: Member) -> String { "\(home(of: member))/@\(member.name)" }

  /// What other servers call the member (ActivityPub).
  func actorURL(_ member: Member) -> String {
    member.numericActor && member.isLocal
      ? "\(base)/ap/users/\(member.id)" : "\(home(of: member))/users/\(member.name)"
  }

  /// The address of the drawn avatar.
  func avatarURL(_ member: Member) -> String {
    member.suspended ? "\(base)/avatars/original/missing.svg" : "\(base)/avatars/\(member.id).svg"
  }

  /// A public account, as Mastodon's API shows it: of suspended ones little is left.
  /// - Parameter tally: for a page of many.
  func accountJSON(_ member: Member, world: SandboxWorld, tally: FollowTally? = nil) -> JSON {
    let hidden = member.suspended
    let avatar = JSON.string(avatarURL(member))
    let header = JSON.string("\(base)/headers/original/missing.svg")
    var json: JSON = [
      "id": .string(member.id), "username": .string(member.name), "acct": .string(member.acct),
      "display_name": .string(hidden ? "" : member.displayName), "locked": .bool(!hidden && member.locked),
      "bot": .bool(!hidden && member.bot == true), "discoverable": .bool(!hidden), "indexable": false,
      "group": false,
      "created_at": .string(String((JSON(member.createdAt).text ?? "").prefix(10)) + "T00:00:00.000Z"),
      "note": .string(hidden ? "" : "<p>\(Self.escape(member.bio))</p>"),
      "url": .string(profileURL(member)), "uri": .string(actorURL(member)),
      "avatar": avatar, "avatar_static": avatar, "header": header, "header_static": header,
      "followers_count": .number(
        tally.map { $0.followers[member.id] ?? 0 } ?? world.follows.count { $0.to == member.id }),
      "following_count": .number(
        tally.map { $0.following[member.id] ?? 0 } ?? world.follows.count { $0.from == member.id }),
      "statuses_count": 0, "last_status_at": nil, "emojis": [],
      "fields": .array(hidden ? [] : (member.fields ?? []).map(Self.line)),
      "hide_collections": .bool(member.hidesFollows),
    ]
    if member.isLocal { json = json.merged(with: ["noindex": false, "roles": []]) }
    if hidden { json = json.merged(with: ["suspended": true]) }
    if let moved = member.movedTo.flatMap(world.member(id:)), moved.movedTo == nil {
      json = json.merged(with: ["moved": accountJSON(moved, world: world)])
    }
    if member.silenced { json = json.merged(with: ["limited": true]) }
    return json
  }

  /// What only the member's own token gets to see.
  func credentialJSON(_ member: Member, world: SandboxWorld) -> JSON {
    accountJSON(member, world: world).merged(with: [
      "source": [
        "privacy": "public", "sensitive": false, "language": nil, "note": .string(member.bio),
        "fields": .array(
          (member.fields ?? []).map {
            ["name": .string($0.name), "value": .string($0.value), "verified_at": nil]
          }),
        "follow_requests_count": 0, "hide_collections": .bool(member.hidesFollows), "discoverable": true,
        "indexable": false, "attribution_domains": [], "quote_policy": "public",
      ],
      "role": roleJSON(member),
    ])
  }

  /// What an admin gets to see, also in webhooks: with e-mail and IP address.
  func adminJSON(_ member: Member, world: SandboxWorld) -> JSON {
    let hasLogin = member.isLocal && !member.purged
    return [
      "id": .string(member.id), "username": .string(member.name), "domain": JSON(member.domain),
      "created_at": JSON(member.createdAt), "email": hasLogin ? .string(member.email) : nil,
      "ip": hasLogin ? .string(member.address) : nil,
      "ips": hasLogin
        ? [["ip": .string(member.address), "used_at": JSON(member.createdAt)]] : [],
      "locale": hasLogin ? "en" : nil, "invite_request": nil,
      "role": hasLogin ? roleJSON(member) : nil,
      "confirmed": hasLogin ? .bool(member.confirmed) : nil,
      "approved": hasLogin ? .bool(member.approved) : nil,
      "disabled": hasLogin ? .bool(member.frozen) : nil,
      "silenced": .bool(member.silenced), "suspended": .bool(member.suspended), "sensitized": false,
      "account": accountJSON(member, world: world),
    ]
  }

  private func roleJSON(_ member: Member) -> JSON {
    switch member.role {
    case .user:
      ["id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": false]
    case .admin:
      ["id": "3", "name": "Owner", "permissions": "1048575", "color": "#6364ff", "highlighted": true]
    }
  }

  /// A line of the profile's table: Mastodon makes links of web addresses and of `xmpp:` addresses.
  private static func line(_ line: ProfileLine) -> JSON {
    let text = escape(line.value)
    let isLink = ["https://", "http://", "xmpp:"].contains { text.hasPrefix($0) } && !text.contains(" ")
    let shown = text.replacing("https://", with: "<span class=\"invisible\">https://</span>")
    return [
      "name": .string(line.name),
      "value": .string(
        isLink ? "<a href=\"\(text)\" target=\"_blank\" rel=\"nofollow noopener me\">\(shown)</a>" : text),
      "verified_at": nil,
    ]
  }

  /// Text made safe for HTML.
  static func escape(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
