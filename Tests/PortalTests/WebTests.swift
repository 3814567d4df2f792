// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import Portal

/// What browsers are given to run: the client's page and files, and what the home server's pages load.
@Suite("Web")
struct WebTests {
  private static func get(
    _ path: String, _ client: any TestClientProtocol, _ headers: HTTPFields = [:]
  ) async throws -> TestResponse {
    try await client.execute(uri: path, method: .get, headers: headers) { $0 }
  }

  /// The address of the client's entry, as its page has it.
  private static func main(_ client: any TestClientProtocol) async throws -> String {
    let page = try await get("/client", client).text
    return try String(#require(page.firstMatch(of: #/src="(/web/[0-9a-f]{16}/client/main\.js)"/#)).1)
  }

  @Test("the client's page may be framed by the home server, runs our files only, and shows nobody anything")
  func page() async throws {
    try await PortalStage.with { stage, client in
      let response = try await Self.get("/client", client)
      #expect(response.status == .ok)
      let policy = try #require(response.headers[.contentSecurityPolicy])
      for part in [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors \(stage.settings.homeServerOrigin) 'self'", "require-trusted-types-for 'script'",
        "trusted-types 'none'", "connect-src 'self' wss://chat.example.social https:",
      ] {
        #expect(policy.components(separatedBy: "; ").contains(part), "\(part)")
      }
      #expect(response.headers[.frameOptions] == nil)
      #expect(response.headers[.referrerPolicy] == "no-referrer")
      // Microphone and camera are for this page alone.
      let permissions = try #require(response.headers[.permissionsPolicy])
      #expect(permissions.contains("microphone=(self)") && permissions.contains("camera=(self)"))
      let again = try await Self.get("/client", client, [.ifNoneMatch: try #require(response.headers[.eTag])])
      #expect(again.status == .notModified && again.headers[.contentSecurityPolicy] == policy)
      #expect(response.text.contains("&quot;home&quot;:&quot;\(stage.settings.homeServerOrigin)&quot;"))
      #expect(response.text.contains("&quot;uploads&quot;:&quot;https://upload.example.social&quot;"))
      // Signed in or not: the same bytes.
      let browser = try await stage.browser(of: stage.member(), client)
      #expect(try await browser.send(.get, "/client").text == response.text)
      // Every other page says no to any frame.
      let other = try await Self.get("/signed-out", client)
      #expect(other.headers[.frameOptions] == "DENY")
      #expect(other.headers[.permissionsPolicy]?.contains("camera=(), microphone=()") == true)
      #expect(other.headers[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true)
    }
  }

  @Test("what the page names is there, and may be kept for ever")
  func modules() async throws {
    try await PortalStage.with { _, client in
      let page = try await Self.get("/client", client).text
      let named = page.matches(of: #/(?:href|src)="(/web/[^"]+)"/#).map { String($0.1) }
      let main = try await Self.main(client)
      #expect(named.count == 2 && named.contains(main))
      for path in named {
        let response = try await Self.get(path, client)
        #expect(response.status == .ok, "\(path)")
        #expect(response.headers[.cacheControl]?.contains("immutable") == true)
        #expect(response.headers[.xContentTypeOptions] == "nosniff")
        #expect(response.headers[.resourcePolicy] == "same-origin")
        // Heeded of documents alone.
        #expect(response.headers[.contentSecurityPolicy] == nil && response.headers[.frameOptions] == nil)
        let type = path.hasSuffix(".js") ? "text/javascript; charset=utf-8" : "text/css; charset=utf-8"
        #expect(response.headers[.contentType] == type, "\(path)")
        let again = try await Self.get(path, client, [.ifNoneMatch: try #require(response.headers[.eTag])])
        #expect(again.status == .notModified)
      }
    }
  }

  @Test("words are served as JSON; {braces} of the script's own stay as they are")
  func words() async throws {
    try await PortalStage.with { _, client in
      let main = try await Self.main(client)
      let words = try await Self.get(main.replacing("client/main.js", with: "words/client.json"), client)
      #expect(words.headers[.contentType] == "application/json" && words.text.hasPrefix("{"))
      let embed = try await Self.get("/embed/words.json", client)
      #expect(embed.headers[.cacheControl] == "no-cache" && embed.headers[.eTag] != nil)
      #expect(embed.json["tag"] as? String == main.split(separator: "/").dropFirst().first.map(String.init))
      let said = try #require(embed.json["words"] as? [String: String])
      #expect(said["chat"] == "Chat" && said["chat_unread_many"]?.contains("{count}") == true)
    }
  }

  @Test(
    "another tag, another folder and a way out of the tree lead nowhere",
    arguments: [
      "/web/0000000000000000/client/main.js", "/web/TAG/test/embed.test.js", "/web/TAG/tsconfig.json",
      "/web/TAG/client", "/web/TAG/client/../../share/portal/openapi.json",
      "/web/TAG/client/%2e%2e/%2e%2e/Package.swift", "/web/TAG/embed/embed.js",
      // On the home server's origin there is nothing but what its pages need.
      "/embed/web/TAG/client/main.js", "/embed/web/TAG/words/client.json", "/embed/client", "/embed/web/TAG",
    ])
  func nowhere(path: String) async throws {
    try await PortalStage.with { _, client in
      let tag = try await Self.main(client).split(separator: "/")[1]
      #expect(try await Self.get(path.replacing("TAG", with: tag), client).status == .notFound)
    }
  }

  @Test("the script of the home server's pages is asked for anew each time, and its parts are not")
  func embed() async throws {
    try await PortalStage.with { _, client in
      let script = try await Self.get("/embed/embed.js", client)
      #expect(script.status == .ok && script.headers[.cacheControl] == "no-cache")
      #expect(script.headers[.contentType] == "text/javascript; charset=utf-8")
      #expect(script.headers[.setCookie] == nil)
      let tag = try #require(try await Self.get("/embed/words.json", client).json["tag"] as? String)
      let part = try await Self.get("/embed/web/\(tag)/embed/embed.js", client)
      #expect(part.text == script.text && part.headers[.cacheControl]?.contains("immutable") == true)
    }
  }

  @Test(
    "pages are told whether there are calls, so that there is no button for what is not there",
    arguments: [true, false])
  func calls(hasCalls: Bool) async throws {
    try await PageStage.with(calls: hasCalls) { _, client in
      let embed = try await Self.get("/embed/words.json", client)
      #expect(embed.json["calls"] as? Bool == hasCalls)
      let page = try await Self.get("/client", client)
      #expect(page.text.contains("&quot;calls&quot;:\(hasCalls)"))
    }
  }

  @Test("that chat stands on the home server's pages is said only where it does", arguments: [true, false])
  func said(isEmbedded: Bool) async throws {
    try await PageStage.with(isEmbedded: isEmbedded) { stage, client in
      let page = try await client.page("/settings", stage.member())
      #expect(
        page.status == .ok && page.text.contains("https://social.localhost:8443/#trunkline") == isEmbedded)
    }
  }

  @Test("files are not counted against the limit that an address has")
  func limit() async throws {
    try await PageStage.with(requestBurst: 5) { _, client in
      let main = try await Self.main(client)
      for path in [main, "/embed/embed.js", "/embed/words.json"] {
        for _ in 0..<10 { #expect(try await Self.get(path, client).status == .ok) }
      }
      // On a busy machine some of it comes back meanwhile.
      var asked = 0
      while asked < 400, try await Self.get("/client", client).status == .ok { asked += 1 }
      #expect((4..<400).contains(asked))
    }
  }

  @Test("one changed byte, or a file that moved, makes another tag")
  func tags() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "web-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for part in WebTree.folders {
      try FileManager.default.createDirectory(
        at: folder.appending(path: part), withIntermediateDirectories: true)
    }
    func tag(_ name: String, _ text: String, words: String = "{}") throws -> String {
      let file = folder.appending(path: "client/\(name)")
      try Data(text.utf8).write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      return try WebTree(folder: folder, words: ["client": Data(words.utf8)]).tag
    }
    let tags = try [
      tag("a.js", "1"), tag("a.js", "2"), tag("b.js", "1"), tag("a.js", "1", words: "{\"a\":1}"),
    ]
    #expect(Set(tags).count == tags.count)
    #expect(try tag("a.js", "1") == tags[0])
    // What browsers are not given does not count.
    #expect(try tag("notes.md", "1") == tag("notes.md", "2"))
  }
}
