// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing

@testable import XMPPLink

@Suite struct PrivilegesTests {
  func granted(_ content: String) throws -> Privileges? {
    Privileges(message: try element("<message from='\(domain)' to='\(component)'>\(content)</message>"))
  }

  /// XEP-0356, section 4.2, and what version 1 had in its place.
  @Test(arguments: Privileges.Version.allCases)
  func areReadInBothVersions(version: Privileges.Version) throws {
    let found = try granted(
      """
      <privilege xmlns='\(version.rawValue)'><perm access='roster' type='both'/>\
      <perm access='message' type='outgoing'/><perm access='presence' type='managed_entity'/>\
      <perm access='iq'><namespace ns='http://jabber.org/protocol/pubsub' type='both'/></perm></privilege>
      """)
    var expected = Privileges(version: version)
    (expected.roster, expected.mayWrite, expected.presence) = (.both, true, .managedEntity)
    #expect(found == expected)
  }

  @Test func theNewerVersionCounts() throws {
    let found = try granted(
      """
      <privilege xmlns='urn:xmpp:privilege:2'><perm access='roster' type='get'/></privilege>\
      <privilege xmlns='urn:xmpp:privilege:1'><perm access='roster' type='both'/></privilege>
      """)
    #expect(found?.version == .second)
    #expect(found?.roster == .get)
  }

  @Test func whatIsNotKnownIsNotGranted() throws {
    let found = try granted(
      """
      <privilege xmlns='urn:xmpp:privilege:2'><perm access='roster' type='everything'/><perm access='message'/>\
      <perm access='presence' type='none'/><perm type='both'/><perm xmlns='urn:other' access='roster' type='both'/>\
      <wrap><perm access='roster' type='both'/></wrap></privilege>
      """)
    #expect(found == Privileges())
    #expect(
      try granted("<privilege xmlns='urn:xmpp:privilege:3'><perm access='roster' type='both'/></privilege>")
        == nil)
    #expect(try granted("<body>privilege</body>") == nil)
  }

  @Test func onlyTheDomainGrants() throws {
    let offer = "<privilege xmlns='urn:xmpp:privilege:2'><perm access='roster' type='both'/></privilege>"
    var stream = ComponentStream(component: component, domain: domain, secret: sharedSecret)
    _ = stream.connected()
    for event in StanzaParser().feed(Array((header + "<handshake/>").utf8)) { _ = stream.handle(event) }
    for sender in ["evil.example", "alice@\(domain)", "rooms.\(domain)", component] {
      #expect(stream.stanza(try element("<message from='\(sender)'>\(offer)</message>")).isEmpty)
    }
    #expect(stream.stanza(try element("<message from='\(domain)'>\(offer)</message>")).count == 1)
  }

  @Test func accessSaysWhatItAllows() {
    #expect(Privileges.Access.get.mayGet && Privileges.Access.both.mayGet)
    #expect(!Privileges.Access.set.mayGet && !Privileges.Access.none.mayGet)
  }
}
