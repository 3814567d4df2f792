// SPDX-License-Identifier: AGPL-3.0-or-later

import AsyncHTTPClient
import Credentials
import Foundation
import Hummingbird
import NIOCore
import NIOHTTP1
import Sandbox
import Testing

@testable import HomeServer

/// A running sandbox home server, a client for it, and a browser that signs in there.
struct SandboxStage: Sendable {
  let sandbox: Sandbox
  let client: HomeServerClient
  let browser: HTTPClient
  let base: String

  static func with<Value: Sendable>(
    overall: Duration = .seconds(10), _ body: @escaping @Sendable (SandboxStage) async throws -> Value
  ) async throws -> Value {
    // Between finding a free port and listening at it, another test may take it: then nothing has begun yet.
    for _ in 0..<5 {
      do { return try await once(overall: overall, body) } catch let error as IOError
        where error.errnoCode == EADDRINUSE
      { continue }
    }
    return try await once(overall: overall, body)
  }

  private static func once<Value: Sendable>(
    overall: Duration, _ body: @escaping @Sendable (SandboxStage) async throws -> Value
  ) async throws -> Value {
    let port = try await RawServer.with([[]]) { $0.port }
    var files = URL(filePath: #filePath)
    for _ in 0..<3 { files.deleteLastPathComponent() }
    let base = "http://127.0.0.1:\(port)"
    let settings = SandboxSettings(
      domain: "social.localhost", baseURL: try url(base), files: files.appending(path: "trial/sandbox"),
      listenPort: port)
    let sandbox = try await Sandbox(settings: settings, logger: quietLogger)
    let client = try HomeServerClient(
      address: HomeServerAddress(domain: "social.localhost", baseURL: url(base)),
      limits: WireLimits(overall: overall, backOff: .milliseconds(5)), logger: quietLogger)
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    let browser = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let stage = SandboxStage(sandbox: sandbox, client: client, browser: browser, base: base)
    let (running, isRunning) = AsyncStream<Void>.makeStream()
    let outcome: Result<Value, any Error> = await withTaskGroup(of: Result<Value, any Error>?.self) { group in
      group.addTask {
        do {
          try await sandbox.makeApplication { isRunning.yield() }.runService(gracefulShutdownSignals: [])
          return nil
        } catch { return .failure(error) }
      }
      group.addTask {
        for await _ in running { break }
        do { return .success(try await body(stage)) } catch { return .failure(error) }
      }
      var outcome: Result<Value, any Error>?
      while outcome == nil, let next = await group.next() { outcome = next }
      group.cancelAll()
      return outcome ?? .failure(CancellationError())
    }
    await client.shutdown()
    try? await browser.shutdown().get()
    return try outcome.get()
  }

  // MARK: The sandbox's control API

  @discardableResult
  func control(_ method: HTTPMethod, _ path: String, _ json: [String: any Sendable] = [:]) async throws
    -> Data
  {
    var request = HTTPClientRequest(url: base + "/sandbox/" + path)
    request.method = method
    request.headers.add(name: "Authorization", value: "Bearer \(sandbox.controlToken)")
    if method != .GET {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(try JSONSerialization.data(withJSONObject: json))
    }
    let response = try await browser.execute(request, timeout: .seconds(10))
    let body = try await response.body.collect(upTo: 16 << 20)
    try #require(response.status == .ok, "\(method) \(path): \(String(buffer: body))")
    return Data(body.readableBytesView)
  }

  /// A token of the sandbox's own web app.
  func token(of name: String, _ scopes: String) async throws -> Secret {
    struct Answer: Decodable { let accessToken: String }
    let answer = try await control(.POST, "tokens", ["name": name, "scopes": scopes])
    return Secret(try JSONDecoder.mastodon.decode(Answer.self, from: answer).accessToken)
  }

  func id(of name: String) async throws -> String {
    struct Member: Decodable {
      let id: String
      let name: String
      let domain: String?
    }
    let all = try JSONDecoder().decode([Member].self, from: try await control(.GET, "members"))
    return try #require(all.first { $0.name == name && $0.domain == nil }).id
  }

  // MARK: The browser

  struct Page {
    let status: Int
    let location: String?
    let text: String
  }

  /// Loads a page, keeping the one cookie that matters.
  func load(_ address: String, form: [(String, String)]? = nil, cookie: inout String?) async throws -> Page {
    var request = HTTPClientRequest(url: address.hasPrefix("/") ? base + address : address)
    if let cookie { request.headers.add(name: "Cookie", value: cookie) }
    if let form {
      request.method = .POST
      request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
      var parts = URLComponents()
      parts.queryItems = form.map { URLQueryItem(name: $0.0, value: $0.1) }
      request.body = .bytes(ByteBuffer(string: (parts.percentEncodedQuery ?? "").replacing("+", with: "%2B")))
    }
    let response = try await browser.execute(request, timeout: .seconds(10))
    let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
    if let set = response.headers.first(name: "set-cookie") {
      cookie = set.split(separator: ";").first.map(String.init)
    }
    return Page(
      status: Int(response.status.code), location: response.headers.first(name: "location"), text: text)
  }

  /// Goes to the authorization page as a person would, and comes back with the callback's query.
  func visit(_ address: URL, as name: String, agrees: Bool = true) async throws -> String {
    var cookie: String?
    var page = try await load(address.absoluteString, cookie: &cookie)
    for _ in 0..<6 {
      if let location = page.location {
        if let query = location.firstRange(of: "callback?").map({ location[$0.upperBound...] }) {
          return String(query)
        }
        page = try await load(location, cookie: &cookie)
      } else if page.text.contains("user[password]") {
        let form =
          Self.fields(page.text) + [("user[email]", name), ("user[password]", sandbox.settings.password)]
        page = try await load("/auth/sign_in", form: form.filter { !$0.1.isEmpty }, cookie: &cookie)
      } else {
        let consent = page.text.components(separatedBy: "</form>")
        page = try await load(
          "/oauth/authorize", form: Self.fields(try #require(consent.dropFirst(agrees ? 0 : 1).first)),
          cookie: &cookie)
      }
    }
    throw StageError(description: "The sign-in leads nowhere: \(page.status) \(page.text.prefix(500))")
  }

  struct StageError: Error, CustomStringConvertible { let description: String }

  /// The hidden fields of a form.
  private static func fields(_ html: String) -> [(String, String)] {
    html.matches(of: #/<input type="hidden" name="([^"]*)" value="([^"]*)"/#).map { match in
      var value = String(match.2)
      for (entity, sign) in [("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")] {
        value = value.replacing(entity, with: sign)
      }
      return (String(match.1), value)
    }
  }
}
