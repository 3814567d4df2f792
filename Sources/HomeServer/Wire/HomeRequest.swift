// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation

/// One request to the home server, before it is sent.
struct HomeRequest: Sendable {
  enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
  }

  /// What it is for, in one word: the only part of it that is logged.
  let purpose: String
  let method: Method
  let url: URL
  /// Sent as `application/x-www-form-urlencoded`, in the body only: this is where secrets go.
  var form: [FormField] = []
  /// Sent as bearer token (RFC 6750, section 2.1).
  var token: Secret?
  var urgency: Urgency = .person
  var allowance: Allowance
  /// How long the answer may be, in bytes, if not as usual.
  var longest: Int?

  static func get(
    _ purpose: String, _ url: URL, token: Secret? = nil, urgency: Urgency = .person
  ) -> HomeRequest {
    HomeRequest(
      purpose: purpose, method: .get, url: url, token: token, urgency: urgency,
      allowance: token.map { .token(Fingerprint(of: $0)) } ?? .address)
  }

  static func post(
    _ purpose: String, _ url: URL, form: [FormField], allowance: Allowance = .address
  ) -> HomeRequest {
    HomeRequest(purpose: purpose, method: .post, url: url, form: form, allowance: allowance)
  }

  /// In a member's name.
  static func post(_ purpose: String, _ url: URL, form: [FormField], token: Secret) -> HomeRequest {
    HomeRequest(
      purpose: purpose, method: .post, url: url, form: form, token: token,
      allowance: .token(Fingerprint(of: token)))
  }

  var body: String {
    form.map { "\(FormField.encode($0.name))=\(FormField.encode($0.value.reveal()))" }.joined(separator: "&")
  }
}

/// One field of a form. Values may be secret, so all are treated so.
struct FormField: Sendable {
  let name: String
  let value: Secret

  init(_ name: String, _ value: String) { self.init(name, Secret(value)) }
  init(_ name: String, _ value: Secret) {
    self.name = name
    self.value = value
  }

  /// Percent-encodes all but RFC 3986's unreserved characters, which every form parser understands.
  static func encode(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
  }

  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}

/// Who waits for the answer.
public enum Urgency: Sendable, Hashable {
  /// A person at the portal: may use the allowance up.
  case person
  /// Polling: leaves a part of the allowance for persons.
  case background
}

/// What the home server counts requests by.
enum Allowance: Sendable, Hashable {
  /// Our address: all requests without a token.
  case address
  /// Registering apps: Mastodon takes 5 in 10 minutes from one address.
  case registration
  case token(Fingerprint)
}
