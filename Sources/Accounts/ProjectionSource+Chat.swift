// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
public import Engines
import Storage

extension ProjectionSource<XMPPContent> {
  /// A notice that could not be told for so long, in seconds, is not news any more.
  private static var noticeLife: Int64 { 86_400 }

  /// What Prosody needs to know.
  public static func chat(words: NoticeWords) -> ProjectionSource {
    ProjectionSource(
      member: { reader, account in try reader.projectedMember(account) },
      asides: { reader, changed, now in
        let since = now + -noticeLife
        return XMPPContent.Asides(
          purges: Set(try reader.purges().map { ProjectedPurge(id: $0.id, name: $0.name) }),
          notices: try changed.flatMap { try reader.projectedNotices($0, since: since, words: words) },
          // Nothing in particular has changed: it is made anew.
          site: changed.isEmpty || changed.contains(.everybody) ? try reader.siteRelations() : nil)
      })
  }
}

extension LedgerReader {
  fileprivate func projectedMember(_ account: Account) throws -> ProjectedMember? {
    guard account.mayUse(.xmpp) else { return nil }
    let parameters = try scramParameters(of: account.id)
    // There are none until chat is switched on for the first time, nor with ledgers from before that was so.
    guard let sha1 = parameters[.sha1], let sha256 = parameters[.sha256] else { return nil }
    let verifiers = try scramVerifiers(of: account.id)
    let devices = try devices(of: account.id).compactMap { device -> ProjectedDevice? in
      guard let made = verifiers[device.id], let one = made[.sha1], let two = made[.sha256] else {
        return nil
      }
      return ProjectedDevice(id: device.id, expiresAt: device.expiresAt, sha1: one, sha256: two)
    }
    return ProjectedMember(
      name: account.name, sha1: sha1, sha256: sha256, presence: account.privacy.presence,
      reach: account.privacy.chatReach, relations: try chatRelations(of: account), devices: devices)
  }

  /// What Prosody shall tell the member of this name.
  fileprivate func projectedNotices(
    _ name: Name, since: Timestamp, words: NoticeWords
  ) throws -> [ProjectedNotice] {
    guard let account = try account(named: name), account.mayUse(.xmpp) else { return [] }
    return try notices(of: account.id, since: since).compactMap { notice in
      words.text(for: notice).map { ProjectedNotice(id: notice.id, name: name, body: $0) }
    }
  }
}

/// What members are told in the server's name. In a notice about a device, `{device}` stands for its name.
public struct NoticeWords: Sendable {
  /// By what is told, such as `device.added`.
  private let texts: [String: String]

  public init(_ texts: [String: String]) { self.texts = texts }

  /// No notice is told.
  public static let none = NoticeWords([:])

  func text(for kind: String) -> String? { texts[kind] }

  func text(for notice: Notice) -> String? {
    text(for: notice.kind)?.replacing("{device}", with: notice.deviceName.text)
  }
}
