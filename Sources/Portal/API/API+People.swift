// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation
import HTTPTypes
import Hummingbird

extension API {
  /// A page of the people whom the member knows from the home server, and by what they can be reached.
  @Sendable func listPeople(_ visit: Visit) async throws -> Response {
    let id = try visit.member().account.id
    let query = try peopleQuery(visit)
    let page = try await accounts.people(of: id, query: query)
    let report = try await accounts.reachability(of: page.people, for: id)
    return try answer(APIRecord.People(page, report))
  }

  private func peopleQuery(_ visit: Visit) throws -> PeopleQuery {
    var ties = PeopleQuery.Ties.all
    if let text = visit.query("ties") {
      guard let known = PeopleQuery.Ties(rawValue: text) else {
        let words = PeopleQuery.Ties.allCases.map(\.rawValue).joined(separator: ", ")
        throw APIProblem(
          .badRequest, cause: "“ties” is none of the words that it can be.", remedy: "It knows: \(words).",
          field: "ties")
      }
      ties = known
    }
    var after: PeopleCursor?
    if let text = visit.query("after") {
      after = PeopleCursor(text: text)
      guard after != nil else {
        throw APIProblem(
          .badRequest, cause: "“after” was never given by this call.",
          remedy: "Take what “next” says, or leave it out.", field: "after")
      }
    }
    return PeopleQuery(ties: ties, search: visit.query("search") ?? "", after: after)
  }

  @Sendable func showRelations(_ visit: Visit) async throws -> Response {
    try answer(APIRecord.Relations(try await accounts.relations(of: visit.member().account.id)))
  }

  @Sendable func changeRelations(_ visit: Visit) async throws -> Response {
    let id = try visit.member().account.id
    let keep = try await JSONBody(visit, fields: ["keep_access"]).bool("keep_access")
    try await accounts.setKeepAccess(keep, of: id, by: .member)
    return try answer(APIRecord.Relations(try await accounts.relations(of: id)))
  }
}

extension APIRecord {
  struct Way: Encodable {
    /// How it is known.
    let finding: String
    let address: Nullable<String>
    let verified: Bool

    init(_ found: Reachability) {
      finding = found.word.replacing("_", with: "-")
      address = Nullable(found.address?.description)
      verified = found.isVerified
    }
  }

  struct Person: Encodable {
    let handle: String
    let name: String
    let follows: Bool
    let followsBack: Bool
    let bot: Bool
    let muted: Bool
    let blocked: Bool
    let chat: Way
    let calls: Way

    init(_ person: Directory.Person, _ report: ReachabilityReport) {
      handle = person.address.description
      name = person.displayName
      follows = person.follows
      followsBack = person.followsBack
      bot = person.isBot
      muted = person.isMuted
      blocked = person.isBlocked
      chat = Way(report.reachability(of: person.address, by: .xmpp))
      calls = Way(report.reachability(of: person.address, by: .sip))
    }
  }

  struct People: Encodable {
    let people: [Person]
    let next: Nullable<String>
    let mutual: Int
    let followedOnly: Int
    let followersOnly: Int
    let complete: Bool
    let relations: Relations

    init(_ page: PeoplePage, _ report: ReachabilityReport) {
      people = page.people.map { Person($0, report) }
      next = Nullable(page.next?.text)
      mutual = page.counts.mutual
      followedOnly = page.counts.followedOnly
      followersOnly = page.counts.followersOnly
      complete = report.isComplete
      relations = Relations(page.relations)
    }
  }

  struct Relations: Encodable {
    let state: String
    let peopleAsOf: Nullable<Date>
    let blocksAsOf: Nullable<Date>
    let cut: Bool
    let keepsAccess: Bool

    init(_ relations: RelationsStatus) {
      state =
        switch relations.state {
        case .neverRead: "never-read"
        case .reading: "reading"
        case .complete: "complete"
        case .needsSignIn: "needs-sign-in"
        case .failed: "failed"
        }
      peopleAsOf = Nullable(relations.peopleAsOf?.date)
      blocksAsOf = Nullable(relations.blocksAsOf?.date)
      cut = relations.isCut
      keepsAccess = relations.keepsAccess
    }
  }
}
