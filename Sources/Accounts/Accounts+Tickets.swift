// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
import Directory
import HomeServer
import Logging
import Storage

/// What lets one browser in, once, for a short while.
public struct Ticket: Sendable {
  /// Nothing else has it: the ledger keeps its fingerprint.
  public let secret: Secret
  /// In seconds.
  public let life: Int64
}

extension Accounts {
  /// How long a ticket works, in seconds: from the home server's page to the frame in it.
  static let ticketLife: Int64 = 60

  /// Trades the token of the home server's own page for a ticket, and admits the member as a sign-in does.
  ///
  /// The token is shown to the home server, which says whose it is and which app's, and to nobody else. Another app's is
  /// refused whatever it may do: else every app that a member has ever let in could talk in the member's name.
  ///
  /// - Throws: ``AccountsError`` `pageNotSetUp`, `otherApp`, `signedOut`, `keptOut`, `disabledHere`, `beingDeleted`,
  ///   `nameTaken`, `homeServerAway`.
  public func ticket(forPage token: Secret) async throws -> Ticket {
    let homeServer = try requireHomeServer()
    guard let webApp = homeServer.webAppID else { throw AccountsError.pageNotSetUp }
    let home: HomeAccount
    do {
      home = try await homeServer.client.identity(ofPage: token, webApp: webApp, homeServer.discovery())
    } catch let error as HomeServerError {
      let refusal = AccountsError(ofPage: error)
      if refusal.code == .homeServerAway {
        log.warning("home server not asked", metadata: ["cause": "\(error)"])
      }
      throw refusal
    }
    let ticket = Secret(random.base32(52))
    let expiresAt = clock() + Self.ticketLife
    _ = try await admit(home, expected: nil) { writer, account in
      try writer.addTicket(Fingerprint(of: ticket), for: account.id, until: expiresAt)
    }
    return Ticket(secret: ticket, life: Self.ticketLife)
  }
}
