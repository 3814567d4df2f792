// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Storage

/// Web sessions: a browser is a device whose passwords last a quarter of an hour, again and again while the home server lets
/// the member in. One for each browser, however many of its tabs ask.
extension Accounts {
  /// Gives a browser passwords: the first ones, or new ones in place of those it has. What is connected by them stays so.
  ///
  /// - Parameter agent: what the browser calls itself.
  /// - Throws: ``AccountsError`` `ticketSpent`, `signedOut`, `keptOut`, `disabledHere`, `beingDeleted`, `notYetInForce`.
  public func openWebSession(by proof: WebProof, agent: String) async throws -> WebAccess {
    let browser = try await prove(proof, agent: agent)
    let services = browser.account.services.intersection(rules.services)
    guard !services.isEmpty else {
      return access(of: browser, device: nil)
    }
    // Another tab may be doing the same: whoever comes second takes the device that the first has made.
    for _ in 0..<3 {
      if let opened = try await open(services, in: browser, agent: agent) { return opened }
    }
    throw AccountsError.noWebSession
  }

  /// Gives the passwords that a browser has more time.
  ///
  /// - Throws: ``AccountsError`` `noWebSession`, and what ``openWebSession(by:agent:)`` throws.
  public func renewWebSession(by proof: WebProof, agent: String) async throws -> WebAccess {
    let browser = try await prove(proof, agent: agent)
    guard browser.isExtended else { throw AccountsError.pageSignedOut }
    let now = clock()
    let (device, _) = try await commit { writer in
      let account = try requireAdmitted(browser, at: now, writer.reader)
      guard let session = try writer.reader.webSession(of: browser.signIn.fingerprint),
        var device = try writer.reader.device(session.device), device.isLive(at: now)
      else { throw AccountsError.noWebSession }
      // Never less: another tab may have asked a moment later.
      device.expiresAt = max(browser.expiresAt, device.expiresAt ?? browser.expiresAt)
      try extend(device, in: browser, at: now, writer)
      try writer.post(account.name, at: now)
      return device
    }
    return access(of: browser, device: device)
  }

  /// Ends a browser's web session at once. One that was let in by a ticket is signed out as well.
  public func endWebSession(of session: Session, by author: Author) async throws {
    let now = clock()
    let browser = session.signIn
    _ = try await commit { writer in
      let account = try requireAccount(session.account.id, writer.reader)
      if let ended = try writer.reader.webSession(of: browser.fingerprint) {
        try writer.record(
          AuditEntry(
            at: now, actor: author.rawValue, action: "web-session.ended", account: account.handle.description,
            device: ended.device.text))
      }
      try writer.endWebSession(of: browser.fingerprint, at: now)
      if browser.isByTicket { try writer.removeSignIn(browser.fingerprint, at: now) }
    }
  }

  /// Takes out those that are over; engines have not let them in since that moment.
  func endExpiredWebSessions() async throws {
    let now = clock()
    guard try await ledger.read({ try $0.hasExpiredWebSessions(at: now) }) else { return }
    _ = try await commit { try $0.endExpiredWebSessions(at: now) }
  }

  // MARK: Pieces

