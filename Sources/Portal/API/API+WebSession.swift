// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Directory
import Foundation
import HTTPTypes
import Hummingbird

extension API {
  /// Passwords of a short life, for the client that runs in the browser itself.
  func addWebSession(_ call: Call) {
    call(.post, "web-session", .openWebSession, openWebSession)
    call(.delete, "web-session", .changeOwn, endWebSession)
    call(.get, "web-session/converse", .fetchOwn, showConverseCredentials)
    call(.get, "look-up", .fetchOwn, lookUp)
  }

  @Sendable private func openWebSession(_ visit: Visit) async throws -> Response {
    let body = try await JSONBody(visit, fields: ["ticket", "renew"])
    let isRenewal = try body.optionalBool("renew") ?? false
    let proof: WebProof
    if let ticket = try body.optionalString("ticket") {
      proof = .ticket(Secret(ticket), cookie: cookies.session(in: visit.request))
    } else {
      try visit.require(.changeOwn)
      proof = .session(try visit.member())
    }
    let access = try await WebProblem.explaining {
      isRenewal
        ? try await accounts.renewWebSession(by: proof, agent: agent(visit))
        : try await accounts.openWebSession(by: proof, agent: agent(visit))
    }
    var response = try answer(record(of: access))
    // The ledger knows how long it counts; it is longer with each renewal, and the cookie is not sent again for that.
    if let cookie = access.cookie { cookies.setSession(cookie, life: 30 * 86_400, on: &response) }
    return response
  }

  /// Doing it again is as good as once.
  @Sendable private func endWebSession(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    try await accounts.endWebSession(of: session, by: .member)
    var response = Self.done
    if session.isByTicket { cookies.clearSession(on: &response) }
    return response
  }

  /// What Converse.js expects at its `credentials_url`. It asks at each of its logins.
  @Sendable private func showConverseCredentials(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let access = try await WebProblem.explaining {
      try await accounts.openWebSession(by: .session(session), agent: agent(visit))
    }
    guard let password = access.passwords[.xmpp] else {
      throw APIProblem(
        .serviceOff, cause: "Chat is switched off for this account.", remedy: "Switch it on first.")
    }
    return try answer(
      APIRecord.ConverseCredentials(
        jid: access.account.handle.description, password: password.secret.reveal()))
  }

  private func agent(_ visit: Visit) -> String { visit.request.headers[.userAgent] ?? "" }

  private func record(of access: WebAccess) -> APIRecord.WebSession {
    let account = access.account
    let apps = account.isAdmitted ? access.device?.apps ?? [:] : [:]
    func password(_ service: Service) -> String? { access.passwords[service]?.secret.reveal() }
    return APIRecord.WebSession(
      address: account.handle.description, displayName: account.displayName,
      csrfToken: accounts.csrfToken(for: access.session), device: Nullable(access.device?.id.text),
      expiresAt: access.expiresAt.date, renewIn: access.renewIn,
      chat: Nullable(
        apps[.xmpp].map { _ in
          .init(
            websocket: settings.webSocketOrigin + "/xmpp-websocket", username: account.name.text,
            password: password(.xmpp))
        }),
      calls: Nullable(
        settings.calls != nil && account.mayUse(.sip)
          ? apps[.sip].map { _ in
            .init(
              websocket: settings.webSocketOrigin + "/sip", uri: "sip:\(account.handle)",
              username: account.name.text,
              password: password(.sip), turn: Nullable(access.relays.map(APIRecord.Relays.init)))
          } : nil))
  }
}

extension APIRecord {
  struct WebSession: Encodable {
    struct Chat: Encodable {
      let websocket: String
      let username: String
      /// Left out of a renewal.
      let password: String?
    }

    struct Calls: Encodable {
      let websocket: String
      let uri: String
      let username: String
      /// As ``Chat/password``.
      let password: String?
      /// New with each renewal, since they end with the lease.
      let turn: Nullable<Relays>
    }

    let address: String
    let displayName: String
    let csrfToken: String
    let device: Nullable<String>
    let expiresAt: Date
    let renewIn: Int64
    let chat: Nullable<Chat>
    let calls: Nullable<Calls>
  }

  struct Relays: Encodable {
    let username: String
    let password: String
    let uris: [String]

    init(_ grant: RelayGrant) {
      username = grant.credential.username
      password = grant.credential.password.reveal()
      uris = grant.uris
    }
  }

  struct ConverseCredentials: Encodable {
    let jid: String
    let password: String
  }
}
