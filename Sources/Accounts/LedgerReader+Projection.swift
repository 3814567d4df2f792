// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Engines
import Storage
import Synchronization

extension LedgerReader {
  /// What Prosody needs to know of the member with this name; `nil` if nobody may be there.
  func projectedMember(_ name: Name) throws -> ProjectedMember? {
    guard let account = try account(named: name) else { return nil }
    return try projectedMember(account)
  }

  func projectedMember(_ account: Account) throws -> ProjectedMember? {
    guard account.mayUse(.xmpp) else { return nil }
    let parameters = try scramParameters(of: account.id)
    // A member without a device has no salts yet: nobody can log in, which is what a missing row says too.
    guard let sha1 = parameters[.sha1], let sha256 = parameters[.sha256] else { return nil }
    let verifiers = try scramVerifiers(of: account.id)
    let devices = try devices(of: account.id).compactMap { device -> ProjectedDevice? in
      guard device.services.contains(.xmpp), let made = verifiers[device.id], let one = made[.sha1],
        let two = made[.sha256]
      else { return nil }
      return ProjectedDevice(id: device.id, expiresAt: device.expiresAt, sha1: one, sha256: two)
    }
    return ProjectedMember(
      name: account.name, sha1: sha1, sha256: sha256, presence: account.presence, devices: devices)
  }
}

/// What a notice says to the member. `{device}` stands for the device's name.
public struct NoticeWords: Sendable {
  /// By the notice's kind, such as `device.added`.
  private let texts: [String: String]

  public init(_ texts: [String: String]) { self.texts = texts }

  /// No notice is told.
  public static let none = NoticeWords([:])

  func text(for notice: Notice) -> String? {
    texts[notice.kind]?.replacing("{device}", with: notice.deviceName.text)
  }
}

extension LedgerReader {
  /// What Prosody shall tell the member of this name.
  func projectedNotices(_ name: Name, since: Timestamp, words: NoticeWords) throws -> [ProjectedNotice] {
    guard let account = try account(named: name), account.mayUse(.xmpp) else { return [] }
    return try notices(of: account.id, since: since).compactMap { notice in
      words.text(for: notice).map { ProjectedNotice(id: notice.id, name: name, body: $0) }
    }
  }
}

/// All members, one after the other, read in pages.
final class MemberCursor: Sendable {
  private struct Place {
    var page: [Account] = []
    var after = ""
    var isDone = false
  }

  private let ledger: Ledger
  private let place = Mutex(Place())

  init(ledger: Ledger) { self.ledger = ledger }

  func next() throws -> ProjectedMember? {
    try place.withLock { place in
      while true {
        if let account = place.page.popLast() {
          guard let member = try ledger.readNow({ try $0.projectedMember(account) }) else { continue }
          return member
        }
        guard !place.isDone else { return nil }
        let after = place.after
        let page = try ledger.readNow { try $0.accounts(after: after, limit: 500) }
        guard let last = page.last else {
          place.isDone = true
          return nil
        }
        place.after = last.name.text
        place.page = page.reversed()
      }
    }
  }
}
