// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Hummingbird

/// The portal's two cookies: the session, and the short-lived one that ties a sign-in to the browser that began it.
///
/// The session's lasts as long as the sign-in, so that closing the browser signs nobody out, as on Mastodon.
///
/// HttpOnly, SameSite=Lax (the home server sends the browser back by a top-level navigation), Path=/; on https also
/// Secure and with the `__Host-` prefix, so that no other host of the domain can set them.
struct SessionCookie: Sendable {
  let isSecure: Bool

  private var prefix: String { isSecure ? "__Host-" : "" }
  var sessionName: String { prefix + "trunkline" }
  var signInName: String { prefix + "trunkline-sign-in" }

  func session(in request: Request) -> Secret? { secret(sessionName, request) }
  func signIn(in request: Request) -> Secret? { secret(signInName, request) }

  /// - Parameter life: in seconds.
  func setSession(_ value: Secret, life: Int64, on response: inout Response) {
    set(sessionName, value, Int(life), &response)
  }
  func setSignIn(_ value: Secret, on response: inout Response) { set(signInName, value, 900, &response) }
  func clearSession(on response: inout Response) { set(sessionName, Secret(""), 0, &response) }
  func clearSignIn(on response: inout Response) { set(signInName, Secret(""), 0, &response) }

  private func secret(_ name: String, _ request: Request) -> Secret? {
    guard let value = request.cookies[name]?.value, !value.isEmpty, value.utf8.count <= 200 else {
      return nil
    }
    return Secret(value)
  }

  private func set(_ name: String, _ value: Secret, _ age: Int, _ response: inout Response) {
    response.setCookie(
      Cookie(
        name: name, value: value.reveal(), maxAge: age, path: "/", secure: isSecure, httpOnly: true,
        sameSite: .lax))
  }
}
