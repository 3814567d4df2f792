// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
public import Foundation

/// A member, as the home server describes one of its own.
public struct HomeAccount: Sendable, Equatable {
  /// The home server's id: what identifies the member, together with the server.
  public let id: String
  public let name: Name
  /// Without control characters, at most 60 characters; the name if there is none.
  public let displayName: String
  public let profileURL: URL?
  /// The ActivityPub id, where the server tells it.
  public let actorURI: String?
  public let avatarURL: URL?
  /// By a moderator, or on the way to deletion.
  public let isSuspended: Bool
  /// Hidden from public places by a moderator; may go on using chat.
  public let isLimited: Bool
  /// The profile of the account that the member moved to; empty if it is not told.
  public let movedTo: String?

  /// The local accounts only: an `acct` with a domain, or a profile on another host, is somebody else's
  /// member.
  /// - Throws: `notUnderstood`, `notLocal`, or `nameRefused`.
  init(_ wire: AccountWire, at address: HomeServerAddress) throws(HomeServerError) {
    guard AccountWire.isID(wire.id) else { throw Self.bad }
    guard wire.acct.lowercased() == wire.username.lowercased() else {
      throw Self.foreign
    }
    let hosts = [address.domain, address.baseURL.host?.lowercased() ?? address.domain]
    let profile = wire.url.flatMap { $0.utf8.count <= 2_000 ? URL(string: $0) : nil }
    if let profile {
      guard let origin = Origin(profile), hosts.contains(origin.host) else { throw Self.foreign }
    }
    id = wire.id
    name = try Self.name(wire.username)
    displayName = wire.shownName
    profileURL = profile
    actorURI = wire.uri.flatMap { text in
      URL(string: text).flatMap(Origin.init).flatMap { hosts.contains($0.host) ? text : nil }
    }
    avatarURL = wire.avatar.flatMap { text in
      guard text.utf8.count <= 2_000, let url = URL(string: text), let origin = Origin(url),
        origin.scheme == "https" || address.baseURL.scheme == "http"
      else { return nil }
      return url
    }
    isSuspended = wire.suspended ?? false
    isLimited = wire.limited ?? false
    movedTo = wire.moved.map { ($0.url ?? "").printable(limit: 300) }
  }

  /// Mastodon's rule for names, before the case is folded: folding turns some other letters into ASCII ones.
  static func name(_ text: String) throws(HomeServerError) -> Name {
    guard text.utf8.allSatisfy({ $0 < 128 }), let name = try? Name(text) else {
      throw HomeServerError(
        .nameRefused, cause: "This account's name cannot be an address for chat and calls.",
        remedy: "Names have 1 to 30 letters a to z, digits and underscores, and must not be reserved.")
    }
    return name
  }

  private static let bad = HomeServerError(
    .notUnderstood, cause: "The home server described an account without a usable id.",
    remedy: "Tell us its software and version.")

  private static let foreign = HomeServerError(
    .notLocal, cause: "This account lives on another server.",
    remedy: "Sign in with an account of this server.")
}

/// Mastodon's Account entity, as far as it is used.
struct AccountWire: Decodable, Sendable {
  struct Moved: Decodable, Sendable { let url: String? }
  /// Fields of odd shape cost the field and not the account.
  struct Field: Decodable, Sendable {
    let value: ProfileField?
    init(from decoder: any Decoder) throws { value = try? ProfileField(from: decoder) }
  }

  let id: String
  let username: String
  let acct: String
  let displayName: String?
  let url: String?
  let uri: String?
  let avatar: String?
  let bot: Bool?
  let suspended: Bool?
  let limited: Bool?
  let moved: Moved?
  let fields: [Field]?

  /// Printable, at most 60 characters; the name if there is none.
  var shownName: String {
    let shown = (displayName ?? "").printable(limit: 60)
    return shown.isEmpty ? username.printable(limit: 60) : shown
  }

  /// Numbers (Mastodon), ULIDs (GoToSocial) and flake ids (Akkoma); safe in a path.
  static func isID(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
          || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "-")
          || byte == UInt8(ascii: "_")
      }
  }
}

/// OpenID Connect's userinfo, as Mastodon fills it.
struct UserInfo: Decodable {
  let iss: String?
  let sub: String
  let preferredUsername: String?
}
