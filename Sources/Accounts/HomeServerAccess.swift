// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
public import Foundation
public import HomeServer
public import Storage

/// The home server with what we remember of it: what it can do, our registration, the admin's token.
public actor HomeServerAccess {
  public nonisolated let client: HomeServerClient
  /// What is being read there of members' people, blocks and mutes.
  nonisolated let reads = RelationReads()
  nonisolated let reportPermissions = ReportPermissions()
  nonisolated let adminToken: Secret?
  let webhookSecret: Secret?
  /// The home server's id of its own web app; `nil` where its page may not let browsers in.
  nonisolated let webAppID: String?
  /// Where the home server sends the browser back to.
  nonisolated let redirectURI: String
  private let portal: URL
  let ledger: Ledger
  let key: SealingKey
  private let clock: WallClock
  private let random: RandomBytes
  private var underWay: Task<Registration, any Error>?
  private var known: (discovery: Discovery, until: Timestamp)?
  /// Accounts that were missing at the last look, by name alone: believed when it is seen twice.
  private var doubts: [Account.ID: [StandingEvidence]] = [:]
  /// Until when the home server's word that it knows our app is believed.
  private var confirmedUntil: Timestamp?

  /// What every sign-in asks for: who it is, and whom they follow, have blocked and muted.
  static let signInPurposes: [Scopes.Purpose] = [.signIn, .contacts]

  /// How long the home server's description of itself is taken as known, in seconds.
  private static let discoveryLife: Int64 = 3_600
  /// Likewise for our registration: one question a minute, however many sign in.
  private static let confirmationLife: Int64 = 60

  public init(
    client: HomeServerClient, adminToken: Secret?, webhookSecret: Secret?, webAppID: String? = nil,
    portal: URL,
    ledger: Ledger, key: SealingKey, clock: @escaping WallClock = systemClock, random: RandomBytes = .system
  ) {
    self.client = client
    self.adminToken = adminToken
    self.webhookSecret = webhookSecret
    self.webAppID = webAppID
    self.portal = portal
    self.redirectURI = portal.appending(path: "sign-in/callback").absoluteString
    self.ledger = ledger
    self.key = key
    self.clock = clock
    self.random = random
  }

  /// What the home server is and can do.
  /// - Throws: `HomeServerError`, also `softwareRefused`.
  public func discovery() async throws -> Discovery {
    if let known, known.until > clock() { return known.discovery }
    let found = try await client.discover()
    known = (found, clock() + Self.discoveryLife)
    return found
  }

  /// Our registration there: the kept one if it fits, else a new one.
  ///
  /// Whoever asks while one is being made waits for that one: home servers take only a few in ten minutes.
  ///
  /// - Parameter confirming: before a browser is sent there: whether the home server still knows the app is asked, and
  ///   an outage is thrown, so that the member reads of it here and not on a broken page there.
  func registration(confirming: Bool = false) async throws -> Registration {
    if let underWay { return try await underWay.value }
    let task = Task { try await keptOrNewRegistration(confirming: confirming) }
    underWay = task
    defer { underWay = nil }
    return try await task.value
  }

  private func keptOrNewRegistration(confirming: Bool) async throws -> Registration {
    let discovery = try await discovery()
    let wanted = description(for: Scopes.Purpose.allCases, discovery)
    // A server that takes no reports by API still serves for the rest.
    let least = description(for: Self.signInPurposes, discovery)
    let domain = client.address.domain
    let kept = try await ledger.read { [redirectURI, key] in
      try $0.registration(at: domain, redirectURI: redirectURI, key: key)
    }
    if let kept,
      let registration = try? JSONDecoder().decode(Registration.self, from: Data(kept.reveal().utf8)),
      registration.fits(least, at: client.address, now: clock().date)
    {
      if try await isKnown(registration, discovery, confirming: confirming) { return registration }
      try await forgetRegistration()
    }
    let made: Registration
    do {
      made = try await client.register(wanted, discovery)
    } catch {
      guard error.code == .wrongScope || error.status == 422 else { throw error }
      made = try await client.register(least, discovery)
    }
    let text = Secret(String(decoding: try JSONEncoder().encode(made), as: UTF8.self))
    let now = clock()
    try await ledger.write { [redirectURI, key, random] in
      try $0.setRegistration(
        text, at: domain, redirectURI: redirectURI, key: key, random: random, now: now)
    }
    confirmedUntil = now + Self.confirmationLife
    return made
  }

  private func description(for purposes: [Scopes.Purpose], _ discovery: Discovery) -> AppDescription {
    AppDescription(
      name: "Trunkline", website: portal, redirectURI: redirectURI,
      scopes: Scopes.needed(for: purposes, offered: discovery.scopes))
  }

  private func isKnown(
    _ registration: Registration, _ discovery: Discovery, confirming: Bool
  ) async throws -> Bool {
    if !confirming { return true }
    if let confirmedUntil, confirmedUntil > clock() { return true }
    let outages: Set<HomeServerError.Code> = [.unreachable, .untrusted, .timedOut, .serverFailed]
    do throws(HomeServerError) {
      try await client.confirm(registration, discovery)
    } catch {
      if error.code == .registrationInvalid { return false }
      if outages.contains(error.code) { throw error }
      // It has no tokens for apps, or is busy: what the registration is worth shows when it is used.
    }
    confirmedUntil = clock() + Self.confirmationLife
    return true
  }

  /// Forgets the registration, so that the next sign-in makes a new one; and asks anew what the server can do.
  func forgetRegistration() async throws {
    known = nil
    confirmedUntil = nil
    let domain = client.address.domain
    try await ledger.write { [redirectURI] in try $0.removeRegistration(at: domain, redirectURI: redirectURI)
    }
  }

  /// How a member stands. What left a doubt at the last look counts too.
  func standing(
    of account: Account.ID, _ question: StandingQuestion, token: AccessToken?, urgency: Urgency
  ) async -> (verdict: StandingVerdict, evidence: [StandingEvidence]) {
    let seen = await client.standing(
      question, token: token, adminToken: adminToken, earlier: doubts[account] ?? [], urgency: urgency)
    doubts[account] = seen.verdict == .unknown(.missingOnce) ? seen.evidence : nil
    return seen
  }
}
