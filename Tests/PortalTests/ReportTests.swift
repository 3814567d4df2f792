// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Foundation
import HTTPTypes
import HomeServer
import HummingbirdTesting
import Storage
import Testing

@testable import Accounts
@testable import Portal

/// Reporting a sender to the home server's moderators. The way through the home server's own pages is walked in e2e.
@Suite struct ReportTests {
  @Test func whatIsSentIsSaidBeforehandAndNothingElseIsSent() async throws {
    try await ReportStage.with(from: "bob@social.localhost", saying: ["You won!", "Private words"]) { stage in
      let before = try await stage.portal.page(stage.path, stage.alice).text
      #expect(before.contains("bob@social.localhost") && before.contains("Go on at social.localhost"))
      #expect(!before.contains("Send report"), "nothing can be sent yet")
      #expect(try await stage.send().text.contains("Nothing was sent"))

      try await stage.permit()
      let page = try await stage.portal.page(stage.path, stage.alice).text
      #expect(page.contains("You won!") && page.contains("Send report") && !page.contains("The other server"))
      #expect(try await stage.due() == 0 && stage.link.now.answers.isEmpty)
      #expect(try await stage.filed().isEmpty)

      let sent = try await stage.send([stage.box(0): "on", "block": "on", "forward": "on"])
      #expect(sent.leads == "/requests?done=reported-blocked", "\(sent.text)")
      let filed = try await stage.filed()
      #expect(filed.count == 1 && filed[0].from == "alice" && filed[0].about == "bob")
      #expect(filed[0].category == "spam" && !filed[0].forwarded, "bob's moderators are these")
      #expect(filed[0].comment.contains("Please look.") && filed[0].comment.contains("You won!"))
      #expect(filed[0].comment.contains("bob@social.localhost") && !filed[0].comment.contains("Private"))
      #expect(stage.link.now.answers == ["refuse bob@social.localhost"])
      while try await stage.home.accounts.runErrands() {}
      #expect(stage.link.now.answers.last == "block bob@social.localhost")
      #expect(try await stage.due() == 1, "the permission has served")
      #expect(try await stage.send().leads == "/requests?done=gone", "sent twice, it is one report")
      let audit = try await stage.home.accounts.audit(of: stage.account, limit: 9).map(\.action)
      #expect(audit.contains("request.reported"))
    }
  }

