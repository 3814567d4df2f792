// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

@testable import Sandbox

/// A clock that stands still until a test moves it.
final class TestClock: Sendable {
  private let value = Mutex(Date(timeIntervalSince1970: 1_800_000_000))
  var now: Date { value.withLock { $0 } }
  func advance(_ seconds: TimeInterval) { value.withLock { $0 += seconds } }
}

/// One answer, read.
struct Answer: Sendable {
  let status: Int
  let headers: HTTPFields
  let text: String
  var json: JSON { (try? JSONDecoder().decode(JSON.self, from: Data(text.utf8))) ?? .null }
  var error: String? { json["error"]?.text }
  var location: String? { headers[.location] }
  /// A parameter of the address the answer sends to.
  func sent(_ name: String) -> String? {
    location.flatMap(URLComponents.init(string:))?.queryItems?.first { $0.name == name }?.value
  }
}

/// A registered client, as a test holds it.
struct TestApp: Sendable {
  let id: String
  let secret: String
  var redirect = "https://chat.social.localhost/callback"
}

/// A running sandbox and the means to talk to it.
struct Bench: Sendable {
  let client: any TestClientProtocol
  let sandbox: Sandbox
  let clock: TestClock

  static let scopes = "profile read:accounts read:follows read:blocks read:mutes"

