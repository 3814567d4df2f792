// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

extension SandboxWorld {
  /// How a crowd is tied to its member.
  enum CrowdTies: String, Sendable, CaseIterable {
    case mutual, following, followers
  }

  /// Adds people, the same ones each time, who follow a member or are followed.
  /// - Parameter domain: where they live; `nil` for here. They have no login in either case.
  mutating func addCrowd(
    _ count: Int, around member: Member, domain: String?, ties: CrowdTies, settings: SandboxSettings,
    now: Date
  ) {
    for _ in 0..<count {
      let number = nextID()
      var other = Member.stranger(number: number, domain: domain, now: now)
      if domain == nil { other.email = "\(other.name)@\(settings.domain)" }
      members.append(other)
      // Nobody knows them yet, so nothing has to be looked for.
      if ties != .followers { follows.append(Tie(id: nextID(), from: member.id, to: other.id)) }
      if ties != .following { follows.append(Tie(id: nextID(), from: other.id, to: member.id)) }
    }
  }

  /// What happens to a list between two pages: the newest entry goes, and somebody new comes.
  mutating func shift(
    _ member: Member, _ kind: WritableKeyPath<SandboxWorld, [Tie]>, mine: KeyPath<Tie, String>,
    settings: SandboxSettings
  ) {
    if let newest = self[keyPath: kind].lastIndex(where: { $0[keyPath: mine] == member.id }) {
      self[keyPath: kind].remove(at: newest)
    }
    let other = Member.stranger(number: nextID(), domain: "crowd.example", now: member.createdAt)
    members.append(other)
    let isMine = mine == \.from
    self[keyPath: kind].append(
      Tie(id: nextID(), from: isMine ? member.id : other.id, to: isMine ? other.id : member.id))
  }

  /// For finding many: a look through all members for each of them takes too long.
  var membersByID: [String: Member] {
    Dictionary(members.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

extension Member {
  private static let given = [
    "Ada", "Björn", "Chiara", "Dmitri", "Élodie", "Fatima", "Göran", "Hana", "Ingrid", "José", "Κώστας",
    "Łucja", "Мария", "Noor", "Олег", "Priya", "Qiang", "Ruth", "Søren", "Tomáš", "Ulla", "Việt", "Wren",
    "Yusuf", "Zoë",
  ]
  private static let family = [
    "Abbott", "Brandt", "Castro", "Dvořák", "Eriksen", "Fischer", "García", "Hughes", "Ito", "Janssen",
    "Kowalski", "Lindqvist", "Moreau", "Nguyễn", "Okafor", "Petrov", "Quinn", "Rossi", "Svoboda", "Tanaka",
  ]

  /// Somebody without a login, made from a number and nothing else.
  static func stranger(number: Int, domain: String?, now: Date) -> Member {
    Member(
      id: String(114_000_000_000_000_000 + number), name: "crowd_\(number)", domain: domain,
      displayName: "\(given[number % given.count]) \(family[number / given.count % family.count])", bio: "",
      email: "", address: "198.51.100.\(number % 250)", createdAt: now, hue: number % 360, password: "",
      numericActor: true)
  }
}
