// SPDX-License-Identifier: AGPL-3.0-or-later

/// Something that goes wrong on purpose, so that others can prove that they bear it.
struct Fault: Codable, Sendable, Equatable {
  enum Kind: String, Codable, Sendable, CaseIterable {
    /// Answer with a status and Mastodon's shape of an error.
    case status
    /// Hold the request back before it is looked at.
    case hang
    /// Answer 200 with a page instead of JSON.
    case notJSON = "not_json"
    /// Answer 200 with JSON of another shape.
    case wrongShape = "wrong_shape"
    /// Answer 200 with far too much.
    case oversize
    /// Answer 200 one byte at a time.
    case drip
    /// A list whose newest entry goes and which gets a new one before each page.
    case shiftingPages = "shifting_pages"
    /// A list that never ends, of people whom nobody knows.
    case endlessPages = "endless_pages"
    /// A list that shows its first page again and again, at ever new addresses.
    case samePage = "same_page"
    /// A list whose pages lead back to each other.
    case circlingPages = "circling_pages"
    /// Answer for another member than the one who asks, as servers do that mix their members up.
    case otherMember = "other_member"
  }

  var id = 0
  let kind: Kind
  /// As in the counters: `GET /api/v1/accounts/:id`. `*` at the end stands for anything.
  let endpoint: String
  /// The status of the answer.
  var status = 503
  /// Further headers of the answer.
  var headers: [String: String] = [:]
  /// How much: bytes of an oversize or dripping answer.
  var bytes = 64 * 1024 * 1024
  /// How long: a hang, or the pause between two dripped bytes. Nil hangs until cleared.
  var milliseconds: Int?
  /// How many requests are hit; nil until cleared.
  var times: Int?
  /// Who is answered for, by name.
  var name: String?

  func hits(_ name: String) -> Bool {
    guard times.map({ $0 > 0 }) ?? true else { return false }
    return endpoint.hasSuffix("*") ? name.hasPrefix(endpoint.dropLast()) : name == endpoint
  }

  /// Reads the control API's words.
  /// - Throws: ``Refusal`` that says what is wrong.
  init(_ json: JSON) throws {
    guard let kind = json["kind"]?.text.flatMap(Kind.init) else {
      throw Refusal.control(
        "“kind” must be one of \(Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    guard let endpoint = json["endpoint"]?.text, !endpoint.isEmpty else {
      throw Refusal.control("“endpoint” must be a name as in the counters, like “POST /oauth/token”, or “*”.")
    }
    self.kind = kind
    self.endpoint = endpoint
    if let status = json["status"]?.whole {
      guard (200...599).contains(status) else { throw Refusal.control("“status” must be 200 to 599.") }
      self.status = status
    }
    name = json["name"]?.text
    guard kind != .otherMember || name != nil else {
      throw Refusal.control("“name” must be the member who is answered for.")
    }
    if case .object(let members)? = json["headers"] { headers = members.compactMapValues(\.text) }
    for (name, value) in [
      ("bytes", json["bytes"]), ("milliseconds", json["milliseconds"]), ("times", json["times"]),
    ] {
      guard let value, value != .null else { continue }
      guard let number = value.whole, number > 0 else {
        throw Refusal.control("“\(name)” must be a whole number above 0.")
      }
      switch name {
      case "bytes": bytes = number
      case "milliseconds": milliseconds = number
      default: times = number
      }
    }
  }
}
