// SPDX-License-Identifier: AGPL-3.0-or-later

import Glibc

/// This machine's place in the network: its own addresses, and what names lead to.
struct LocalNetwork: Sendable {
  /// Addresses that others reach this machine at: neither loopback nor link-local.
  var addresses: @Sendable () -> [String]
  /// What a name leads to, as every program of this machine sees it.
  var resolve: @Sendable (String) -> [String]

  static let current = LocalNetwork(addresses: ownAddresses, resolve: resolved)

  /// How a trial is reached under a name.
  ///
  /// - Throws: ``TrialError`` if the name cannot be used, or does not lead to this machine: nothing would be reachable
  ///   then, and every app would say something else about it.
  func reach(of name: String) throws -> Reach {
    try Self.check(name)
    let hosts = TrialHosts(domain: name)
    let own = addresses()
    guard let example = own.first else {
      throw TrialError(
        code: .badValue, cause: "This machine has no address that others could reach it at.",
        remedy: "Connect it to a network, or leave out --lan.")
    }
    var found: [String] = []
    for host in hosts.all {
      let led = resolve(host)
      guard !led.isEmpty else {
        throw Self.unresolved(
          "The name \(host) leads nowhere.", hosts: hosts, address: found.first ?? example)
      }
      for address in led where !own.contains(address) {
        let what =
          Self.isLoopback(address) ? "which is every machine's own loopback" : "which is not this machine"
        throw Self.unresolved(
          "The name \(host) leads to \(address), \(what) (it has \(own.joined(separator: ", "))).",
          hosts: hosts, address: found.first ?? example)
      }
      for address in led where !found.contains(address) { found.append(address) }
    }
    return Reach(hosts: hosts, addresses: found)
  }

  /// Whether a name can be what stands behind the @ of handles in a trial.
  static func check(_ name: String) throws {
    func refuse(_ cause: String, _ remedy: String) -> TrialError {
      TrialError(code: .badValue, cause: "--lan \(name.prefix(80)): \(cause)", remedy: remedy)
    }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    // The longest of our own labels stands in front.
    let isName =
      (1...(253 - "upload.".utf8.count)).contains(name.utf8.count)
      && labels.allSatisfy { label in
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
          && label.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
              || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
          }
      }
    guard isName else {
      throw refuse("this is no host name in small letters.", "Name one such as trial.home.arpa.")
    }
    guard labels.count > 1 else {
      throw refuse("a name without a dot cannot stand behind an @.", "Name one such as \(name).home.arpa.")
    }
    guard labels.last?.contains(where: \.isLetter) == true else {
      throw refuse(
        "this is an address, and certificates and handles need a name.", "Name one such as trial.home.arpa.")
    }
    guard labels.last != "localhost" else {
      throw refuse(
        "names below localhost are each machine's own.",
        "Leave out --lan, or name one such as trial.home.arpa.")
    }
  }

  private static func unresolved(_ cause: String, hosts: TrialHosts, address: String) -> TrialError {
    let line = "\(address) \(hosts.all.joined(separator: " "))"
    return TrialError(
      code: .badValue, cause: cause,
      remedy: """
        All four names must lead to this machine, here and on the phone. Either add them to your router's DNS:
            \(line)
          or paste that line into the hosts file of this machine (/etc/hosts) and of every other computer; phones need
          the router's DNS. mDNS (.local) covers the bare name only, so it is not enough.
        """)
  }

  static func isLoopback(_ address: String) -> Bool { address.hasPrefix("127.") || address == "::1" }

  /// Addresses of the interfaces that are up.
  @Sendable private static func ownAddresses() -> [String] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var found: [String] = []
    var next = list
    while let entry = next?.pointee {
      next = entry.ifa_next
      guard entry.ifa_flags & UInt32(IFF_UP) != 0, let address = entry.ifa_addr,
        let text = numeric(address)
      else { continue }
      if !isLoopback(text), !isLinkLocal(text), !found.contains(text) { found.append(text) }
    }
    // The one that most names lead to comes first, for messages.
    return found.filter { !$0.contains(":") } + found.filter { $0.contains(":") }
  }

  @Sendable private static func resolved(_ name: String) -> [String] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var found: [String] = []
    var next = list
    while let entry = next?.pointee {
      next = entry.ai_next
      if let address = entry.ai_addr, let text = numeric(address), !isLinkLocal(text), !found.contains(text) {
        found.append(text)
      }
    }
    return found
  }

  private static func isLinkLocal(_ address: String) -> Bool {
    address.hasPrefix("169.254.") || address.lowercased().hasPrefix("fe80:")
  }

  private static func numeric(_ address: UnsafePointer<sockaddr>) -> String? {
    let length: Int
    switch Int32(address.pointee.sa_family) {
    case AF_INET: length = MemoryLayout<sockaddr_in>.size
    case AF_INET6: length = MemoryLayout<sockaddr_in6>.size
    default: return nil
    }
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    guard getnameinfo(address, socklen_t(length), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
    else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
