// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Portal

/// Who may do what: the rule itself, and every route of the router against it.
@Suite("Access")
struct AccessTests {
  /// What each route is for. A route that is added has to be added here too, with eyes open.
  static let table: [String: Action] = [
    "GET /": .look, "GET /assets/{tag}/{name}": .look, "GET /livez": .look, "GET /readyz": .look,
    "GET /signed-out": .look, "GET /client": .look, "GET /web/{tag}/**": .look,
    "GET /embed/embed.js": .look, "GET /embed/words.json": .look, "GET /embed/web/{tag}/**": .look,
    "GET /api/v1/openapi.json": .look,
    "GET /metrics": .measure,
    "POST /sign-in": .signIn, "GET /sign-in/callback": .comeBack, "POST /sign-out": .signOut,
    "GET /devices": .readOwn, "GET /devices/{id}/rename": .readOwn, "GET /devices/{id}/remove": .readOwn,
    "GET /devices/add": .readOwn, "GET /settings": .readOwn, "GET /chat/on": .readOwn,
    "GET /chat/off": .readOwn, "GET /sign-out-everywhere": .readOwn,
    "GET /api/v1/session": .readOwn, "GET /api/v1/devices": .readOwn,
    "POST /devices/{id}/rename": .changeOwn, "POST /devices/{id}/remove": .changeOwn,
    "POST /chat/on": .changeOwn, "POST /chat/off": .changeOwn, "POST /sign-out-everywhere": .changeOwn,
    "PATCH /api/v1/devices/{id}": .changeOwn, "DELETE /api/v1/devices/{id}": .changeOwn,
    "PUT /api/v1/services/chat": .changeOwn, "POST /api/v1/sign-out-everywhere": .changeOwn,
    "GET /devices/add/name": .addDevice, "POST /devices/add": .addDevice, "POST /api/v1/devices": .addDevice,
    "GET /calls/on": .readOwn, "GET /calls/off": .readOwn, "POST /calls/on": .changeOwn,
    "POST /calls/off": .changeOwn, "PUT /api/v1/services/calls": .changeOwn,
    "GET /calls": .readOwn, "GET /calls/clear": .readOwn, "POST /calls/clear": .changeOwn,
    "POST /calls/remove": .changeOwn, "GET /api/v1/calls": .readOwn, "DELETE /api/v1/calls": .changeOwn,
    "DELETE /api/v1/calls/{id}": .changeOwn, "POST /api/v1/calls": .changeOwn,
    "GET /provision/{token}": .provision, "HEAD /provision/{token}": .provision,
    "POST /webhooks/mastodon": .hint,
    "GET /people": .readOwn, "GET /people/find": .readOwn, "GET /people/remove": .readOwn,
    "POST /people/remove": .changeOwn, "POST /people/preview": .changeOwn, "POST /people/ask": .changeOwn,
    "GET /people/asked/{batch}": .readOwn, "POST /people/asked/{batch}/undo": .changeOwn,
    "GET /requests/report": .readOwn, "POST /requests/report": .changeOwn,
    "GET /api/v1/requests/report": .readOwn, "POST /api/v1/requests/report": .changeOwn,
    "GET /requests": .readOwn, "POST /requests/contact": .changeOwn, "POST /requests/message": .changeOwn,
    "GET /privacy": .readOwn, "POST /privacy": .changeOwn, "GET /privacy/chosen": .readOwn,
    "POST /privacy/chosen": .changeOwn, "POST /privacy/access": .changeOwn,
    "GET /api/v1/people": .readOwn, "GET /api/v1/relations": .readOwn, "PATCH /api/v1/relations": .changeOwn,
    "GET /api/v1/contacts": .readOwn, "POST /api/v1/contacts": .changeOwn,
    "POST /api/v1/contacts/preview": .changeOwn, "GET /api/v1/contacts/batches/{id}": .readOwn,
    "DELETE /api/v1/contacts/batches/{id}": .changeOwn, "POST /api/v1/contacts/remove": .changeOwn,
    "POST /api/v1/contacts/answer": .changeOwn, "GET /api/v1/requests": .readOwn,
    "POST /api/v1/requests/answer": .changeOwn, "GET /api/v1/quiet-calls": .readOwn,
    "POST /embed/ticket": .askTicket, "POST /api/v1/web-session": .openWebSession,
    "DELETE /api/v1/web-session": .changeOwn, "GET /api/v1/web-session/converse": .fetchOwn,
    "GET /api/v1/look-up": .fetchOwn,
    "GET /api/v1/privacy": .readOwn, "PATCH /api/v1/privacy": .changeOwn,
    "PUT /api/v1/privacy/chosen": .changeOwn, "GET /api/v1/privacy/sight": .readOwn,
  ]

