// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The JSON object of a request, read strictly: a field that is not known, or has another type, is refused by its
/// name, so that a misspelt `expires_at` does not become a password without an end.
struct JSONBody: Sendable {
  /// Fields are simple values or lists of texts; what is nested otherwise is refused without being read.
  private enum Value: Decodable, Sendable {
    case null
    case bool(Bool)
    case number
    case string(String)
    case strings([String])
    case nested

    init(from decoder: any Decoder) throws {
      guard let container = try? decoder.singleValueContainer() else {
        self = .nested
        return
      }
      if container.decodeNil() {
        self = .null
      } else if let bool = try? container.decode(Bool.self) {
        self = .bool(bool)
      } else if let string = try? container.decode(String.self) {
        self = .string(string)
      } else if (try? container.decode(Double.self)) != nil {
        self = .number
      } else if let strings = try? container.decode([String].self) {
        self = .strings(strings)
      } else {
        self = .nested
      }
    }
  }

  private let values: [String: Value]

  /// - Parameters:
  ///   - fields: those that the call knows.
  ///   - limit: how long it may be, in bytes; `nil` for what is enough for most.
  /// - Throws: ``APIProblem`` `wrongMediaType`, `tooLarge`, `badRequest`.
  init(_ visit: Visit, fields: Set<String>, upTo limit: Int? = nil) async throws {
    let limit = limit ?? visit.context.maxUploadSize
    guard Self.isJSON(visit.request.headers[.contentType]) else {
      throw APIProblem(
        .wrongMediaType, cause: "The body does not say that it is JSON.",
        remedy: "Send it with the header Content-Type: application/json.")
    }
    let body: ByteBuffer
    do {
      body = try await visit.request.body.collect(upTo: limit)
    } catch is NIOTooManyBytesError {
      throw APIProblem(
        .tooLarge, cause: "The body is longer than \(limit) bytes.",
        remedy: "Send less.")
    }
    guard let values = try? JSONDecoder().decode([String: Value].self, from: Data(body.readableBytesView))
    else {
      throw APIProblem(
        .badRequest, cause: "The body is not a JSON object in UTF-8.",
        remedy: "Send an object with the fields that /api/v1/openapi.json lists.")
    }
    guard values.keys.allSatisfy(fields.contains) else {
      let known = fields.sorted().joined(separator: ", ")
      let unknown = values.keys.filter { !fields.contains($0) }.sorted()[0]
      throw APIProblem(
        .badRequest, cause: "There is a field that this call does not know.", remedy: "It knows: \(known).",
        // Echoed only if it is a plain word: the answer is read by people, too.
        field: unknown.wholeMatch(of: #/[A-Za-z0-9_]{1,40}/#).map { String($0.0) })
    }
    self.values = values
  }

  func string(_ field: String) throws -> String {
    guard let string = try optionalString(field) else { throw Self.missing(field) }
    return string
  }

  /// `null` is as good as no field.
  func optionalString(_ field: String) throws -> String? {
    switch values[field] {
    case nil, .null: return nil
    case .string(let string): return string
    default: throw Self.wrongType(field, "a string")
    }
  }

  func strings(_ field: String) throws -> [String] {
    switch values[field] {
    case nil, .null: throw Self.missing(field)
    case .strings(let strings): return strings
    default: throw Self.wrongType(field, "a list of strings")
    }
  }

  func bool(_ field: String) throws -> Bool {
    guard let bool = try optionalBool(field) else { throw Self.missing(field) }
    return bool
  }

  /// `null` is as good as no field.
  func optionalBool(_ field: String) throws -> Bool? {
    switch values[field] {
    case nil, .null: return nil
    case .bool(let bool): return bool
    default: throw Self.wrongType(field, "true or false")
    }
  }

  /// A moment as RFC 3339 writes it.
  func optionalDate(_ field: String) throws -> Date? {
    guard let text = try optionalString(field) else { return nil }
    guard text.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)/#) != nil,
      let date = try? Date(text, strategy: .iso8601)
    else {
      throw APIProblem(
        .badRequest, cause: "“\(field)” is not a moment in time.",
        remedy: "Write it like 2030-01-31T00:00:00Z (RFC 3339, no fractions of a second).", field: field)
    }
    return date
  }

  private static func missing(_ field: String) -> APIProblem {
    APIProblem(.badRequest, cause: "“\(field)” is missing.", remedy: "Give it.", field: field)
  }

  private static func wrongType(_ field: String, _ type: String) -> APIProblem {
    APIProblem(
      .badRequest, cause: "“\(field)” has the wrong type.", remedy: "It must be \(type).", field: field)
  }

  private static func isJSON(_ header: String?) -> Bool {
    let type = header?.split(separator: ";").first?.trimmingCharacters(in: .whitespaces)
    return type?.lowercased() == "application/json"
  }
}
