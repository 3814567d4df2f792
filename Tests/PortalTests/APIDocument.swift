// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

@testable import Portal

/// The document, as the tests read it.
struct APIDocument: Sendable {
  private let data: Data

  init() throws { data = try Data(contentsOf: PortalStage.share.appending(path: API.documentFile)) }

  private var root: [String: Any] {
    (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] ?? [:]
  }

  private static let methods: Set<String> = ["get", "put", "post", "patch", "delete"]

  /// By “METHOD /path”, paths without the common beginning.
  var operations: [String: [String: Any]] {
    var operations: [String: [String: Any]] = [:]
    for (path, item) in root["paths"] as? [String: [String: Any]] ?? [:] {
      for (method, operation) in item where Self.methods.contains(method) {
        operations["\(method.uppercased()) \(path)"] = operation as? [String: Any]
      }
    }
    return operations
  }

  /// All responses but `default`, as “METHOD /path 200”.
  var responses: Set<String> {
    Set(
      operations.flatMap { name, operation in
        (operation["responses"] as? [String: Any] ?? [:]).keys.filter { $0 != "default" }.map {
          "\(name) \($0)"
        }
      })
  }

  /// What in this answer is not as documented.
  func faults(_ response: TestResponse, of operation: String) -> [String] {
    let documented = operations[operation]?["responses"] as? [String: [String: Any]]
    guard let entry = documented?[String(response.status.code)] else { return ["not documented"] }
    for (header, description) in entry["headers"] as? [String: [String: Any]] ?? [:] {
      guard let name = HTTPField.Name(header), let value = response.headers[name] else {
        return ["\(header) is missing"]
      }
      let faults = JSONSchema(document: root).faults(value, description["schema"] as? [String: Any] ?? [:])
      guard faults.isEmpty else { return faults }
    }
    guard let content = entry["content"] as? [String: [String: Any]] else {
      return response.body.readableBytes == 0 ? [] : ["has a body"]
    }
    guard let schema = content[response.headers[.contentType] ?? ""]?["schema"] as? [String: Any] else {
      return ["has the content type \(response.headers[.contentType] ?? "none")"]
    }
    return JSONSchema(document: root).faults(response.json, schema)
  }
}

/// Calls the API, holds each answer against the document, and remembers which answers were seen.
final class DocumentedCalls: Sendable {
  private let document: APIDocument
  private let seen = Mutex<Set<String>>([])

  init() throws { document = try APIDocument() }

  /// Each call says which answer it stands for: an answer of another status is a fault as well.
  @discardableResult
  func call(
    _ browser: PortalBrowser, _ operation: String, _ body: String? = nil, id: String = "", query: String = "",
    gives status: Int, _ problem: String? = nil, line: SourceLocation = #_sourceLocation
  ) async throws -> [String: Any] {
    let parts = operation.split(separator: " ")
    let method = try #require(HTTPRequest.Method(String(parts[0])))
    let response = try await browser.send(
      method, API.root + parts[1].replacing("{id}", with: id) + query, body)
    #expect(response.status.code == status, "\(operation): \(response.text)", sourceLocation: line)
    #expect(response.problem == problem, sourceLocation: line)
    #expect(document.faults(response, of: operation) == [], "\(operation) \(status)", sourceLocation: line)
    seen.withLock { _ = $0.insert("\(operation) \(response.status.code)") }
    return response.json
  }

  private static let people = [
    "/people", "/relations", "/contacts", "/requests", "/quiet-calls", "/privacy", "/calls",
  ]

  /// What is documented, but was never given.
  func missed(ofPeople: Bool) -> Set<String> {
    document.responses.subtracting(seen.withLock { $0 }).filter { response in
      let path = response.split(separator: " ")[1]
      return Self.people.contains { path == $0 || path.hasPrefix("\($0)/") } == ofPeople
    }
  }
}
