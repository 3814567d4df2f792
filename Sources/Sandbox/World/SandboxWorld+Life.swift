// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// What can happen to a member's account at the home server.
enum MemberEvent: String, Sendable, CaseIterable {
  case suspend, unsuspend, freeze, unfreeze, silence, unsilence
  case delete, purge, approve, pend, confirm, unconfirm
  case resetPassword = "reset-password"
  case revokeTokens = "revoke-tokens"
  case demandSecondFactor = "demand-2fa"
  case waiveSecondFactor = "waive-2fa"

  /// The webhook that Mastodon sends for it; freezing and destroying are silent.
  var webhook: String? {
    switch self {
    case .suspend, .unsuspend, .silence, .unsilence, .delete: "account.updated"
    case .approve: "account.approved"
    case .freeze, .unfreeze, .purge, .pend, .confirm, .unconfirm, .resetPassword, .revokeTokens: nil
    case .demandSecondFactor, .waiveSecondFactor: nil
    }
  }
}

extension SandboxWorld {
  /// Lets something happen to a member.
  mutating func apply(_ event: MemberEvent, to id: String) {
    update(id) { member in
      switch event {
      case .suspend: member.suspended = true
      case .unsuspend: member.suspended = member.deleted
      case .freeze: member.frozen = true
      case .unfreeze: member.frozen = false
      case .silence: member.silenced = true
      case .unsilence: member.silenced = false
      case .delete: (member.deleted, member.suspended) = (true, true)
      case .purge: (member.deleted, member.suspended, member.purged) = (true, true, true)
      case .approve: member.approved = true
      case .pend: member.approved = false
      case .confirm: member.confirmed = true
      case .unconfirm: member.confirmed = false
      case .demandSecondFactor: member.owesSecondFactor = member.totpSecret == nil
      case .waiveSecondFactor: member.owesSecondFactor = nil
      case .resetPassword, .revokeTokens: break
      }
    }
    switch event {
    case .resetPassword:
      revokeAll(of: id)
      sessions.removeAll { $0.member == id }
    case .revokeTokens:
      revokeAll(of: id)
    case .purge:
      forgetLogin(of: id)
    default: break
    }
  }

  /// Adds a local member with a new account id.
  mutating func addMember(
    name: String, displayName: String?, password: String, domain: String?, localDomain: String, now: Date
  ) -> Member {
    let number = nextID()
    let member = Member(
      id: String(114_000_000_000_000_000 + number), name: name, domain: domain,
      displayName: displayName ?? name, bio: "", email: domain == nil ? "\(name)@\(localDomain)" : "",
      address: "198.51.100.\(number % 250)", createdAt: now, hue: number * 67 % 360, password: password,
      numericActor: true)
    members.append(member)
    return member
  }

  /// Destroys an account with everything about it, so that the name is free.
  mutating func destroy(_ id: String) {
    forgetLogin(of: id)
    for kind in [\SandboxWorld.follows, \.blocks, \.mutes] {
      self[keyPath: kind].removeAll { $0.from == id || $0.to == id }
    }
    domainBlocks.removeAll { $0.from == id }
    members.removeAll { $0.id == id }
  }

  private mutating func revokeAll(of id: String) {
    for index in tokens.indices where tokens[index].member == id { tokens[index].revoked = true }
    for index in codes.indices where codes[index].member == id { codes[index].used = true }
  }

  private mutating func forgetLogin(of id: String) {
    tokens.removeAll { $0.member == id }
    codes.removeAll { $0.member == id }
    sessions.removeAll { $0.member == id || $0.awaitingSecondFactor == id }
  }
}
