// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Engines
import Foundation

extension Status {
  /// The daemon's link to the chat server, and how far is known what members have decided elsewhere.
  struct PeopleReport: Encodable {
    struct Link: Encodable {
      var connected: Bool
      /// Missing if it never stood since the chat server started.
      var since: Date?
    }

    /// Missing where the chat server does not answer.
    var link: Link?
    /// Acts about contacts, and missed calls, that wait for the chat server.
    var errandsWaiting: Int
    /// How long ago blocks and mutes were read of the member who waits longest, of those who let us ask regularly, in seconds.
    var relationsLag: Int64?
    /// When it was last heard which servers the home server's admin has shut out; missing if never.
    var siteBlocksAsOf: Date?
    var siteBlocks: Int
    var lookUps: Int
    var lookUpsFailing: Int
  }

  /// After how long without the link the admin is told, in seconds. A daemon that is started again needs a moment.
  private static let linkPatience: Int64 = 300

  static func people(_ workplace: Workplace, problems: inout [String]) async throws -> PeopleReport {
    let measures = try await workplace.accounts.peopleMeasures()
    let now = systemClock()
    // That the chat server does not answer is said of it elsewhere.
    let sight = try? await workplace.control.link()
    if let sight, !sight.connected, now.seconds - (sight.since ?? 0) > linkPatience {
      let since = sight.since.map { " since \(moment(Timestamp(seconds: $0).date))" } ?? ""
      problems.append(
        "The daemon has had no link to the chat server\(since); see whether it runs and what its log says. "
          + "Until then contacts are neither read nor changed.")
    }
    let lag = measures.blocksAsOf.map { max(0, now - $0) }
    if let lag, lag > Accounts.blocksLate {
      problems.append(
        "Blocks of a member who lets us ask regularly were last read \(lag) seconds ago; "
          + "see whether the daemon runs and reaches the home server.")
    }
    return PeopleReport(
      link: sight.map {
        PeopleReport.Link(connected: $0.connected, since: $0.since.map { Timestamp(seconds: $0).date })
      },
      errandsWaiting: measures.errandsWaiting, relationsLag: lag,
      siteBlocksAsOf: measures.siteBlocksAsOf?.date, siteBlocks: measures.siteBlocks,
      lookUps: measures.lookups, lookUpsFailing: measures.lookupsFailing)
  }

  static func show(_ people: PeopleReport) {
    let link =
      people.link.map { link in
        let since = link.since.map { " since \(moment($0))" } ?? ""
        return link.connected ? "stands\(since)" : link.since == nil ? "has never stood" : "is lost\(since)"
      } ?? "unknown"
    print(
      "Link to it:        \(link); \(people.errandsWaiting) changes of contacts and missed calls wait to be told"
    )
    print(
      "Members' blocks:   "
        + (people.relationsLag.map { "read \($0) seconds ago for the member who waits longest" }
          ?? "nobody lets us ask regularly"))
    print(
      "Site's blocks:     "
        + (people.siteBlocksAsOf.map { "\(people.siteBlocks) servers, as of \(moment($0))" }
          ?? "the home server has not told them"))
    print("Look-ups:          \(people.lookUps) answers are kept, \(people.lookUpsFailing) without success")
  }

  private static func moment(_ date: Date) -> String { date.formatted(.iso8601) }
}