  @Test func anEqualNameElsewhereIsDoubtedAndTheModeratorsReadThat() async throws {
    try await ReportStage.with(from: "alice@elsewhere.example", saying: ["Hello"]) { stage in
      try await stage.permit()
      let page = try await stage.portal.page(stage.path, stage.alice).text
      #expect(page.contains("nothing says that it belongs to whoever wrote to you"))
      #expect(page.contains("The other server"))
      #expect(
        try await stage.send(["forward": "on", "category": "other"]).leads == "/requests?done=reported")
      let filed = try await stage.filed()
      #expect(filed.map(\.about) == ["alice@elsewhere.example"] && filed[0].forwarded)
      #expect(filed[0].comment.contains("It is not known whether this account is the same person."))
    }
  }

  @Test func whoStatesTheAddressIsTheAccountThatIsReported() async throws {
    try await ReportStage.with(from: "nils@chat.example", saying: ["Hello"]) { stage in
      let account = stage.account
      let nils = try #require(Address(stored: "nils@bridge.example") as Address?)
      let person = Person(
        id: "113000000000000000", address: nils, displayName: "Nils", follows: true, followsBack: false,
        stated: [StatedAddress(service: .xmpp, address: Address(stored: "nils@chat.example"))])
      _ = try await stage.home.accounts.ledger.write { try $0.setPeople([person], of: account) }
      try await stage.permit()
      let page = try await stage.portal.page(stage.path, stage.alice).text
      #expect(page.contains("This address belongs to") && page.contains("nils@bridge.example"))
      #expect(!page.contains("nothing says"))
    }
  }

  @Test func whomTheHomeServerDoesNotKnowCanBeRefusedInstead() async throws {
    try await ReportStage.with(from: "mallory@unknown.example", saying: ["Hello"]) { stage in
      try await stage.permit()
      let page = try await stage.portal.page(stage.path, stage.alice).text
      #expect(page.contains("knows no account of this address") && !page.contains("Send report"))
      #expect(page.contains("action=\"/requests/message\"") && page.contains("value=\"refuse\""))
      let forced = try await stage.send(["account": "113000000000000000"])
      #expect(forced.status == .badRequest)
      #expect(try await stage.filed().isEmpty && stage.link.now.answers.isEmpty)
    }
  }

  @Test func whatIsNoReportChangesNothing() async throws {
    try await ReportStage.with(from: "bob@social.localhost", saying: ["One"]) { stage in
      try await stage.permit()
      let long = try await stage.send(["comment": String(repeating: "ä", count: 501)])
      #expect(long.status == .unprocessableContent && long.text.contains("500 characters at most"))
      #expect(long.text.contains("ääää"), "what was written is still there")
      let gone = try await stage.send(["said:0011223344556677": "on"])
      #expect(gone.status == .unprocessableContent && gone.text.contains("do not wait any more"))
      #expect(gone.text.contains("href=\"#said\"") && long.text.contains("href=\"#comment\""))
      for odd: [String: String?] in [
        ["category": "legal"], ["category": nil], ["account": nil], ["account": "7"],
        ["address": "no address"],
      ] {
        #expect(try await stage.send(odd).status == .badRequest, "\(odd)")
      }
      #expect(try await stage.filed().isEmpty && stage.link.now.answers.isEmpty)
      #expect(try await stage.send().leads == "/requests?done=reported", "the permission was not spent")
      for query in ["", "?from=", "?from=%00", "?from=a%20b"] {
        #expect(
          try await stage.portal.page("/requests/report\(query)", stage.alice).status == .notFound, "\(query)"
        )
      }
    }
  }

  @Test func anOutageCostsNoPermissionAndARefusalAsksForAnother() async throws {
    try await ReportStage.with(from: "bob@social.localhost", saying: ["One"]) { stage in
      try await stage.permit()
      let endpoint = "POST /api/v1/reports"
      try await stage.home.control(
        .post, "faults", ["endpoint": endpoint, "kind": "status", "status": 500, "times": 1])
      #expect(try await stage.send().status == .badGateway)
      #expect(stage.link.now.answers.isEmpty)
      try await stage.home.control(
        .post, "faults", ["endpoint": endpoint, "kind": "status", "status": 401, "times": 1])
      #expect(try await stage.send().text.contains("the permission to report is over"))
      // It lapses by itself, too.
      try await stage.permit()
      stage.home.clock.advance(Accounts.reportPermissionLife)
      #expect(try await stage.send().text.contains("the permission to report is over"))
      #expect(try await stage.due() == 2, "both tokens end")
      #expect(try await stage.filed().isEmpty)
    }
  }

  @Test func aReportFitsWhateverWasWritten() throws {
    let words = try Catalogue(share: PageStage.checkout.appending(path: "share"))
    let long = String(repeating: "Z\u{0351}\u{202E}\n", count: 4_000)
    let said = (0..<10).map {
      MessageRequest.Said(
        at: Timestamp(seconds: 1_800_000_000 + Int64($0)), kind: .message, text: $0 == 0 ? "short" : long)
    }
    let text = ReportText(
      comment: String(repeating: "c", count: ReportText.longestComment),
      sender: Address(stored: "a@b.example"), isVerified: false, quoted: said)
    let composed = text.composed(words)
    #expect(composed.unicodeScalars.count <= Report.longestComment)
    #expect(composed.contains("short") && !composed.unicodeScalars.contains("\u{202E}"))
    let few = ReportText(
      comment: "", sender: Address(stored: "a@b.example"), isVerified: true, quoted: [said[0]])
    #expect(few.composed(words).hasSuffix("short") && few.composed(words).hasPrefix("Wrote to me by chat"))
  }
}
