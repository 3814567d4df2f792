// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Testing

@testable import Discovery

/// What a domain's SRV records mean.
@Suite struct ServiceRecordTests {
  static let here = ServiceRecord(target: "xmpp.pond.example", port: 5269)
  static let dot = ServiceRecord(target: ".", port: 0)

  static let table: [([Lookup<ServiceRecord>], Result<DomainOffer, LookupFailure>)] = [
    // Most servers with chat: STARTTLS, some direct TLS too, few direct TLS only.
    ([.found([here])], .success(.offered)), ([.nothing, .found([here])], .success(.offered)),
    // RFC 2782: decidedly not. XEP-0368 uses the same to switch one of the two off.
    ([.found([dot]), .found([dot])], .success(.refused)), ([.found([dot]), .nothing], .success(.refused)),
    ([.nothing, .found([dot])], .success(.refused)), ([.found([dot]), .found([here])], .success(.offered)),
    ([.found([dot, here])], .success(.offered)),
    // Nearly all servers of the fediverse.
    ([.nothing, .nothing], .success(.unannounced)),
    // Nothing is a “no” while a question is open.
    ([.nothing, .failed(.timedOut)], .failure(.timedOut)),
    ([.failed(.unanswered), .nothing], .failure(.unanswered)),
    ([.found([dot]), .failed(.malformed)], .failure(.malformed)),
    ([.failed(.timedOut), .found([here])], .success(.offered)),
    // A port of 0 or an empty target is no server.
    ([.found([ServiceRecord(target: "xmpp.pond.example", port: 0)]), .nothing], .success(.refused)),
  ]

  @Test(arguments: table.indices) func rule(row: Int) {
    #expect(ServiceRecords.offer(Self.table[row].0) == Self.table[row].1)
  }

  @Test func whatIsAskedFor() {
    #expect(
      ServiceRecords.names(of: .xmpp, at: "pond.example") == [
        "_xmpp-server._tcp.pond.example", "_xmpps-server._tcp.pond.example",
      ])
    #expect(
      ServiceRecords.names(of: .sip, at: "pond.example") == [
        "_sips._tcp.pond.example", "_sip._tcp.pond.example", "_sip._udp.pond.example",
      ])
  }
}
