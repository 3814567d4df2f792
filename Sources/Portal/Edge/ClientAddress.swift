// SPDX-License-Identifier: AGPL-3.0-or-later

/// Who is really asking, when a proxy of ours stands between.
enum ClientAddress {
  /// Reads `X-Forwarded-For` from its end: each address there was written by the host after it, so it counts only as
  /// long as those hosts are trusted proxies. What a stranger wrote at its beginning is never reached.
  ///
  /// - Returns: `nil` if not even the connection has an address.
  static func resolve(peer: String?, forwarded: [String], trusted: Set<String>) -> String? {
    guard var client = peer else { return nil }
    var hops = forwarded.joined(separator: ",").split(separator: ",", omittingEmptySubsequences: false)
      .map { String($0.filter { $0 != " " && $0 != "\t" }) }
    while trusted.contains(client), let hop = hops.popLast() {
      guard isAddress(hop) else { break }
      client = hop
    }
    return client
  }

  static func isLoopback(_ address: String?) -> Bool {
    guard let address else { return false }
    return address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
  }

  /// What limits count by: an IPv6 subscriber has at least a /64.
  static func limitKey(_ address: String) -> String {
    guard address.contains(":"), !address.contains(".") else { return address }
    let halves = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
    let head = halves[0].split(separator: ":").map(String.init)
    guard halves.count == 2 else { return head.prefix(4).joined(separator: ":") }
    let tail = halves[1].split(separator: ":").count
    let zeros = Array(repeating: "0", count: max(0, 8 - head.count - tail))
    return (head + zeros + halves[1].split(separator: ":").map(String.init)).prefix(4).joined(separator: ":")
  }

  private static func isAddress(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 45
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: ".")
          || byte == UInt8(ascii: ":") || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
          || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
      }
  }
}
