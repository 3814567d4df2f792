// SPDX-License-Identifier: AGPL-3.0-or-later

/// What a home server can do for us beyond signing in. Where one is missing, something works less well; the
/// sentences say what.
public enum Capability: String, Sendable, Hashable, Codable, CaseIterable {
  /// It describes its OAuth endpoints (RFC 8414), so answers can be tied to it.
  case metadata
  /// It says which server an OAuth answer comes from (RFC 9207).
  case issuerInAnswers
  /// It has the OpenID Connect userinfo endpoint.
  case userinfo
  case revocation
  /// It takes a proof key (RFC 7636, S256) by its own word. One is sent in any case.
  case proofKeys
  /// Moderators can be asked about an account, with an admin's token.
  case adminAPI
  /// Lists of followers come in pages that link to each other.
  case followLinks
  /// Asks about several relationships are answered with all of them.
  case severalRelationships
  /// Blocked domains of a member can be read.
  case domainBlocks
  case webhooks
  /// Profiles can be read without a token.
  case publicProfiles
  /// A suspended member's token gets another answer than a revoked one.
  case tellsSuspensionApart

  /// What it means that the server has this.
  public var sentence: String {
    switch self {
    case .metadata: "It describes how to sign in, so nothing has to be guessed."
    case .issuerInAnswers: "Its sign-in answers say where they come from."
    case .userinfo: "It can say who signed in, by a second way that is compared with the first."
    case .revocation: "Access can be given back when it is no longer needed."
    case .proofKeys: "A stolen sign-in code is useless without the key made for it."
    case .adminAPI: "With an admin's token, suspended and frozen accounts are seen at the next look."
    case .followLinks: "All followed accounts can be offered as contacts."
    case .severalRelationships: "It says which mutes are for posts alone; those are none in chat and calls."
    case .domainBlocks: "Domains that a member blocks are blocked in chat too."
    case .webhooks: "It can tell of suspended accounts within seconds."
    case .publicProfiles: "A member's standing can be looked up without anybody's token."
    case .tellsSuspensionApart: "A suspended member can be told from one who took access back."
    }
  }

  /// What it means that the server lacks this.
  public var absence: String {
    switch self {
    case .metadata: "It does not describe how to sign in; the usual addresses are used."
    case .issuerInAnswers:
      "Its sign-in answers do not say where they come from; only one server is served, so none is mixed up."
    case .userinfo: "Who signed in is asked in one way only."
    case .revocation: "Access cannot be given back by Trunkline; members can do it in the server's settings."
    case .proofKeys:
      "It does not say that it checks proof keys; the state and the app's secret protect the sign-in."
    case .adminAPI: "Frozen accounts are seen only through the member's own token."
    case .followLinks: "Only the first page of followed accounts can be offered as contacts."
    case .severalRelationships:
      "All muted accounts count as muted in chat and calls, also those muted for posts alone."
    case .domainBlocks: "Domains that a member blocks have to be blocked in chat by hand."
    case .webhooks: "It does not tell of suspended accounts; they are found by asking at intervals."
    case .publicProfiles: "A member's standing can be asked only with the member's token or an admin's."
    case .tellsSuspensionApart:
      "A member whose access ended is out until the next sign-in, since it may be a suspension."
    }
  }

  /// What the named software is known to do, apart from what its metadata says of OAuth.
  static func known(of software: Software) -> Set<Capability> {
    switch software.name {
    case "mastodon", "hometown":
      [
        .adminAPI, .followLinks, .severalRelationships, .domainBlocks, .webhooks, .publicProfiles,
        .revocation,
        .tellsSuspensionApart,
      ]
    case "gotosocial": [.adminAPI, .followLinks, .severalRelationships, .revocation]
    // A guess that turns out wrong must cost comfort only: of others, nothing is taken for granted.
    default: []
    }
  }
}

extension Set<Capability> {
  /// In words: what the server has, then what it lacks.
  public var sentences: (present: [String], absent: [String]) {
    (
      Capability.allCases.filter(contains).map(\.sentence),
      Capability.allCases.filter { !contains($0) }.map(\.absence)
    )
  }
}
