// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import HomeServer

/// One member's lists, as they are read at the home server.
struct RelationsReading: Sendable {
  let client: HomeServerClient
  let token: AccessToken
  let discovery: Discovery
  let account: Account
  let limits: ListLimits

  /// A list, or why it could not be read; neither where the home server's software has no such list.
  struct Outcome<Entry: Sendable>: Sendable {
    var list: Listing<Entry>?
    var failure: HomeServerError?
  }

  func blocks() async -> Outcome<ListedAccount> {
    await outcome { () async throws(HomeServerError) in
      try await client.blocks(token, discovery, limits: limits)
    }
  }

  func mutes() async -> Outcome<ListedAccount> {
    await outcome { () async throws(HomeServerError) in
      try await client.mutes(token, discovery, limits: limits)
    }
  }

  func domainBlocks() async -> Outcome<String> {
    let read = await outcome { () async throws(HomeServerError) in
      try await client.domainBlocks(token, discovery, limits: limits)
    }
    // Software without this list (GoToSocial) has nothing that could be lost.
    let isMissing =
      [404, 405, 501].contains(read.failure?.status) && !discovery.capabilities.contains(.domainBlocks)
    return isMissing ? Outcome() : read
  }

  /// Both lists of people as one: whom moderators have suspended is left out.
  func people() async throws(HomeServerError) -> (people: [Person], isCut: Bool) {
    let following = try await client.following(of: account.identity.id, token, discovery, limits: limits)
    let followers = try await client.followers(of: account.identity.id, token, discovery, limits: limits)
    let followed = Set(following.entries.map(\.id))
    let follow = Set(followers.entries.map(\.id))
    var seen: Set<String> = [account.identity.id]
    let people = (following.entries + followers.entries).filter {
      !$0.isSuspended && seen.insert($0.id).inserted
    }
    .map { entry in
      Person(
        id: entry.id, address: entry.address, displayName: entry.displayName, profileURL: entry.profileURL,
        follows: followed.contains(entry.id), followsBack: follow.contains(entry.id), isBot: entry.isBot,
        stated: entry.stated)
    }
    return (people, following.isCut || followers.isCut)
  }

  private func outcome<Entry: Sendable>(
    _ read: () async throws(HomeServerError) -> Listing<Entry>
  ) async -> Outcome<Entry> {
    do throws(HomeServerError) {
      return Outcome(list: try await read())
    } catch {
      return Outcome(failure: error)
    }
  }
}
