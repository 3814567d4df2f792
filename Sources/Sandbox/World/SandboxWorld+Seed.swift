// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

extension SandboxWorld {
  /// The world of a fresh trial: fourteen members in several scripts and states, some people elsewhere, and
  /// who follows, blocks and mutes whom.
  static func seeded(settings: SandboxSettings, entropy: SandboxEntropy) -> SandboxWorld {
    var world = SandboxWorld()
    world.domainBlocksShown = settings.domainBlocksShown
    world.limits = settings.limits
    world.webhook = settings.webhook
    world.apps = [
      RegisteredApp(
        id: "1", clientID: entropy.token(), secret: entropy.token(), name: "Web", website: nil,
        redirectURIs: [OAuthRules.outOfBand], scopes: ["read", "write", "follow", "push"], isWebApp: true)
    ]
    for (index, person) in people.enumerated() {
      var member = Member(
        id: String(113_000_000_000_000_000 + index * 1_017_311), name: person.name, domain: person.domain,
        displayName: person.shown, bio: person.bio,
        email: person.domain == nil ? "\(person.name)@\(settings.domain)" : "",
        address: "192.0.2.\(10 + index)",
        createdAt: Date(timeIntervalSince1970: 1_700_000_000 + Double(index) * 86_400 * 17),
        hue: (index * 67 + 250) % 360, password: settings.password, numericActor: index >= 8)
      person.adjust(&member)
      world.members.append(member)
    }
    for (from, to) in followed { world.tie(from, to, in: \.follows) }
    world.tie("alice", "mallory", in: \.blocks)
    world.tie("bob", "alice@elsewhere.example", in: \.blocks)
    world.tie("alice", "frank", in: \.mutes)
    if let alice = world.member(named: "alice")?.id {
      world.domainBlocks = [DomainTie(id: world.nextID(), from: alice, domain: "spam.example")]
    }
    world.instanceDomainBlocks = [
      InstanceDomainBlock(domain: "blocked.example", severity: "suspend", comment: "Harassment", id: 2),
      InstanceDomainBlock(
        domain: "loud.example", severity: "silence", comment: "Unsolicited advertising", id: 1),
    ]
    return world
  }

  /// Ties two seeded accounts by their handles.
  private mutating func tie(_ from: String, _ to: String, in kind: WritableKeyPath<SandboxWorld, [Tie]>) {
    guard let from = member(acct: from, localDomains: []), let to = member(acct: to, localDomains: []) else {
      return
    }
    let id = nextID()
    self[keyPath: kind].append(Tie(id: id, from: from.id, to: to.id))
  }

  private struct Person {
    let name: String
    var domain: String?
    let shown: String
    let bio: String
    var adjust: @Sendable (inout Member) -> Void = { _ in }
  }

  private static let people: [Person] = [
    Person(name: "alice", shown: "Alice Liddell", bio: "Down the rabbit hole. Gardens, chess, tea."),
    Person(name: "bob", shown: "Bob", bio: "Bicycles, bread and bass guitar."),
    Person(name: "carol", shown: "Carol 🌻", bio: "Grows sunflowers on a balcony."),
    Person(name: "dave", shown: "Dave (two factors)", bio: "Signs in with a code, too.") {
      $0.totpSecret = SandboxSettings.trialTOTPSecret
    },
    Person(name: "erin", shown: "Αιρήν Παπά", bio: "Θάλασσα και μουσική.") { $0.locked = true },
    Person(name: "frank", shown: "Франк", bio: "Пишет о поездах и станциях.") {
      $0.frozen = true
    },
    Person(name: "grace", shown: "グレース", bio: "天文と山歩き。"),
    Person(name: "heidi", shown: "هايدي", bio: "صور وشعر وقهوة.") { $0.hidesFollows = true },
    Person(name: "ivan", shown: "Іван Кобзар", bio: "Ще не підтверджено.") { $0.confirmed = false },
    Person(name: "judy", shown: "जूडी", bio: "किताबें और बारिश।"),
    Person(name: "mallory", shown: "Mallory", bio: "Suspended by a moderator.") { $0.suspended = true },
    Person(name: "peggy", shown: "Peggy", bio: "Waits for approval.") { $0.approved = false },
    Person(name: "trent", shown: "Trent", bio: "Keeps this server running.") { $0.role = .admin },
    Person(
      name: "x_very_long_name_of_30_letters", shown: "A name that is as long as a name may be", bio: "😀"),
    Person(
      name: "alice", domain: "elsewhere.example", shown: "Another Alice", bio: "Same name, not the same."),
    Person(name: "nils", domain: "bridge.example", shown: "Nils Holgersson", bio: "Flies with geese."),
  ]

  private static let followed: [(String, String)] = [
    ("alice", "bob"), ("alice", "carol"), ("alice", "grace"), ("alice", "nils@bridge.example"),
    ("alice", "heidi"), ("bob", "alice"), ("bob", "carol"), ("bob", "dave"), ("carol", "alice"),
    ("carol", "judy"), ("dave", "alice"), ("dave", "bob"), ("erin", "grace"), ("grace", "alice"),
    ("grace", "erin"), ("heidi", "alice"), ("heidi", "carol"), ("judy", "carol"), ("judy", "trent"),
    ("trent", "alice"), ("trent", "bob"), ("frank", "bob"), ("nils@bridge.example", "alice"),
    ("alice@elsewhere.example", "bob"), ("x_very_long_name_of_30_letters", "alice"),
  ]
}
