// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import HomeServer

/// What members allowed for one report: a token of the home server's for each browser that asked for it, in memory alone. From
/// the moment it is given out it stands among the tokens to be revoked, so it ends by itself, whatever happens here.
actor ReportPermissions {
  private struct Grant {
    let token: AccessToken
    let until: Timestamp
  }

  /// By the session of the browser.
  private var grants: [Fingerprint: Grant] = [:]

  func grant(_ token: AccessToken, to session: Fingerprint, until: Timestamp, at now: Timestamp) {
    grants = grants.filter { $0.value.until > now }
    grants[session] = Grant(token: token, until: until)
  }

  func token(of session: Fingerprint, at now: Timestamp) -> AccessToken? {
    grants[session].flatMap { $0.until > now ? $0.token : nil }
  }

  /// It is used: nobody else gets it.
  func take(of session: Fingerprint, at now: Timestamp) -> (token: AccessToken, until: Timestamp)? {
    grants.removeValue(forKey: session).flatMap { $0.until > now ? ($0.token, $0.until) : nil }
  }
}
