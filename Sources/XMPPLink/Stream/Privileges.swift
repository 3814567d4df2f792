// SPDX-License-Identifier: AGPL-3.0-or-later

/// What the server lets its component do (XEP-0356, section 4.2).
public struct Privileges: Sendable, Equatable {
  /// The version of the protocol, which the component has to speak too.
  public enum Version: String, Sendable, CaseIterable {
    case first = "urn:xmpp:privilege:1"
    case second = "urn:xmpp:privilege:2"
  }

  public enum Access: String, Sendable {
    case none, get, set, both

    public var mayGet: Bool { self == .get || self == .both }
  }

  public enum Presence: String, Sendable {
    case none
    case managedEntity = "managed_entity"
    case roster
  }

  public var version: Version = .second
  public var roster: Access = .none
  /// Whether messages may be sent in the name of the server and its members.
  public var mayWrite = false
  public var presence: Presence = .none
}

extension Privileges {
  /// What a message of the server grants (XEP-0356, section 4.2); nil if it is about something else.
  ///
  /// A right that we do not know, or a kind of it, is none. If both versions are offered, the newer one counts.
  init?(message: Element) {
    let offers = Version.allCases.compactMap { version in
      message.child("privilege", version.rawValue).map { (version, $0) }
    }
    guard let (version, privilege) = offers.last else { return nil }
    self.init(version: version)
    for right in privilege.children("perm", version.rawValue) {
      switch right["access"] {
      case "roster": roster = right["type"].flatMap(Access.init) ?? .none
      case "message": mayWrite = right["type"] == "outgoing"
      case "presence": presence = right["type"].flatMap(Presence.init) ?? .none
      default: break
      }
    }
  }
}
