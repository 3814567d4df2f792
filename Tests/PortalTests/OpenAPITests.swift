// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Portal

@Suite("The OpenAPI document")
struct OpenAPITests {
  @Test("lists just the calls that the router has; their other methods are refused with what there is")
  func routes() async throws {
    let document = try APIDocument()
    try await PortalStage.with { stage, client in
      let router = try PortalApplication(accounts: stage.accounts, settings: stage.settings).router()
      let routes = router.routes.filter { $0.path.description.hasPrefix(API.root + "/") }
      var served: Set<String> = []
      for route in routes {
        let path = route.path.description.dropFirst(API.root.count)
        let name = "\(route.method.rawValue) \(path)"
        let response = try await stage.stranger(client).send(
          route.method, API.root + path.replacing("{id}", with: String(repeating: "0", count: 16)))
        if response.status != .methodNotAllowed { served.insert(name) }
      }
      #expect(served == Set(document.operations.keys))
      // Asked of the document and not of the router: a path whose other methods were forgotten has no such routes.
      let paths = Dictionary(grouping: document.operations.keys) { $0.split(separator: " ")[1] }
      #expect(paths.count == 26)
      for (path, operations) in paths {
        let documented = operations.compactMap { $0.split(separator: " ").first.map(String.init) }
        // Whoever may read may ask for the head alone (RFC 9110, section 9.1).
        let allowed = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].filter {
          documented.contains($0) || ($0 == "HEAD" && documented.contains("GET"))
        }
        for method in [HTTPRequest.Method.get, .put, .post, .patch, .delete]
        where !allowed.contains(method.rawValue) {
          let response = try await stage.stranger(client).send(
            method, API.root + path.replacing("{id}", with: String(repeating: "0", count: 16)))
          #expect(
            response.status == .methodNotAllowed && response.problem == "wrong-method", "\(method) \(path)")
          #expect(response.headers[.allow] == allowed.joined(separator: ", "), "\(method) \(path)")
        }
      }
    }
  }

  @Test("is what the server shows, to anybody")
  func served() async throws {
    try await PortalStage.with { stage, client in
      let response = try await stage.stranger(client).send(.get, API.root + "/openapi.json")
      #expect(response.status == .ok)
      let file = try Data(contentsOf: PortalStage.share.appending(path: API.documentFile))
      #expect(Data(response.body.readableBytesView) == file)
    }
  }

  @Test("describes every answer as it is, and no answer that does not exist")
  func answers() async throws {
    let calls = try DocumentedCalls()
    try await PortalStage.with(deviceLimit: 2, homeServer: true) { stage, client in
      let alice = try await stage.member(calls: true)
      let browser = try await stage.browser(of: alice, client)
      let stranger = stage.stranger(client)
      let forged = browser.but { $0.token = "Zm9yZ2Vk" }
      let plain = browser.but { $0.contentType = "text/plain" }
      let large = #"{"name":"\#(String(repeating: "x", count: 20_000))"}"#
      let device = #"{"name":"Phone","chat":"conversations"}"#

      _ = try await calls.call(stranger, "GET /openapi.json", gives: 200)
      _ = try await calls.call(browser, "GET /session", gives: 200)
      _ = try await calls.call(stranger, "GET /session", gives: 401, "signed-out")

      let issued = try await calls.call(
        browser, "POST /devices",
        #"{"name":"Phone","chat":"dino","calls":"linphone","expires_at":"2028-01-01T00:00:00Z"}"#,
        gives: 201)
      let id = try #require((issued["device"] as? [String: Any])?["id"] as? String)
      _ = try await calls.call(browser, "POST /devices", #"{"name":"Phone"}"#, gives: 400, "bad-request")
      _ = try await calls.call(stranger, "POST /devices", device, gives: 401, "signed-out")
      _ = try await calls.call(forged, "POST /devices", device, gives: 403, "form-expired")
      let old = try await stage.browser(of: alice, client, provedAgo: 601)
      _ = try await calls.call(old, "POST /devices", device, gives: 403, "sign-in-not-recent")
      _ = try await calls.call(browser, "POST /devices", large, gives: 413, "too-large")
      _ = try await calls.call(plain, "POST /devices", device, gives: 415, "wrong-media-type")
      _ = try await calls.call(browser, "POST /devices", device, gives: 201)
      _ = try await calls.call(browser, "POST /devices", device, gives: 409, "device-limit")

      _ = try await calls.call(browser, "GET /devices", gives: 200)
      _ = try await calls.call(stranger, "GET /devices", gives: 401, "signed-out")

      let nobody = String(repeating: "0", count: 16)
      let name = #"{"name":"Tablet"}"#
      _ = try await calls.call(browser, "PATCH /devices/{id}", name, id: id, gives: 200)
      _ = try await calls.call(
        browser, "PATCH /devices/{id}", #"{"name":""}"#, id: id, gives: 400, "bad-request")
      _ = try await calls.call(stranger, "PATCH /devices/{id}", name, id: id, gives: 401, "signed-out")
      _ = try await calls.call(forged, "PATCH /devices/{id}", name, id: id, gives: 403, "form-expired")
      _ = try await calls.call(browser, "PATCH /devices/{id}", name, id: nobody, gives: 404, "not-found")
      _ = try await calls.call(browser, "PATCH /devices/{id}", large, id: id, gives: 413, "too-large")
      _ = try await calls.call(plain, "PATCH /devices/{id}", name, id: id, gives: 415, "wrong-media-type")

      _ = try await calls.call(stranger, "DELETE /devices/{id}", id: id, gives: 401, "signed-out")
      _ = try await calls.call(forged, "DELETE /devices/{id}", id: id, gives: 403, "form-expired")
      _ = try await calls.call(browser, "DELETE /devices/{id}", id: nobody, gives: 404, "not-found")
      _ = try await calls.call(browser, "DELETE /devices/{id}", id: id, gives: 200)

      _ = try await calls.call(browser, "PUT /services/chat", #"{"on":1}"#, gives: 400, "bad-request")
      _ = try await calls.call(stranger, "PUT /services/chat", #"{"on":true}"#, gives: 401, "signed-out")
      _ = try await calls.call(forged, "PUT /services/chat", #"{"on":true}"#, gives: 403, "form-expired")
      _ = try await calls.call(browser, "PUT /services/chat", large, gives: 413, "too-large")
      _ = try await calls.call(plain, "PUT /services/chat", #"{"on":true}"#, gives: 415, "wrong-media-type")
      _ = try await calls.call(browser, "PUT /services/chat", #"{"on":false}"#, gives: 200)
      _ = try await calls.call(browser, "POST /devices", device, gives: 409, "service-off")
      _ = try await calls.call(browser, "PUT /services/chat", #"{"on":true}"#, gives: 200)

      _ = try await calls.call(browser, "PUT /services/calls", #"{"on":1}"#, gives: 400, "bad-request")
      _ = try await calls.call(stranger, "PUT /services/calls", #"{"on":true}"#, gives: 401, "signed-out")
      _ = try await calls.call(forged, "PUT /services/calls", #"{"on":true}"#, gives: 403, "form-expired")
      _ = try await calls.call(browser, "PUT /services/calls", large, gives: 413, "too-large")
      _ = try await calls.call(plain, "PUT /services/calls", #"{"on":true}"#, gives: 415, "wrong-media-type")
      _ = try await calls.call(browser, "PUT /services/calls", #"{"on":false}"#, gives: 200)
      _ = try await calls.call(
        browser, "POST /devices", #"{"name":"Phone","calls":"baresip"}"#, gives: 409, "service-off")
      _ = try await calls.call(browser, "PUT /services/calls", #"{"on":true}"#, gives: 200)

      try await webSessions(calls, stage, client, of: alice)

      let second = try #require(
        (try await calls.call(browser, "POST /devices", #"{"name":"Last","chat":"other"}"#, gives: 201))[
          "device"])
      let last = try #require((second as? [String: Any])?["id"] as? String)
      let bob = try await stage.browser(of: stage.member("bob"), client)
      try stage.breakProjection()
      _ = try await calls.call(bob, "POST /web-session", "{}", gives: 503, "unavailable")
      _ = try await calls.call(browser, "DELETE /devices/{id}", id: last, gives: 503, "unavailable")
      _ = try await calls.call(browser, "POST /devices", device, gives: 503, "unavailable")
      _ = try await calls.call(browser, "PUT /services/chat", #"{"on":false}"#, gives: 503, "unavailable")
      _ = try await calls.call(browser, "PUT /services/calls", #"{"on":false}"#, gives: 503, "unavailable")

      _ = try await calls.call(stranger, "POST /sign-out-everywhere", gives: 401, "signed-out")
      _ = try await calls.call(forged, "POST /sign-out-everywhere", gives: 403, "form-expired")
      _ = try await calls.call(browser, "POST /sign-out-everywhere", gives: 204)
    }
    #expect(calls.missed(ofPeople: false) == [], "documented, but never given")
  }

  /// Of a site whose home server cannot be reached: a session goes on all the same.
  private func webSessions(
    _ calls: DocumentedCalls, _ stage: PortalStage, _ client: any TestClientProtocol, of alice: Account
  ) async throws {
    let browser = try await stage.browser(of: alice, client)
    let stranger = stage.stranger(client)
    let forged = browser.but { $0.token = "Zm9yZ2Vk" }
    let elsewhere = browser.but { $0.origin = stage.settings.homeServerOrigin }
    let large = #"{"ticket":"\#(String(repeating: "x", count: 20_000))"}"#
    let open = "POST /web-session"
    _ = try await calls.call(browser, open, #"{"renew":true}"#, gives: 409, "no-web-session")
    _ = try await calls.call(browser, open, "{}", gives: 200)
    let renewed = try await calls.call(browser, open, #"{"renew":true}"#, gives: 200)
    #expect((renewed["chat"] as? [String: Any])?["password"] == nil)
    _ = try await calls.call(browser, open, #"{"renew":1}"#, gives: 400, "bad-request")
    _ = try await calls.call(browser, open, #"{"ticket":"x"}"#, gives: 401, "ticket-spent")
    _ = try await calls.call(stranger, open, "{}", gives: 401, "signed-out")
    _ = try await calls.call(forged, open, "{}", gives: 403, "form-expired")
    _ = try await calls.call(elsewhere, open, "{}", gives: 403, "form-expired")
    _ = try await calls.call(browser, open, large, gives: 413, "too-large")
    _ = try await calls.call(
      browser.but { $0.contentType = "text/plain" }, open, "{}", gives: 415, "wrong-media-type")

    let converse = "GET /web-session/converse"
    let here = browser.but { $0.reads = true }
    _ = try await calls.call(here, converse, gives: 200)
    _ = try await calls.call(here.but { $0.cookie = nil }, converse, gives: 401, "signed-out")
    _ = try await calls.call(here.but { $0.fetchSite = "cross-site" }, converse, gives: 403, "form-expired")
    try await stage.accounts.setService(.xmpp, on: false, of: alice.id, by: .member)
    _ = try await calls.call(here, converse, gives: 409, "service-off")
    try await stage.accounts.setService(.xmpp, on: true, of: alice.id, by: .member)

    let lookUp = "GET /look-up"
    let found = try await calls.call(here, lookUp, query: "?address=%40ALICE%40example.social", gives: 200)
    #expect(found["address"] as? String == "alice@example.social" && found["name"] as? String == "Alice")
    #expect((found["chat"] as? [String: Any])?["finding"] as? String == "here")
    let uri = try await calls.call(here, lookUp, query: "?address=xmpp:bob@example.org%3Fmessage", gives: 200)
    #expect(uri["address"] as? String == "bob@example.org" && uri["name"] is NSNull)
    for bad in ["", "?address=", "?address=nobody@", "?address=example.org", "?address=a%20b@example.org"] {
      _ = try await calls.call(here, lookUp, query: bad, gives: 400, "bad-request")
    }
    _ = try await calls.call(
      here.but { $0.cookie = nil }, lookUp, query: "?address=a@b.c", gives: 401, "signed-out")
    _ = try await calls.call(
      here.but { $0.fetchSite = "cross-site" }, lookUp, query: "?address=a@b.c", gives: 403, "form-expired")

    _ = try await calls.call(stranger, "DELETE /web-session", gives: 401, "signed-out")
    _ = try await calls.call(forged, "DELETE /web-session", gives: 403, "form-expired")
    _ = try await calls.call(browser, "DELETE /web-session", gives: 204)
    _ = try await calls.call(browser, "DELETE /web-session", gives: 204)
  }
}

@Suite("The schema checker of these tests")
struct JSONSchemaTests {
  @Test(
    "finds what does not fit",
    arguments: [
      (#"{"type":"string"}"#, "1"), (#"{"type":"boolean"}"#, "1"), (#"{"type":"integer"}"#, "true"),
      (#"{"type":["integer","null"]}"#, #""1""#), (#"{"enum":["a"]}"#, #""b""#),
      (#"{"minLength":1}"#, #""""#),
      (#"{"maxLength":1}"#, #""ab""#), (#"{"pattern":"^a$"}"#, #""b""#),
      (#"{"format":"date-time"}"#, #""today""#),
      (#"{"required":["a"]}"#, "{}"), (#"{"additionalProperties":false}"#, #"{"a":1}"#),
      (#"{"properties":{"a":{"type":"null"}}}"#, #"{"a":1}"#), (#"{"items":{"type":"null"}}"#, "[1]"),
      (#"{"oneOf":[]}"#, "1"), (##"{"$ref":"#/nowhere"}"##, "1"),
    ])
  func faults(schema: String, value: String) throws {
    func read(_ text: String) throws -> Any {
      try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }
    let schema = try #require(try read(schema) as? [String: Any])
    #expect(JSONSchema(document: [:]).faults(try read(value), schema).count == 1)
  }
}
