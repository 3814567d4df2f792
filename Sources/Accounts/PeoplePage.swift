// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// A page of the people whom a member follows or is followed by.
public struct PeoplePage: Sendable, Equatable {
  public let people: [Person]
  /// For the next page; `nil` on the last.
  public let next: PeopleCursor?
  public let counts: PeopleCounts
  public let relations: RelationsStatus

  public init(
    people: [Person], next: PeopleCursor?, counts: PeopleCounts, relations: RelationsStatus
  ) {
    self.people = people
    self.next = next
    self.counts = counts
    self.relations = relations
  }

  public var asOf: Timestamp? { relations.peopleAsOf }
  public var state: RelationsStatus.State { relations.state }
}

/// How far what the home server knows of a member's people, blocks and mutes was taken over.
public struct RelationsStatus: Sendable, Equatable {
  public enum State: Sendable, Equatable {
    /// Nothing was read yet, and nothing is being read.
    case neverRead
    /// The home server is being asked at this moment; what is shown may be of an earlier time.
    case reading
    /// The last reading was complete.
    case complete
    /// The home server does not show it to us any more, or has never: signing in again mends that. What was taken over
    /// before stays in force.
    case needsSignIn
    /// The last reading failed; it is tried again. What was taken over before stays in force.
    /// - Parameter code: of the `HomeServerError`, for words and for the log.
    case failed(code: String)
  }

  public let state: State
  /// As of when the people are known; `nil` if never.
  public let peopleAsOf: Timestamp?
  /// As of when blocks and mutes are known; `nil` if never. The lag is the time since.
  public let blocksAsOf: Timestamp?
  /// Whether the home server has more people than are taken over.
  public let isCut: Bool
  /// Whether the member lets Trunkline ask regularly, and not only while a page is open.
  public let keepsAccess: Bool
  /// How many people and servers the member has blocked at the home server.
  public let blocked: Int

  public init(
    state: State, peopleAsOf: Timestamp?, blocksAsOf: Timestamp?, isCut: Bool, keepsAccess: Bool, blocked: Int
  ) {
    self.state = state
    self.peopleAsOf = peopleAsOf
    self.blocksAsOf = blocksAsOf
    self.isCut = isCut
    self.keepsAccess = keepsAccess
    self.blocked = blocked
  }
}
