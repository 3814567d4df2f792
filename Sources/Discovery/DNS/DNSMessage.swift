// SPDX-License-Identifier: AGPL-3.0-or-later

import CAres

/// What a name server's answer holds, read by c-ares.
enum DNSMessage {
  // RFC 1035 sections 3.2.4 and 3.2.2, RFC 3596, RFC 2782.
  static let internet: CInt = 1
  static let a: CInt = 1
  static let aaaa: CInt = 28
  static let srv: CInt = 33

  static func serviceRecords(in message: [UInt8]) -> Lookup<ServiceRecord> {
    var first: UnsafeMutablePointer<ares_srv_reply>?
    let status = ares_parse_srv_reply(message, CInt(message.count), &first)
    defer { ares_free_data(first) }
    if let failure: Lookup<ServiceRecord> = failure(status) { return failure }
    var records: [ServiceRecord] = []
    var next = first
    while let record = next?.pointee {
      let host = record.host.map { String(cString: $0) } ?? ""
      records.append(
        ServiceRecord(
          target: host.isEmpty ? "." : host, port: record.port, priority: record.priority,
          weight: record.weight))
      next = record.next
    }
    guard !records.isEmpty else { return .nothing }
    records.sort { ($0.priority, $1.weight) < ($1.priority, $0.weight) }
    return .found(Array(records.prefix(Resolver.mostRecords)))
  }

  static func addresses4(in message: [UInt8]) -> Lookup<NetworkAddress> {
    var found = [ares_addrttl](repeating: ares_addrttl(), count: Resolver.mostRecords)
    var count = CInt(found.count)
    let status = ares_parse_a_reply(message, CInt(message.count), nil, &found, &count)
    if let failure: Lookup<NetworkAddress> = failure(status) { return failure }
    return addresses(found.prefix(Int(count)).map { withUnsafeBytes(of: $0.ipaddr, Array.init) })
  }

  static func addresses6(in message: [UInt8]) -> Lookup<NetworkAddress> {
    var found = [ares_addr6ttl](repeating: ares_addr6ttl(), count: Resolver.mostRecords)
    var count = CInt(found.count)
    let status = ares_parse_aaaa_reply(message, CInt(message.count), nil, &found, &count)
    if let failure: Lookup<NetworkAddress> = failure(status) { return failure }
    return addresses(found.prefix(Int(count)).map { withUnsafeBytes(of: $0.ip6addr, Array.init) })
  }

  private static func addresses(_ bytes: [[UInt8]]) -> Lookup<NetworkAddress> {
    let addresses = bytes.compactMap(NetworkAddress.init(bytes:))
    return addresses.isEmpty ? .nothing : .found(addresses)
  }

  /// What a status of c-ares means; `nil` for success.
  static func failure<Record>(_ status: CInt) -> Lookup<Record>? {
    switch status {
    case ARES_SUCCESS: nil
    case ARES_ENODATA, ARES_ENOTFOUND: .nothing
    case ARES_ETIMEOUT, ARES_ECANCELLED, ARES_EDESTRUCTION:
      .failed(.timedOut)
    case ARES_EBADRESP, ARES_EFORMERR: .failed(.malformed)
    case ARES_EBADNAME: .failed(.badName)
    default: .failed(.unanswered)
    }
  }
}
