// SPDX-License-Identifier: AGPL-3.0-or-later

/// One key of the configuration file: its name, what it may hold, and what it is for. The reference in `docs/`
/// and `config show` are made from the same table.
public struct Setting: Sendable {
  public enum Kind: Sendable, Equatable {
    /// A host name, such as `example.social`.
    case hostName
    /// An https URL of a host, without a path.
    case origin
    /// An http URL with host and port.
    case upstream
    /// An absolute path.
    case path
    /// `address:port`.
    case listen
    /// A list of IP addresses.
    case addresses
    /// A list of addresses that this machine has: what is said in signalling must be one of them, never 0.0.0.0.
    case ownAddresses
    /// One IP address.
    case address
    /// A list of `mailto:`, `xmpp:` and `https:` addresses of people.
    case contacts
    /// A range of ports, such as `30000-39999`.
    case ports
    /// A word that another program uses for something: letters, digits, `-` and `_`.
    case identifier
    /// `yes` or `no`.
    case flag
    case integer(ClosedRange<Int>)
    case choice([String])

    /// Whether it holds a list.
    var isList: Bool { self == .addresses || self == .ownAddresses || self == .contacts }
  }

  /// When a key without a default must be given.
  public enum Need: Sendable, Equatable {
    case never
    case always
    /// Where the flag of this key says yes.
    case with(String)
  }

  /// With dots: `portal.listen`.
  public let key: String
  public let kind: Kind
  /// `nil`: the key must be given, unless it is optional.
  public let fallback: String?
  public let need: Need
  public let summary: String

  init(
    _ key: String, _ kind: Kind, default fallback: String? = nil, required need: Need = .never,
    _ summary: String
  ) {
    self.key = key
    self.kind = kind
    self.fallback = fallback
    self.need = need
    self.summary = summary
  }

  /// The environment variable that overrides the key: `TRUNKLINE__PORTAL__LISTEN`.
  public var variable: String {
    "TRUNKLINE__" + key.uppercased().replacing(".", with: "__")
  }
}
