// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation

/// What a member has to do with others, by the member's own token. It takes the scopes of
/// ``Scopes/Purpose/contacts``.
///
/// All of these throw `wrongScope`, `tokenRevoked`, `loginDisabled`, `loginPending`, `appOnlyToken` or `notFound`,
/// `notUnderstood` for a list that makes no sense, `mixedUp`, `rateLimited` when waiting does not help, or an outage; and
/// return nothing of a list that could not be read to its end.
extension HomeServerClient {
  /// Whom an account follows.
  /// - Parameter id: the member's own: others may hide theirs.
  public func following(
    of id: String, _ token: AccessToken, _ discovery: Discovery, limits: ListLimits = ListLimits()
  ) async throws(HomeServerError) -> Listing<ListedAccount> {
    try await accounts("following", try Self.path(of: id, "following"), token, discovery, limits)
  }

  /// Who follows an account.
  public func followers(
    of id: String, _ token: AccessToken, _ discovery: Discovery, limits: ListLimits = ListLimits()
  ) async throws(HomeServerError) -> Listing<ListedAccount> {
    try await accounts("followers", try Self.path(of: id, "followers"), token, discovery, limits)
  }

  /// Whom the member has blocked.
  public func blocks(
    _ token: AccessToken, _ discovery: Discovery, limits: ListLimits = ListLimits()
  ) async throws(HomeServerError) -> Listing<ListedAccount> {
    try await accounts("blocks", "/api/v1/blocks", token, discovery, limits)
  }

  /// Whom the member has muted, with notifications.
  ///
  /// The list itself does not say which mutes are for posts alone; that is asked for each of them. Where the server does
  /// not say, notifications count as muted, which is what Mastodon proposes.
  public func mutes(
    _ token: AccessToken, _ discovery: Discovery, limits: ListLimits = ListLimits()
  ) async throws(HomeServerError) -> Listing<ListedAccount> {
    let all = try await accounts("mutes", "/api/v1/mutes", token, discovery, limits)
    guard discovery.capabilities.contains(.severalRelationships) else { return all }
    var audible: Set<String> = []
    var waits = 0
    for start in stride(from: 0, to: all.entries.count, by: Self.relationshipsAtOnce) {
      let some = all.entries[start..<min(start + Self.relationshipsAtOnce, all.entries.count)]
      let query = some.map { ("id[]", $0.id) } + [("with_suspended", "true")]
      var request = HomeRequest.get(
        "relationships", origin.url("/api/v1/accounts/relationships", query: query), token: token.secret,
        urgency: .background)
      request.longest = limits.pageBytes
      let reply = try await patiently(request, waits: &waits, limits)
      for relation in try reply.decode([RelationshipWire].self, for: request.purpose)
      where relation.mutingNotifications == false { audible.insert(relation.id) }
    }
    return Listing(entries: all.entries.filter { !audible.contains($0.id) }, isCut: all.isCut)
  }

  /// Domains that the member has blocked, in lower case and as DNS has them: each stands for itself and none below it.
  public func domainBlocks(
    _ token: AccessToken, _ discovery: Discovery, limits: ListLimits = ListLimits()
  ) async throws(HomeServerError) -> Listing<String> {
    try await list(
      "domain blocks", "/api/v1/domain_blocks", size: 200, token: token.secret,
      pagesLink: discovery.capabilities.contains(.followLinks), limits: limits, key: { $0 },
      read: { (text: String) in ListedAccount.asciiDomain(text) })
  }

  /// The account that an address means, as far as the home server knows it already; it does not go and look.
  /// - Returns: `nil` if it knows none.
  public func account(
    at address: String, _ token: AccessToken
  ) async throws(HomeServerError) -> ListedAccount? {
    let url = origin.url("/api/v1/accounts/lookup", query: [("acct", address)])
    do throws(HomeServerError) {
      let wire = try await ask(AccountWire.self, .get("account by name", url, token: token.secret))
      return ListedAccount(wire, at: self.address)
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  /// An address of Mastodon's web server may be some thousand characters long.
  private static let relationshipsAtOnce = 40

  private func accounts(
    _ purpose: String, _ path: String, _ token: AccessToken, _ discovery: Discovery, _ limits: ListLimits
  ) async throws(HomeServerError) -> Listing<ListedAccount> {
    try await list(
      purpose, path, size: 80, token: token.secret,
      pagesLink: discovery.capabilities.contains(.followLinks), limits: limits, key: \.id,
      read: { (wire: AccountWire) in ListedAccount(wire, at: address) })
  }

  private static func path(of id: String, _ list: String) throws(HomeServerError) -> String {
    guard AccountWire.isID(id) else {
      throw HomeServerError(
        .badRequest, cause: "That is not the id of an account.", remedy: "Give the home server's own id.")
    }
    return "/api/v1/accounts/\(id)/\(list)"
  }
}

/// Mastodon's Relationship entity, as far as it is used.
private struct RelationshipWire: Decodable {
  let id: String
  let mutingNotifications: Bool?
}
