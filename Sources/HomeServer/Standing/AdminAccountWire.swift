// SPDX-License-Identifier: AGPL-3.0-or-later

/// Mastodon's Admin::Account entity, as far as it is used: by the admin API and by webhooks. It also has the
/// member's e-mail and IP addresses; they are not named here, so they never get past the decoder.
struct AdminAccountWire: Decodable, Sendable {
  struct Nested: Decodable, Sendable {
    struct Moved: Decodable, Sendable {}
    let suspended: Bool?
    let moved: Moved?
  }

  let id: String
  let username: String
  let domain: String?
  let confirmed: Bool?
  let suspended: Bool?
  let disabled: Bool?
  let approved: Bool?
  let account: Nested?

  /// `nil` for an account of another server, or without what every entry has.
  ///
  /// From Mastodon 4.7 on, a member who deletes the own account is marked as suspended in the nested entry
  /// only.
  var seen: StandingEvidence.Seen? {
    guard domain == nil, AccountWire.isID(id), !username.isEmpty,
      suspended != nil || account?.suspended != nil
    else { return nil }
    return StandingEvidence.Seen(
      id: id, username: username.printable(limit: 100),
      isSuspended: suspended == true || account?.suspended == true,
      isDisabled: account?.moved == nil ? disabled : true,
      isApproved: approved,
      isConfirmed: confirmed)
  }
}
