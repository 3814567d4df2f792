// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Accounts
@testable import Portal

/// Sign-ins that fail: what the pages say, and what is left of them.
@Suite struct SignInPageTests {
  @Test func aHomeServerThatIsDownIsNamedAndNothingIsLost() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      for visitor in [nil, alice] {
        let response = try await client.post("/sign-in", [:], visitor)
        #expect(response.status == .badGateway)
        #expect(response.text.contains("social.localhost cannot be reached"))
        #expect(response.text.contains("Your devices are not affected"))
        #expect(response.headers[.setCookie] == nil)
      }
      #expect(try await client.page("/devices", alice).status == .ok)
    }
  }

  @Test(arguments: [
    "", "?", "?state=x", "?code=x", "?state=x&code=y", "?state=a&state=b&code=y", "?state=%ff&code=%zz",
    "?error=access_denied", "?state=\(String(repeating: "s", count: 9_000))",
  ])
  func aCallbackThatBelongsToNoSignInStartsNone(query: String) async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      for (visitor, cookie) in [(nil, nil), (alice, nil), (nil, "x")] as [(PageStage.Visitor?, String?)] {
        let headers = cookie.map { ["Cookie": "__Host-trunkline-sign-in=\($0)"] } ?? [:]
        let response = try await client.page("/sign-in/callback\(query)", visitor, headers: headers)
        #expect(response.status == .badRequest)
        #expect(response.text.contains("no longer valid"))
        #expect(response.headers[.setCookie] == nil)
      }
      #expect(try await stage.accounts.session(alice.cookie) != nil)
    }
  }

  @Test func theErrorPageOfASignedInMemberCanBeTriedAgain() async throws {
    try await PageStage.with { stage, client in
      let alice = try await stage.member()
      let page = try await client.page("/sign-in/callback?state=x", alice).text
      // Without the token the way out of the error would be an error itself.
      #expect(page.contains("name=\"csrf\" value=\"\(StrictHTML().escapeText(alice.csrf))\""))
    }
  }

  @Test func signInsAreLimitedPerAddress() async throws {
    try await PageStage.with { _, client in
      var statuses: [HTTPResponse.Status] = []
      // On a busy machine some of it comes back meanwhile.
      while statuses.count < 100, statuses.last != .tooManyRequests {
        statuses.append(try await client.post("/sign-in").status)
      }
      // Nobody is there; on a busy machine that takes longer to find out than anybody waits.
      #expect([.badGateway, .gatewayTimeout].contains(statuses[0]))
      #expect(statuses.last == .tooManyRequests)
    }
  }
}