  static let files = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "trial/sandbox")

  static func settings(_ change: (inout SandboxSettings) throws -> Void = { _ in }) throws -> SandboxSettings
  {
    var settings = SandboxSettings(
      domain: "social.localhost", baseURL: try #require(URL(string: "https://social.localhost:8443")),
      files: files, listenPort: 0, controlToken: "control-token-of-the-test", limits: .none)
    try change(&settings)
    return settings
  }

  /// Runs a test against a fresh sandbox.
  static func open<Value>(
    _ setup: TestingSetup = .router, _ chosen: SandboxSettings? = nil,
    _ body: @Sendable (Bench) async throws -> Value
  ) async throws -> Value {
    let clock = TestClock()
    let sandbox = try await Sandbox(settings: try chosen ?? settings(), clock: { clock.now })
    return try await sandbox.makeApplication().test(setup) { client in
      try await body(Bench(client: client, sandbox: sandbox, clock: clock))
    }
  }

  func send(
    _ method: HTTPRequest.Method, _ path: String, token: String? = nil, form: [(String, String)]? = nil,
    json: JSON? = nil, raw: String? = nil, type: String? = nil, headers: [String: String] = [:]
  ) async throws -> Answer {
    var fields = HTTPFields()
    if let token { fields[.authorization] = "Bearer \(token)" }
    var body: ByteBuffer?
    if let form {
      fields[.contentType] = "application/x-www-form-urlencoded"
      body = ByteBuffer(
        string: form.map { "\(Fields.encode($0.0))=\(Fields.encode($0.1))" }.joined(separator: "&"))
    } else if let json {
      fields[.contentType] = "application/json"
      body = ByteBuffer(bytes: json.data)
    } else if let raw {
      fields[.contentType] = type
      body = ByteBuffer(string: raw)
    }
    for (name, value) in headers { fields[try #require(HTTPField.Name(name))] = value }
    let response = try await client.execute(uri: path, method: method, headers: fields, body: body)
    return Answer(
      status: response.status.code, headers: response.headers, text: String(buffer: response.body))
  }

  func get(_ path: String, token: String? = nil) async throws -> Answer {
    try await send(.get, path, token: token)
  }

  @discardableResult
  func control(_ method: HTTPRequest.Method, _ path: String, _ json: JSON? = nil) async throws -> Answer {
    let answer = try await send(method, "/sandbox" + path, token: sandbox.controlToken, json: json)
    #expect(answer.status == 200, "\(method) \(path): \(answer.text)")
    return answer
  }

  func id(_ name: String) async throws -> String {
    try #require(await sandbox.state.world.member(acct: name, localDomains: [])?.id)
  }

  func register(scopes: String = Bench.scopes) async throws -> TestApp {
    let answer = try await send(
      .post, "/api/v1/apps",
      form: [
        ("client_name", "Trunkline"), ("redirect_uris", "https://chat.social.localhost/callback"),
        ("scopes", scopes),
      ])
    #expect(answer.status == 200)
    return TestApp(
      id: try #require(answer.json["client_id"]?.text),
      secret: try #require(answer.json["client_secret"]?.text))
  }

  /// Mints a token without going through the pages.
  func token(_ name: String, scopes: String = Bench.scopes) async throws -> String {
    let answer = try await control(.post, "/tokens", ["name": .string(name), "scopes": .string(scopes)])
    return try #require(answer.json["access_token"]?.text)
  }

  /// Goes through sign-in and consent.
  func code(
    for name: String, app: TestApp, scopes: String = Bench.scopes, extra: [(String, String)] = []
  ) async throws -> String {
    let visitor = Visitor(bench: self)
    try await visitor.signIn(name)
    let answer = try await visitor.authorize(app, scopes: scopes, extra: extra)
    return try #require(answer.sent("code"), "\(answer.status) \(answer.text)")
  }

  func redeem(
    _ code: String, app: TestApp, redirect: String? = nil, extra: [(String, String)] = []
  ) async throws -> Answer {
    try await send(
      .post, "/oauth/token",
      form: [
        ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect ?? app.redirect),
        ("client_id", app.id), ("client_secret", app.secret),
      ] + extra)
  }
}

/// A browser: keeps its cookie and fills in forms.
final class Visitor: Sendable {
  let bench: Bench
  private let cookie = Mutex<String?>(nil)

  init(bench: Bench) { self.bench = bench }

  func send(
    _ method: HTTPRequest.Method, _ path: String, form: [(String, String)]? = nil
  ) async throws -> Answer {
    let held = cookie.withLock { $0 }
    let answer = try await bench.send(
      method, path, form: form, headers: held.map { ["Cookie": "_mastodon_session=\($0)"] } ?? [:])
    if let header = answer.headers[.setCookie], let value = header.split(separator: ";").first {
      cookie.withLock { $0 = String(value.dropFirst("_mastodon_session=".count)) }
    }
    return answer
  }

  /// The hidden value that proves that a form came from the page.
  static func formToken(in page: Answer) throws -> String {
    let match = try #require(page.text.firstMatch(of: /name="authenticity_token" value="([^"]+)"/))
    return String(match.1)
  }

  @discardableResult
  func signIn(
    _ name: String, password: String = SandboxSettings.trialPassword
  ) async throws -> Answer {
    let page = try await send(.get, "/auth/sign_in")
    return try await send(
      .post, "/auth/sign_in",
      form: [
        ("authenticity_token", try Self.formToken(in: page)), ("user[email]", "\(name)@social.localhost"),
        ("user[password]", password),
      ])
  }

  static func address(
    _ app: TestApp, scopes: String = Bench.scopes, extra: [(String, String)] = []
  ) -> String {
    let query =
      [
        ("client_id", app.id), ("redirect_uri", app.redirect), ("response_type", "code"), ("scope", scopes),
        ("state", "a state & more"),
      ].filter { pair in !extra.contains { $0.0 == pair.0 } } + extra
    return "/oauth/authorize?"
      + query.map { "\($0.0)=\(Fields.encode($0.1))" }.joined(separator: "&")
  }

  /// Opens the consent page and presses a button, if there is one.
  func authorize(
    _ app: TestApp, scopes: String = Bench.scopes, extra: [(String, String)] = [], deny: Bool = false
  ) async throws -> Answer {
    let page = try await send(.get, Self.address(app, scopes: scopes, extra: extra))
    guard page.status == 200, page.text.contains("Authorize</button>") else { return page }
    var form = [("authenticity_token", try Self.formToken(in: page))]
    form += page.text.split(separator: "</form>")[0].matches(
      of: /name="([a-z_]+)" value="([^"]*)"/
    ).map { (String($0.1), String($0.2).replacing("&amp;", with: "&")) }
      .filter { $0.0 != "authenticity_token" }
    if deny { form.append(("_method", "delete")) }
    return try await send(.post, "/oauth/authorize", form: form)
  }
}
