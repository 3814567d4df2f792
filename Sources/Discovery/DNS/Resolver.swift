// SPDX-License-Identifier: AGPL-3.0-or-later

import CAres

/// Asks DNS, by c-ares: name servers only, never the hosts file.
///
/// All of c-ares happens on one thread of its own (``ResolverThread``); what waits for an answer waits without one. Each
/// question has a socket of its own, and so a port that nobody can guess; it ends at its deadline, whatever name servers do. DNSSEC
/// is left to the name server: what it vouches for is believed.
public struct Resolver: Sendable {
  public struct Limits: Sendable, Hashable {
    /// For one try at one name server; each further round waits longer.
    public var attempt: Duration
    public var attempts: Int
    /// For one question, with all tries.
    public var overall: Duration
    /// Questions at the same time.
    public var concurrent: Int
    /// Questions that wait for their turn; further ones fail at once.
    public var waiting: Int

    public init(
      attempt: Duration = .seconds(2), attempts: Int = 2, overall: Duration = .seconds(6),
      concurrent: Int = 8,
      waiting: Int = 256
    ) {
      self.attempt = attempt
      self.attempts = attempts
      self.overall = overall
      self.concurrent = concurrent
      self.waiting = waiting
    }
  }

  /// How many records of one answer count.
  static let mostRecords = 32

  private let thread: ResolverThread

  /// - Parameter nameServer: `address` or `address:port` (IPv6 in brackets); `nil`: those of this machine, which are read
  ///   again for each question.
  /// - Throws: `badNameServer`, `noResources`.
  public init(nameServer: String? = nil, limits: Limits = Limits()) throws(DiscoveryError) {
    let checked = nameServer.map(Self.checked)
    if checked == .some(nil) { throw ResolverThread.badNameServer }
    thread = try ResolverThread(nameServer: checked ?? nil, limits: limits)
  }

  /// Ends all questions. Call it once.
  public func shutdown() { thread.close() }

  /// The IP address with its port, as c-ares reads it for sure; it lets much pass, and then asks nobody. `nil` for anything
  /// else.
  private static func checked(_ text: String) -> String? {
    var (host, port) = (text, 53)
    if let match = text.wholeMatch(of: /\[([0-9A-Fa-f:.]+)\](?::([0-9]{1,5}))?/) {
      host = String(match.1)
      if let given = match.2 { port = Int(given) ?? 0 }
    } else if let match = text.wholeMatch(of: /([0-9.]+):([0-9]{1,5})/) {
      host = String(match.1)
      port = Int(match.2) ?? 0
    }
    guard let address = NetworkAddress(host), (1...65_535).contains(port) else { return nil }
    guard address.bytes.count == 16 else { return text.hasPrefix("[") ? nil : "\(address):\(port)" }
    return "[\(address)]:\(port)"
  }

  /// The SRV records of a name such as `_xmpp-server._tcp.example.org`, in the order of their priority.
  public func services(_ name: String) async -> Lookup<ServiceRecord> {
    await thread.ask(name, type: DNSMessage.srv).read { DNSMessage.serviceRecords(in: $0) }
  }

  /// The addresses of a host: IPv4 first, then IPv6.
  public func addresses(of host: String) async -> Lookup<NetworkAddress> {
    async let four = thread.ask(host, type: DNSMessage.a).read { DNSMessage.addresses4(in: $0) }
    async let six = thread.ask(host, type: DNSMessage.aaaa).read { DNSMessage.addresses6(in: $0) }
    return switch (await four, await six) {
    case (.found(let left), .found(let right)): .found(left + right)
    case (.found(let some), _), (_, .found(let some)): .found(some)
    case (.failed(let why), _), (_, .failed(let why)): .failed(why)
    case (.nothing, .nothing): .nothing
    }
  }
}
