// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import Testing

@testable import Discovery

/// WebFinger against name servers and web servers of strangers.
@Suite(.timeLimit(.minutes(2))) struct WebFingerTests {
  static let bob = Address(stored: "bob@pond.example")

  /// As Mastodon answers, with one link more.
  static func descriptor(
    _ subject: String = "acct:bob@pond.example", aliases: String = #""https://pond.example/@bob""#,
    href: String = "xmpp:robert@chat.example"
  ) -> String {
    #"{"subject":"\#(subject)","aliases":[\#(aliases)],"links":[{"rel":"self","type":"application/activity+json","#
      + #""href":"https://pond.example/users/bob"},{"rel":"http://ostatus.org/schema/1.0/subscribe","#
      + #""template":"https://pond.example/authorize_interaction?uri={uri}"},{"rel":"me","href":"\#(href)"}]}"#
  }

  static let robert = WebFingerAnswer.states(
    [StatedAddress(uri: "xmpp:robert@chat.example")].compactMap(\.self))

  struct World: Sendable {
    let scout: Scout
    let web: StrangeServer
    let names: NameServer
  }

  /// A scout in a world where every name leads to loopback, where a strange server listens.
  static func with<Value: Sendable>(
    names: [String] = ["pond.example", "www.pond.example"], boundary: Boundary = Boundary(allowsInside: true),
    limits: WebFingerClient.Limits = .init(connect: .seconds(20), overall: .seconds(40)),
    trusted: Bool = true,
    dns: Answers = Answers {
      .records($0.type == NameServer.a ? [.a([127, 0, 0, 1])] : [])
    },
    _ script: Script, _ body: (World) async throws -> Value
  ) async throws -> Value {
    try await StrangeServer.with(names: names, script) { web in
      try await NameServer.with(dns) { server in
        let scout = try Scout(
          nameServer: server.text, boundary: boundary, resolverLimits: ResolverTests.patient,
          webFingerLimits: limits, port: web.port, caFile: trusted ? web.caFile : nil)
        defer { scout.shutdown() }
        return try await body(World(scout: scout, web: web, names: server))
      }
    }
  }

  static func answer(
    _ script: @Sendable @escaping (_ request: String, _ port: Int) -> [StrangeServer.Act]
  ) async throws -> WebFingerAnswer {
    try await with(Script(script)) { await $0.scout.statements(of: bob) }
  }

  @Test func whatAnAccountStatesIsRead() async throws {
    try await Self.with(Script { _, _ in StrangeServer.answer(200, Self.descriptor()) }) { world in
      #expect(await world.scout.statements(of: Self.bob) == Self.robert)
      let request = try #require(world.web.requests.first)
      #expect(request.hasPrefix("GET /.well-known/webfinger?resource=acct%3Abob%40pond.example HTTP/1.1\r\n"))
      let lines = request.lowercased()
      #expect(
        lines.contains("host: pond.example:\(world.web.port)\r\n")
          && lines.contains("user-agent: trunkline\r\n"))
      // Nothing that tells who asks.
      #expect(!lines.contains("cookie") && !lines.contains("referer") && !lines.contains("forwarded"))
      #expect(Set(world.names.questions.map(\.name)) == ["pond.example"])
    }
  }

  @Test func aliasesCountAndNoAddressIsAnAnswerToo() async throws {
    let alias = Self.descriptor(aliases: #""xmpp:robert@chat.example""#, href: "https://pond.example/")
    #expect(
      try await Self.answer { _, _ in StrangeServer.answer(200, alias) }
        == Self.robert)
    let none = Self.descriptor(href: "https://pond.example/")
    #expect(try await Self.answer { _, _ in StrangeServer.answer(200, none) } == .states([]))
  }

  @Test(arguments: [
    "acct:mallory@pond.example", "acct:bob@evil.example", "https://pond.example/@bob", "", "bob@pond.example",
    "xmpp:bob@pond.example",
  ])
  func anAnswerAboutSomebodyElseIsRefused(subject: String) async throws {
    let body = Self.descriptor(subject)
    #expect(try await Self.answer { _, _ in StrangeServer.answer(200, body) } == .failed(.otherSubject))
  }

  @Test func caseDoesNotMatterAndAMissingSubjectDoes() async throws {
    let folded = Self.descriptor("acct:BOB@Pond.Example")
    #expect(
      try await Self.answer { _, _ in StrangeServer.answer(200, folded) }
        == Self.robert)
    #expect(
      try await Self.answer { _, _ in StrangeServer.answer(200, #"{"links":[]}"#) } == .failed(.otherSubject))
  }

  @Test(arguments: [
    "", "[]", "null", "{", #"{"subject":7}"#, #"{"subject":"acct:bob@pond.example","links":{}}"#, "<XRD/>",
    #"{"subject":"acct:bob@pond.example","aliases":[1]}"#, String(repeating: "[", count: 60_000),
  ])
  func whatIsNoDescriptorIsNotUnderstood(body: String) async throws {
    #expect(try await Self.answer { _, _ in StrangeServer.answer(200, body) } == .failed(.notUnderstood))
  }

  @Test(arguments: ["text/html", "application/xrd+xml", "application/activity+json", ""])
  func onlyDescriptorsAreRead(type: String) async throws {
    #expect(
      try await Self.answer { _, _ in StrangeServer.answer(200, Self.descriptor(), type: type) }
        == .failed(.notUnderstood))
  }

  @Test func plainJSONPasses() async throws {
    #expect(
      try await Self.answer { _, _ in
        StrangeServer.answer(200, Self.descriptor(), type: "application/json; charset=utf-8")
      } == Self.robert)
  }

  @Test(arguments: [
    (404, WebFingerAnswer.nobody), (410, .nobody), (400, .failed(.refused)), (401, .failed(.refused)),
    (500, .failed(.refused)), (206, .failed(.refused)),
  ])
  func whatStatusesMean(status: Int, answer: WebFingerAnswer) async throws {
    #expect(try await Self.answer { _, _ in StrangeServer.answer(status) } == answer)
  }

  @Test func redirectsAreFollowedToVettedHosts() async throws {
    let script = Script { request, port in
      request.contains("host: www.pond.example:\(port)\r\n")
        || request.contains("Host: www.pond.example:\(port)\r\n")
        ? StrangeServer.answer(200, Self.descriptor())
        : StrangeServer.answer(
          301, "", "Location: https://www.pond.example:\(port)/x/webfinger?resource=acct%3Abob\r\n")
    }
    try await Self.with(script) { world in
      #expect(await world.scout.statements(of: Self.bob) == Self.robert)
      #expect(world.web.requests.last?.hasPrefix("GET /x/webfinger?resource=acct%3Abob HTTP/1.1") == true)
      #expect(Set(world.names.questions.map(\.name)) == ["pond.example", "www.pond.example"])
    }
  }

  @Test func redirectsEnd() async throws {
    try await Self.with(
      Script { _, port in
        StrangeServer.answer(302, "", "Location: https://pond.example:\(port)/.well-known/webfinger\r\n")
      }
    ) { world in
      #expect(await world.scout.statements(of: Self.bob) == .failed(.redirected))
      #expect(world.web.requests.count == 4)
    }
  }

  @Test(arguments: [
    "http://pond.example:PORT/", "https://127.0.0.1:PORT/", "https://[::1]:PORT/",
    "https://localhost.example:22/",
    "https://user:pass@pond.example:PORT/", "//evil.internal:PORT/", "file:///etc/passwd", "",
    "gopher://pond.example/",
    "https://2130706433:PORT/", "https://0x7f000001:PORT/", "https://127.1:PORT/",
    "https://pond.example\\@evil/",
    "https://pönd.example:PORT/",
  ])
  func redirectsThatLeadAstrayAreNotFollowed(location: String) async throws {
    try await Self.with(
      Script { _, port in
        StrangeServer.answer(302, "", "Location: \(location.replacing("PORT", with: "\(port)"))\r\n")
      }
    ) { world in
      #expect(await world.scout.statements(of: Self.bob) == .failed(.redirected))
      #expect(world.web.requests.count == 1)
    }
  }

  @Test func aNameThatLeadsInsideIsNotConnectedTo() async throws {
    try await Self.with(boundary: Boundary(), Script { _, _ in StrangeServer.answer(200, Self.descriptor()) })
    {
      world in
      #expect(await world.scout.statements(of: Self.bob) == .failed(.forbiddenAddress))
      #expect(world.web.requests.isEmpty)
    }
  }

  @Test func aRedirectInsideIsNotConnectedTo() async throws {
    // The first host is let in as if it were the world; the second leads to multicast, where nobody is let.
    try await Self.with(
      dns: Answers { question in
        guard question.type == NameServer.a else { return .records([]) }
        return .records([.a(question.name == "pond.example" ? [127, 0, 0, 1] : [224, 0, 0, 1])])
      },
      Script { _, port in StrangeServer.answer(302, "", "Location: https://www.pond.example:\(port)/\r\n") }
    ) { world in
      #expect(await world.scout.statements(of: Self.bob) == .failed(.forbiddenAddress))
      #expect(world.web.requests.count == 1)
    }
  }

  @Test func theNameIsResolvedOnceAndTheVettedAddressIsUsed() async throws {
    // A second look-up would lead elsewhere (DNS rebinding); nobody makes one.
    try await Self.with(Script { _, _ in StrangeServer.answer(200, Self.descriptor()) }) { world in
      _ = await world.scout.statements(of: Self.bob)
      #expect(world.names.questions.filter { $0.type == NameServer.a }.count == 1)
      #expect(world.web.requests.count == 1)
    }
  }

  @Test func theNextAddressIsTriedWhereNobodyIs() async throws {
    try await Self.with(
      dns: Answers { .records($0.type == NameServer.a ? [.a([127, 0, 0, 99]), .a([127, 0, 0, 1])] : []) },
      Script { _, _ in StrangeServer.answer(200, Self.descriptor()) }
    ) { world in
      #expect(await world.scout.statements(of: Self.bob) == Self.robert)
    }
  }

  @Test func aCertificateMustBeForTheNameAndTrusted() async throws {
    try await Self.with(names: ["other.example"], Script { _, _ in [] }) { world in
      #expect(await world.scout.statements(of: Self.bob) == .failed(.untrusted))
    }
    try await Self.with(trusted: false, Script { _, _ in [] }) { world in
      #expect(await world.scout.statements(of: Self.bob) == .failed(.untrusted))
    }
  }

  @Test func floodsAreCut() async throws {
    let announced =
      "HTTP/1.1 200 OK\r\nContent-Type: application/jrd+json\r\nContent-Length: 99999999\r\n\r\n"
    #expect(try await Self.answer { _, _ in [.send(announced), .hang] } == .failed(.tooLarge))
    let chunked =
      "HTTP/1.1 200 OK\r\nContent-Type: application/jrd+json\r\nTransfer-Encoding: chunked\r\n\r\n"
    let chunk = "1000\r\n" + String(repeating: " ", count: 4_096) + "\r\n"
    #expect(
      try await Self.answer { _, _ in [.send(chunked)] + Array(repeating: .send(chunk), count: 40) + [.hang] }
        == .failed(.tooLarge))
  }

  @Test func silenceAndDripsEndAtTheDeadline() async throws {
    let limits = WebFingerClient.Limits(overall: .milliseconds(1_500))
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/jrd+json\r\nTransfer-Encoding: chunked\r\n\r\n"
    let drips = (0..<400).flatMap { _ in [StrangeServer.Act.send("1\r\n \r\n"), .pause(.milliseconds(50))] }
    for script in [[StrangeServer.Act.hang], [.send(head)] + drips] {
      try await Self.with(limits: limits, Script { _, _ in script }) { world in
        let time = await ContinuousClock().measure {
          #expect(await world.scout.statements(of: Self.bob) == .failed(.timedOut))
        }
        #expect(time < .seconds(15))
      }
    }
  }

  @Test func whatIsNotHTTPOrNobodyIsNoAnswer() async throws {
    #expect(
      try await Self.answer { _, _ in [.send("SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n")] } == .failed(.notUnderstood))
    #expect(try await Self.answer { _, _ in [] } == .failed(.unreachable))
    try await Self.with(dns: Answers { _ in .code(3) }, Script { _, _ in [] }) { world in
      #expect(await world.scout.statements(of: Self.bob) == .failed(.noAddress))
    }
  }

  @Test func namesOutsideThePublicDNSAreNotEvenLookedUp() async throws {
    try await Self.with(boundary: Boundary(), Script { _, _ in [] }) { world in
      for text in ["bob@localhost", "bob@printer.local", "bob@x.onion", "bob@127.0.0.1", "pond.example"] {
        #expect(await world.scout.statements(of: Address(stored: text)) == .failed(.noAddress))
      }
      #expect(await world.scout.offer(of: .xmpp, at: "x.onion") == nil)
      #expect(world.names.questions.isEmpty)
    }
  }

  @Test func aTrustRootThatCannotBeReadIsRefused() {
    #expect(throws: DiscoveryError.self) { try Scout(caFile: "/nonexistent.pem").shutdown() }
  }
}
