// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Hummingbird

extension Sandbox {
  /// One page of the accounts that a member is tied to, newest tie first; and what goes wrong with it on purpose.
  /// - Parameters:
  ///   - ties: which of all ties are the member's.
  ///   - other: the end of a tie that is shown.
  ///   - adding: what entries of this list have besides.
  func listPage(
    _ exchange: Exchange, of member: Member, _ kind: any WritableKeyPath<SandboxWorld, [Tie]> & Sendable,
    mine: any KeyPath<Tie, String> & Sendable = \.from, other: any KeyPath<Tie, String> & Sendable = \.to,
    path: String, adding: JSON = [:]
  ) async throws -> Response {
    var world = exchange.world
    if exchange.fault == .shiftingPages {
      world = try await state.change { [settings] world in
        world.shift(member, kind, mine: mine, settings: settings)
        return world
      }
    }
    var below = exchange.fields["max_id"].flatMap { Int($0) }
    if exchange.fault == .endlessPages { return endlessPage(exchange, below: below ?? .max / 2, path: path) }
    let start = below ?? 1_000_000_000
    if exchange.fault == .samePage || exchange.fault == .circlingPages { below = nil }
    let people = world.membersByID
    var page = SandboxWorld.page(
      world[keyPath: kind].filter { $0[keyPath: mine] == member.id }, id: \.id, below: below,
      above: exchange.fields["since_id"].flatMap { Int($0) }, limit: exchange.limit(40)
    ) { people[$0[keyPath: other]] }
    if exchange.fault == .samePage { page = Page(items: page.items, older: start - 1, newer: page.newer) }
    if exchange.fault == .circlingPages { page = Page(items: page.items, older: 1, newer: page.newer) }
    let tally = FollowTally(world.follows)
    let response = Response.json(
      .array(page.items.map { accountJSON($0, world: world, tally: tally).merged(with: adding) }))
    if world.software == .snac { return response }
    return response.linked(page, at: "\(base)/api/v1/\(path)", limit: exchange.fields["limit"])
  }

  /// People whom nobody has ever seen, with an address of the next page, for ever.
  private func endlessPage(_ exchange: Exchange, below: Int, path: String) -> Response {
    let count = exchange.limit(40)
    let people = (0..<count).map { index in
      Member.stranger(number: below - index, domain: "endless.example", now: exchange.now)
    }
    let page = Page(items: people, older: below - count, newer: below)
    let tally = FollowTally([])
    return Response.json(
      .array(page.items.map { accountJSON($0, world: exchange.world, tally: tally) })
    ).linked(page, at: "\(base)/api/v1/\(path)", limit: exchange.fields["limit"])
  }
}

/// How many follow whom, counted once for a page.
struct FollowTally: Sendable {
  let followers: [String: Int]
  let following: [String: Int]

  init(_ follows: [Tie]) {
    var followers: [String: Int] = [:]
    var following: [String: Int] = [:]
    for tie in follows {
      followers[tie.to, default: 0] += 1
      following[tie.from, default: 0] += 1
    }
    self.followers = followers
    self.following = following
  }
}
