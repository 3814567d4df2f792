// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import Engines
public import Logging
public import Storage

/// The use cases: all that the portal, the API, the command line and the daemon's services do to accounts and
/// devices goes through here, and only this speaks to the ledger.
///
/// A change is one transaction of the ledger that also writes what the engines have to follow (the outbox). The
/// projections follow before the change is acknowledged, and the engines are told to look.
public struct Accounts: Sendable {
  let ledger: Ledger
  let projections: Projections
  let observations: Observations
  let homeServer: HomeServerAccess?
  let callEngines: CallEngines?
  let link: (any ChatLink)?
  let lookups: Lookups?
  let rules: Rules
  let words: NoticeWords
  let key: SealingKey
  let clock: WallClock
  let random: RandomBytes
  let failPoints: FailPoints
  let log: Logger

  /// What an admin can set.
  public struct Rules: Sendable {
    /// The domain of all addresses: the home server's LOCAL_DOMAIN.
    public var domain: String
    /// What this site has set up.
    public var services: Set<Service>
    public var devices: DevicePolicy
    public var webSessions: WebSessionPolicy
    /// How long a sign-in counts as recent, in seconds.
    public var recentSignIn: Int64
    /// How long a browser stays signed in, in seconds.
    public var signInLife: Int64
    /// How often each account's standing is asked for, in seconds.
    public var pollInterval: Int64
    /// How long calls stay in members' histories; 0: there are none.
    public var callHistoryDays: Int

    public init(
      domain: String, services: Set<Service> = [.xmpp], devices: DevicePolicy = DevicePolicy(),
      webSessions: WebSessionPolicy = WebSessionPolicy(),
      recentSignIn: Int64 = 600,
      signInLife: Int64 = 30 * 86_400, pollInterval: Int64 = 600, callHistoryDays: Int = 30
    ) {
      self.domain = domain
      self.services = services
      self.devices = devices
      self.webSessions = webSessions
      self.recentSignIn = recentSignIn
      self.signInLife = signInLife
      self.pollInterval = pollInterval
      self.callHistoryDays = callHistoryDays
    }
  }

  /// - Parameters:
  ///   - homeServer: `nil` for commands that never ask it.
  ///   - callEngines: `nil` on a site without calls.
  ///   - link: to the chat server; `nil` for commands that never ask it.
  ///   - lookups: at other domains; `nil` where they are switched off.
  public init(
    ledger: Ledger, projections: Projections, observations: Observations, homeServer: HomeServerAccess?,
    callEngines: CallEngines? = nil, link: (any ChatLink)? = nil, lookups: Lookups? = nil,
    rules: Rules,
    words: NoticeWords = .none, key: SealingKey, clock: @escaping WallClock = systemClock,
    random: RandomBytes = .system,
    failPoints: FailPoints = .none, log: Logger
  ) {
    self.ledger = ledger
    self.projections = projections
    self.observations = observations
    self.homeServer = homeServer
    self.callEngines = callEngines
    self.link = link
    self.lookups = lookups
    self.rules = rules
    self.words = words
    self.key = key
    self.clock = clock
    self.random = random
    self.failPoints = failPoints
    self.log = log
  }

  /// Writes a change down, makes the projections follow, and has the engines look at once.
  ///
  /// - Throws: what `change` throws, with nothing changed; ``AccountsError`` `notYetInForce` if the change is in
  ///   the ledger but a projection could not be written.
  func commit<Value: Sendable>(
    _ change: @Sendable @escaping (LedgerWriter) throws -> Value
  ) async throws -> (Value, Enforcement) {
    // The caller may have looked at the clock a moment earlier.
    let began = clock() + -1
    let (value, _) = try await write(change, failPoints: failPoints)
    return (value, try await enforce(since: began))
  }

  /// The same for a change that seldom concerns the engines: if it posts nothing for them, none is asked to look.
  func writeAndFollow<Value: Sendable>(
    _ change: @Sendable @escaping (LedgerWriter) throws -> Value
  ) async throws -> Value {
    let began = clock() + -1
    // No fail points: services do this too, at any time, and would end the daemon before what a test has begun.
    let (value, isPosted) = try await write(change, failPoints: .none)
    if isPosted { _ = try await enforce(since: began) }
    return value
  }

  /// - Returns: also whether anything was posted for the engines.
  private func write<Value: Sendable>(
    _ change: @Sendable @escaping (LedgerWriter) throws -> Value, failPoints: FailPoints
  ) async throws -> (Value, isPosted: Bool) {
    try failPoints.reached(.beforeLedger)
    let outcome = try await ledger.write { writer in
      let before = try writer.reader.lastSequence()
      let value = try change(writer)
      try failPoints.reached(.inLedger)
      return (value, isPosted: try writer.reader.lastSequence() > before)
    }
    try failPoints.reached(.afterLedger)
    return outcome
  }

  private func enforce(since began: Timestamp) async throws -> Enforcement {
    do {
      let enforcement = try await projections.followAndPush()
      await endRelays(since: began)
      return enforcement
    } catch let error where error is EngineError || error is StorageError {
      log.error("projection not written", metadata: ["cause": "\(error)"])
      throw AccountsError(
        .notYetInForce, cause: "The change is stored, but the database of an engine could not be written.",
        remedy: "It is tried again every second until it holds; an admin finds the reason in the status.")
    }
  }

  func requireAccount(_ id: Account.ID, _ reader: LedgerReader) throws -> Account {
    guard let account = try reader.account(id) else { throw AccountsError.noSuchAccount }
    return account
  }
}