  /// - Returns: `nil` if the browser has got another device meanwhile.
  private func open(_ services: Set<Service>, in browser: ProvedBrowser, agent: String) async throws
    -> WebAccess?
  {
    let now = clock()
    let (known, sessions) = try await ledger.read { reader in
      (
        try reader.webSession(of: browser.signIn.fingerprint).flatMap { try reader.device($0.device) },
        try reader.webSessions(of: browser.account.id)
      )
    }
    let apps = services.reduce(into: [Service: App]()) { $0[$1] = $1 == .xmpp ? .browser : .browserPhone }
    let device = Device(
      id: known?.id ?? Device.ID(stored: random.base32(Device.ID.length)), account: browser.account.id,
      name: known?.name ?? DeviceName(browser: agent), apps: apps, createdAt: known?.createdAt ?? now,
      expiresAt: max(browser.expiresAt, known?.expiresAt ?? browser.expiresAt))
    let passwords = apps.mapValues { _ in DevicePassword.make(random: random) }
    let verifiers = try await makeVerifiers(of: device, passwords: passwords)
    let online = await online(sessions)
    let (isOpen, _) = try await commit { writer in
      let account = try requireAdmitted(browser, at: now, writer.reader)
      try requireUse(of: services, by: account)
      try writer.endExpiredWebSessions(at: now)
      let current = try writer.reader.webSession(of: browser.signIn.fingerprint)
      // One that has just ended cannot be used again.
      guard current?.device == known?.id else { return false }
      if current == nil {
        try makeRoom(for: account, online: online, at: now, writer)
        try writer.addDevice(device)
        try writer.addWebSession(
          WebSession(signIn: browser.signIn.fingerprint, account: account.id, device: device.id, usedAt: now))
        try writer.record(
          AuditEntry(
            at: now, actor: Author.member.rawValue, action: "web-session.opened",
            account: account.handle.description, device: device.id.text,
            detail: apps.values.map(\.rawValue).sorted().joined(separator: " ")))
      } else {
        try writer.removeCredentials(of: device.id)
        try writer.addCredentials(of: device)
      }
      try writer.setVerifiers(verifiers.scram, of: device.id)
      try writer.setDigests(verifiers.digests, of: device.id)
      try extend(device, in: browser, at: now, writer)
      try writer.post(account.name, at: now)
      return true
    }
    guard isOpen else { return nil }
    return access(of: browser, device: device, passwords: passwords)
  }

  private func extend(_ device: Device, in browser: ProvedBrowser, at now: Timestamp, _ writer: LedgerWriter)
    throws
  {
    let expiresAt = device.expiresAt ?? browser.expiresAt
    try writer.extendWebSession(device.id, until: expiresAt, at: now)
    // Such a browser is signed in for no longer than its passwords last.
    guard browser.signIn.isByTicket, browser.isExtended else { return }
    try writer.extendSignIn(browser.signIn.fingerprint, until: expiresAt, provedAt: browser.signIn.provedAt)
  }

  /// Ends the oldest of those that nobody is connected by; if all are in use, the one that asked for time longest ago.
  private func makeRoom(
    for account: Account, online: Set<Device.ID>, at now: Timestamp, _ writer: LedgerWriter
  ) throws {
    var sessions = try writer.reader.webSessions(of: account.id)
    while sessions.count >= WebSessionPolicy.limit {
      let index = sessions.firstIndex { !online.contains($0.device) } ?? 0
      let ended = sessions.remove(at: index)
      try writer.endWebSession(of: ended.signIn, at: now)
      try writer.record(
        AuditEntry(
          at: now, actor: Author.trunkline.rawValue, action: "web-session.ended",
          account: account.handle.description, device: ended.device.text, detail: "room for another"))
    }
  }

  private func online(_ sessions: [WebSession]) async -> Set<Device.ID> {
    guard sessions.count >= WebSessionPolicy.limit else { return [] }
    let seen = await observations.seen(sessions.map(\.device.text))
    return Set(
      sessions.map(\.device).filter { device in seen.values.contains { $0[device.text]?.isOnline == true } })
  }

  /// The account, if it and its browser may still be here.
  private func requireAdmitted(
    _ browser: ProvedBrowser, at now: Timestamp, _ reader: LedgerReader
  ) throws -> Account {
    let account = try requireAccount(browser.account.id, reader)
    if let refusal = AccountsError.refusal(of: account) { throw refusal }
    guard try reader.signIn(browser.signIn.fingerprint, at: now) != nil else {
      throw AccountsError.pageSignedOut
    }
    return account
  }

  private func access(
    of browser: ProvedBrowser, device: Device?, passwords: [Service: DevicePassword] = [:]
  ) -> WebAccess {
    let now = clock()
    let expiresAt = device?.expiresAt ?? browser.expiresAt
    var relays: RelayGrant?
    if let device, device.apps[.sip] != nil, browser.account.mayUse(.sip) {
      relays = callEngines?.relayOffer?.grant(to: device.id, until: expiresAt)
    }
    return WebAccess(
      session: session(of: browser.account, browser.signIn, at: now), cookie: browser.cookie, device: device,
      passwords: passwords, relays: relays, expiresAt: expiresAt,
      renewIn: rules.webSessions.renewal(before: expiresAt, now: now))
  }
}