  /// Every visitor that there can be, for a write or for a read.
  static func visitors(writing: Bool) -> [Visitor] {
    Visitor.SignIn.allCases.flatMap { signIn in
      Visitor.Origin.allCases.flatMap { origin in
        [false, true].flatMap { token in
          [false, true].map { local in
            Visitor(signIn: signIn, writes: writing, origin: origin, showsToken: token, isLocal: local)
          }
        }
      }
    }
  }

  @Test(
    "a write of a member's needs a session, our own page, and its token; whatever else holds",
    arguments: Action.allCases)
  func writes(action: Action) {
    for visitor in Self.visitors(writing: true) {
      let refusal = action.refusal(of: visitor)
      switch action {
      case .look, .comeBack, .provision, .hint: #expect(refusal == nil)
      case .measure: #expect((refusal == nil) == visitor.isLocal)
      case .readOwn: #expect((refusal == nil) == (visitor.signIn != .none))
      case .fetchOwn: #expect((refusal == nil) == (visitor.signIn != .none && visitor.origin == .own))
      case .askTicket: #expect((refusal == nil) == (visitor.origin == .home))
      case .openWebSession: #expect((refusal == nil) == (visitor.origin == .own))
      case .signIn, .signOut:
        #expect(
          (refusal == nil) == (visitor.origin == .own && (visitor.signIn == .none || visitor.showsToken)))
      case .changeOwn:
        #expect((refusal == nil) == (visitor.origin == .own && visitor.signIn != .none && visitor.showsToken))
      case .addDevice:
        #expect(
          (refusal == nil) == (visitor.origin == .own && visitor.signIn == .recent && visitor.showsToken))
      }
    }
  }

  @Test(
    "a read asks for no token, and but for what only our own scripts read, for no origin",
    arguments: Action.allCases)
  func reads(action: Action) {
    for visitor in Self.visitors(writing: false) {
      let refusal = action.refusal(of: visitor)
      switch action {
      case .look, .comeBack, .provision, .hint, .signIn, .signOut: #expect(refusal == nil)
      case .measure: #expect((refusal == nil) == visitor.isLocal)
      case .readOwn, .changeOwn: #expect((refusal == nil) == (visitor.signIn != .none))
      case .fetchOwn: #expect((refusal == nil) == (visitor.signIn != .none && visitor.origin == .own))
      case .askTicket: #expect((refusal == nil) == (visitor.origin == .home))
      case .openWebSession: #expect((refusal == nil) == (visitor.origin == .own))
      case .addDevice: #expect((refusal == nil) == (visitor.signIn == .recent))
      }
    }
  }

  @Test("what a browser says of where it comes from; what says “elsewhere” outweighs the rest")
  func origins() throws {
    let (own, home) = ("https://chat.example.social", "https://social.example")
    let cases: [(String?, String?, Visitor.Origin)] = [
      (own, nil, .own), (own, "same-origin", .own), (nil, "same-origin", .own), (nil, "none", .own),
      (nil, nil, .untold), ("null", nil, .other), ("null", "same-origin", .other),
      (own, "cross-site", .other),
      (own, "same-site", .other), (nil, "cross-site", .other), ("https://example.social", nil, .other),
      ("http://chat.example.social", nil, .other), (own + ".evil.example", nil, .other), ("", nil, .other),
      (own, "", .other), (own + ":8443", "same-origin", .other),
      (home, "same-origin", .home), (home, nil, .home), (home, "same-site", .other),
      (home, "cross-site", .other),
      (home, "none", .home), (home + ":8443", "same-origin", .other),
    ]
    for (origin, site, expected) in cases {
      var headers = HTTPFields()
      headers[.origin] = origin
      headers[.fetchSite] = site
      #expect(
        Visitor.Origin(headers, own: own, home: home) == expected, "\(origin ?? "none"), \(site ?? "none")")
    }
  }

  @Test("every route names its action, and there is no route beside these")
  func routes() async throws {
    try await PortalStage.with { stage, _ in
      let routes = try stage.portal.routes()
      #expect(routes.actions == Self.table)
      for route in routes.router.routes {
        let name = "\(route.method.rawValue) \(route.path.description)"
        guard routes.actions[name] == nil else { continue }
        // All others only say that there is nothing.
        let paths = routes.actions.keys.map { $0.split(separator: " ")[1] }
        #expect(paths.contains { $0 == route.path.description }, "\(name)")
      }
    }
  }

  @Test("every route refuses who may not, and lets through who may", arguments: Self.table.keys.sorted())
  func everyRoute(name: String) async throws {
    let action = try #require(Self.table[name])
    let parts = name.split(separator: " ")
    let method = try #require(HTTPRequest.Method(String(parts[0])))
    let path = parts[1].replacing("{id}", with: "0000000000000000").replacing(#/\{\w+\}/#, with: "x")
    let isCall = path.hasPrefix("/api/") || path.hasPrefix("/embed/")
    try await PortalStage.with { stage, client in
      for visitor in Self.visitors(writing: method != .get && method != .head) where !visitor.isLocal {
        // A new member each time: what is allowed may sign out.
        let member = try await stage.member(
          "m\(UUID().uuidString.lowercased().filter(\.isHexDigit).prefix(20))")
        let browser = try await stage.browser(
          of: member, client, provedAgo: visitor.signIn == .recent ? 0 : 601)
        var headers = HTTPFields()
        if visitor.signIn != .none { headers[.cookie] = browser.cookie }
        switch visitor.origin {
        case .own: headers[.origin] = stage.settings.origin
        case .home: headers[.origin] = stage.settings.homeServerOrigin
        case .other: headers[.origin] = "https://evil.example"
        case .untold: break
        }
        var body = ""
        if visitor.showsToken, let token = browser.token {
          if isCall {
            headers[.csrfToken] = token
          } else {
            body = "csrf=\(token.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
          }
        }
        headers[.contentType] = isCall ? "application/json" : "application/x-www-form-urlencoded"
        let response = try await client.execute(
          uri: String(path), method: method, headers: headers, body: ByteBuffer(string: body)
        ) { $0 }
        let why = "\(name), \(visitor)"
        // The sealed token of nobody is no token.
        var known = visitor
        if visitor.signIn == .none { known.showsToken = false }
        guard let refusal = action.refusal(of: known) else {
          #expect(
            response.status != .unauthorized || ["/webhooks", "/embed"].contains(where: path.hasPrefix),
            "\(why)")
          #expect(response.status != .forbidden, "\(why)")
          continue
        }
        if refusal == .signedOut, method == .get, !isCall {
          #expect(response.headers[.location] == "/", "\(why)")
        } else if refusal == .signInNotRecent, !isCall {
          #expect(response.status == .ok && response.text.contains("sign in once more"), "\(why)")
        } else {
          #expect(response.status == refusal.status, "\(why)")
        }
        #expect(response.headers[.setCookie] == nil, "\(why)")
      }
    }
  }

  @Test("a write that says nowhere where it comes from is told what to do")
  func untold() async throws {
    try await PortalStage.with { stage, client in
      let browser = try await stage.browser(of: stage.member(), client).but {
        $0.origin = nil
        $0.fetchSite = nil
      }
      let response = try await browser.send(.put, "/api/v1/services/chat", #"{"on":false}"#)
      #expect(response.status == .forbidden && response.problem == "origin-untold", "\(response.text)")
      #expect((response.json["detail"] as? String)?.contains("Origin") == true)
    }
  }
}
