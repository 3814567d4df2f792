// SPDX-License-Identifier: AGPL-3.0-or-later

import HomeServer

extension AccountsError {
  static let ticketSpent = AccountsError(
    .ticketSpent, cause: "This ticket was used already, is too old, or never was one.",
    remedy: "Have the home server's page ask for another one.")
  static let otherApp = AccountsError(
    .otherApp, cause: "This token does not belong to the home server's own page.",
    remedy: "Apps cannot trade their tokens for chat; sign in at the portal and add a device.")
  static let pageSignedOut = AccountsError(
    .signedOut, cause: "The home server does not let this browser in, or has not been asked for too long.",
    remedy: "Sign in on the home server, and open chat there again.")
  static let noWebSession = AccountsError(
    .noWebSession, cause: "This browser has no passwords that could be renewed.", remedy: "Ask for new ones.")
  static let pageNotSetUp = AccountsError(
    .pageNotSetUp, cause: "Chat on the home server's own pages is not set up here.",
    remedy: "An admin sets home_server.web_app_id.")
  static let homeServerAway = AccountsError(
    .homeServerAway, cause: "The home server cannot be asked at the moment.",
    remedy: "Try again in a minute; nothing ends because of this.")

  /// What the home server's answer to the token of its own page means.
  init(ofPage error: HomeServerError) {
    switch error.code {
    case .otherApp, .wrongScope: self = .otherApp
    case .tokenRevoked, .tokenNeeded, .appOnlyToken: self = .pageSignedOut
    case .loginDisabled, .loginPending, .notLocal, .nameRefused: self = .keptOut
    default:
      switch error.status {
      case 401, 422: self = .pageSignedOut
      case 403: self = .keptOut
      default: self = .homeServerAway
      }
    }
  }
}
