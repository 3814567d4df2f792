// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
import Foundation

extension SignInAttempt {
  /// Judges what the browser brought back, and hands out the code if all is well.
  ///
  /// The state is judged first: whatever else a callback says, it means nothing if this attempt did not cause
  /// it.
  /// - Parameter query: the raw query of the callback's URL, without `?`.
  /// - Throws: `stateMismatch`, `mixedUp`, `denied`, `signInFailed`, `registrationInvalid`, `wrongScope`, or
  ///   `notUnderstood`.
  public func code(fromCallback query: String) throws(HomeServerError) -> Secret {
    let fields = try CallbackQuery(query)
    guard let given = fields["state"] else {
      throw HomeServerError(
        .stateMismatch, cause: "The answer does not say which sign-in it belongs to.",
        remedy: "Start the sign-in again from here.")
    }
    guard Secret(given) == state else {
      throw HomeServerError(
        .stateMismatch, cause: "The answer belongs to another sign-in.",
        remedy: "Start the sign-in again from here, in one browser window.")
    }
    if let issuer {
      let given = fields["iss"]
      guard given == issuer || (given == nil && !issuerIsPromised) else {
        throw HomeServerError(
          .mixedUp, cause: "The answer comes from another server than the one you were sent to.",
          remedy: "Start the sign-in again; tell the admin if it happens again.")
      }
    }
    if let error = fields["error"] { throw Self.failure(error, fields["error_description"] ?? "") }
    guard let code = fields["code"], !code.isEmpty, code.utf8.count <= 1_000 else {
      throw HomeServerError(
        .notUnderstood, cause: "The home server sent you back without an answer.",
        remedy: "Start the sign-in again.")
    }
    return Secret(code)
  }

  private static func failure(_ error: String, _ description: String) -> HomeServerError {
    switch error {
    case "access_denied":
      return HomeServerError(
        .denied, cause: "You did not allow Trunkline to know who you are.",
        remedy: "Sign in again and choose “Authorize”, or leave it at that.")
    case "unauthorized_client", "invalid_client":
      return HomeServerError(
        .registrationInvalid, cause: "The home server no longer knows this app.",
        remedy: "Register it anew and sign in again.")
    case "invalid_scope":
      return HomeServerError(
        .wrongScope, cause: "The home server does not know a permission that was asked for.",
        remedy: "Tell the admin.")
    case "temporarily_unavailable", "server_error":
      return HomeServerError(
        .signInFailed, cause: "The home server could not sign you in just now.", remedy: "Try again later.")
    default:
      let said = description.isEmpty ? error : description
      let shown = said.printable(limit: 160)
      return HomeServerError(
        .signInFailed,
        cause: shown.isEmpty ? "The home server refused the sign-in." : "The home server says: “\(shown)”",
        remedy: "Try again; tell the admin if it happens again.")
    }
  }
}

/// The fields of a callback, each at most once (RFC 6749, section 3.1).
struct CallbackQuery {
  private var fields: [String: String] = [:]

  static let longest = 8_000

  init(_ query: String) throws(HomeServerError) {
    guard query.utf8.count <= Self.longest else { throw Self.bad("is too long") }
    for pair in query.split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decode(halves[0]), let value = Self.decode(halves.count > 1 ? halves[1] : "")
      else {
        throw Self.bad("has signs in it that cannot be read")
      }
      guard fields.updateValue(value, forKey: name) == nil else {
        throw Self.bad("says the same thing twice")
      }
    }
  }

  subscript(name: String) -> String? { fields[name] }

  private static func decode(_ text: Substring) -> String? {
    String(text).replacing("+", with: " ").removingPercentEncoding
  }

  private static func bad(_ what: String) -> HomeServerError {
    HomeServerError(
      .notUnderstood, cause: "The home server's answer to the sign-in \(what).",
      remedy: "Start the sign-in again.")
  }
}
