// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Testing

@testable import XMPPLink

@Suite struct LinkRequestsTests {
  func answer(_ id: String, from: String?, type: String = "result") -> Element {
    var answer = Element("iq", "jabber:component:accept", ["type": type, "id": id])
    answer.attributes["from"] = from
    return answer
  }

  func waiting(_ ids: String..., limit: Int = 10) throws -> LinkRequests<String> {
    var requests = LinkRequests<String>(limit: limit)
    for id in ids { try requests.add(id, to: domain, deadline: .seconds(20), waiter: "who asked \(id)") }
    return requests
  }

  @Test func anAnswerFindsWhoAsked() throws {
    var requests = try waiting("a", "b")
    let taken = requests.answer(answer("b", from: domain))
    let found = try #require(taken)
    #expect(found.waiter == "who asked b")
    #expect(try found.result.get() == answer("b", from: domain))
    #expect(requests.count == 1)
  }

  @Test func anAnswerThatComesTwiceIsDropped() throws {
    var requests = try waiting("a")
    #expect(requests.answer(answer("a", from: domain)) != nil)
    #expect(requests.answer(answer("a", from: domain)) == nil)
  }

  @Test(arguments: [
    "evil.example", "alice@social.localhost", "social.localhost/x", "SOCIAL.localhost.", "", nil,
  ])
  func anAnswerOfSomebodyElseIsDropped(sender: String?) throws {
    var requests = try waiting("a")
    #expect(requests.answer(answer("a", from: sender)) == nil)
    #expect(requests.answer(answer("a", from: domain)) != nil)
  }

  @Test func anAnswerToNobodyIsDropped() throws {
    var requests = try waiting("a")
    #expect(requests.answer(answer("A", from: domain)) == nil)
    #expect(requests.answer(Element("iq", "jabber:component:accept", ["from": domain])) == nil)
  }

  @Test func whoWaitsTooLongIsTold() throws {
    var requests = try waiting("a")
    try requests.add("late", to: domain, deadline: .seconds(25), waiter: "late")
    #expect(requests.expire(.seconds(19)).isEmpty)
    #expect(requests.expire(.seconds(20)) == ["who asked a"])
    #expect(requests.answer(answer("a", from: domain)) == nil)
    #expect(requests.expire(.seconds(100)) == ["late"])
  }

  @Test func withTheStreamAllAreLost() throws {
    var requests = try waiting("a", "b", "c")
    #expect(requests.lose().sorted() == ["who asked a", "who asked b", "who asked c"])
    #expect(requests.isEmpty)
    #expect(requests.answer(answer("a", from: domain)) == nil)
  }

  @Test func whoGoesAwayIsForgotten() throws {
    var requests = try waiting("a")
    #expect(requests.cancel("a") == "who asked a")
    #expect(requests.cancel("a") == nil)
    #expect(requests.answer(answer("a", from: domain)) == nil)
  }

  @Test func tooManyAtOnceAreRefused() throws {
    var requests = try waiting("a", "b", limit: 2)
    #expect(
      code { () throws(LinkError) in try requests.add("c", to: domain, deadline: .zero, waiter: "c") }
        == .busy)
    #expect(requests.count == 2)
  }

  @Test(
    arguments: [
      ("item-not-found", LinkError.Code.notFound), ("forbidden", .notPrivileged),
      ("not-allowed", .notPrivileged),
      ("service-unavailable", .unsupported), ("feature-not-implemented", .unsupported),
      ("resource-constraint", .busy),
      ("bad-request", .refused), ("internal-server-error", .refused),
    ])
  func aRefusalIsAnErrorWithCauseAndRemedy(condition: String, code: LinkError.Code) throws {
    var requests = try waiting("a")
    let refusal = try element(
      """
      <iq type='error' id='a' from='\(domain)'><error type='cancel'>\
      <\(condition) xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
      <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>Because.\nOf that.</text></error></iq>
      """)
    guard case .failure(let error)? = requests.answer(refusal)?.result else {
      Issue.record("no failure")
      return
    }
    #expect(error.code == code)
    #expect(!error.cause.contains("\n") && !error.remedy.isEmpty)
  }

  @Test func whatTheServerCannotDoNowMayBeAskedLater() throws {
    var requests = try waiting("a")
    let refusal = try element(
      """
      <iq type='error' id='a' from='\(domain)'><error type='wait'>\
      <internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>
      """)
    guard case .failure(let error)? = requests.answer(refusal)?.result else {
      Issue.record("no failure")
      return
    }
    #expect(error.code == .busy)
  }

  @Test func anErrorThatSaysNothingIsOneToo() throws {
    var requests = try waiting("a")
    guard case .failure(let error)? = requests.answer(answer("a", from: domain, type: "error"))?.result else {
      Issue.record("no failure")
      return
    }
    #expect(error.code == .refused)
  }

  @Test func idsAreLongAndDiffer() {
    let ids = (0..<100).map { _ in LinkRequests<Int>.makeID(.system) }
    #expect(Set(ids).count == 100)
    #expect(ids.allSatisfy { $0.count == 16 })
  }
}
