// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Storage

@testable import Accounts

extension Accounts {
  /// Signs a browser of the member in, without the home server.
  ///
  /// - Parameters:
  ///   - provedAgo: how long ago, in seconds, the member proved who they are.
  ///   - life: of the sign-in, in seconds.
  /// - Returns: its cookie, and its CSRF token if the member is let in.
  func signedIn(
    _ account: Account.ID, at now: Timestamp, provedAgo: Int64 = 0, for life: Int64 = 30 * 86_400
  ) async throws -> (cookie: Secret, csrf: String?) {
    let cookie = Secret(RandomBytes.system.base32(52))
    try await ledger.write { writer in
      try writer.addSignIn(
        SignIn(
          fingerprint: Fingerprint(of: cookie), account: account, createdAt: now, seenAt: now,
          provedAt: now + -provedAgo, expiresAt: now + life, browser: "test"))
    }
    return (cookie, try await session(cookie).map { csrfToken(for: $0) })
  }
}
