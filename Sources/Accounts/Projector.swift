// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
public import Engines
public import Foundation
public import Logging
public import Storage

/// What a projection holds, computed from the ledger.
public struct ProjectionSource<Content: ProjectionContent>: Sendable {
  /// What stands there of an account; `nil` if nobody may be there.
  let member: @Sendable (LedgerReader, Account) throws -> Content.Member?
  /// What stands there beside members, after something about these has changed.
  let asides:
    @Sendable (_ reader: LedgerReader, _ changed: Set<Name>, _ now: Timestamp) throws -> Content.Asides
}

/// Makes one engine's projection follow the ledger.
///
/// It reads what the outbox says has changed, computes what each of those members looks like now, and writes that
/// in one transaction. Doing it twice is harmless, so the daemon and the command line need not know of each other.
public actor Projector<Content: ProjectionContent> {
  private static var batch: Int { 1_000 }

  private let ledger: Ledger
  private let source: ProjectionSource<Content>
  private let folder: URL
  private let schema: String
  private let control: (any EngineControl)?
  private let random: RandomBytes
  private let clock: WallClock
  private let log: Logger
  private var projection: Projection<Content>?
  /// Where the last run ended.
  public private(set) var settled: ProjectionPosition?
  /// The latest run: the next one begins when it has ended.
  private var lastRun: Task<ProjectionPosition, any Error>?

  /// - Parameters:
  ///   - folder: of the projection.
  ///   - schema: the text of `projection.sql`.
  ///   - control: `nil` for tests without an engine.
  public init(
    ledger: Ledger, source: ProjectionSource<Content>, folder: URL, schema: String,
    control: (any EngineControl)?, random: RandomBytes = .system, clock: @escaping WallClock = systemClock,
    log: Logger
  ) {
    self.ledger = ledger
    self.source = source
    self.folder = folder
    self.schema = schema
    self.control = control
    self.random = random
    self.clock = clock
    self.log = log
  }

  /// Brings the projection up to what the ledger holds at this moment, and makes it anew where it must.
  /// - Throws: `EngineError`, `StorageError`.
  @discardableResult
  public func follow() async throws -> ProjectionPosition {
    // One run at a time: each begins after the one before has ended, and sees every commit made before it began.
    let before = lastRun
    let run = Task {
      _ = await before?.result
      return try await self.followOnce()
    }
    lastRun = run
    let position = try await run.value
    settled = position
    return position
  }

  /// Whether there is something to follow: cheap enough to be asked each second.
  func isBehind() async throws -> Bool {
    let last = try await ledger.read { try $0.lastSequence() }
    guard let settled, settled.sequence == last, let projection else { return true }
    return await !projection.isInPlace()
  }

  /// Has the engine look at once. An engine that does not answer is no error: it looks by itself.
  /// - Returns: how many streams, registrations and calls it ended; `nil` if it did not answer.
  func push() async -> Int? {
    guard let control else { return nil }
    do {
      return try await control.follow().ended
    } catch {
      log.warning("engine not told", metadata: ["projection": "\(Content.name)", "cause": "\(error.cause)"])
      return nil
    }
  }

  /// Reads the whole projection for damage and makes it again if there is any. For the start, before engines.
  ///
  /// - Throws: `EngineError` also if the projection cannot be opened or read for another reason than damage, such as
  ///   a full disk: it is then left as it is, so that engines still let in whoever is in it.
  public func prepare() async throws -> ProjectionPosition {
    do {
      if try await opened().0.isSound() { return try await follow() }
    } catch let error as EngineError where error.code == .projectionDamaged {
      log.error("projection damaged", metadata: ["cause": "\(error.cause)"])
    }
    try await remake()
    return try await follow()
  }

  /// Makes the projection again from the ledger, with a new epoch.
  @discardableResult
  public func rebuild() async throws -> ProjectionPosition {
    let (projection, _) = try await opened()
    let epoch = random.base32(16)
    let now = clock()
    let (sequence, mark, asides) = try await ledger.read { [source] reader in
      let last = try reader.lastSequence()
      return (last, try reader.mark(of: last) ?? "", try source.asides(reader, [], now))
    }
    let cursor = MemberCursor(ledger: ledger, member: source.member)
    try await projection.rebuild(
      epoch: epoch, sequence: sequence, mark: mark, asides: asides, members: { try cursor.next() })
    // Written last: a crash before this makes the next run rebuild once more.
    try await ledger.write { try $0.setEpoch(epoch, of: Content.name) }
    log.notice("projection made anew", metadata: ["projection": "\(Content.name)", "epoch": "\(epoch)"])
    return ProjectionPosition(epoch: epoch, sequence: sequence, mark: mark)
  }

  private func followOnce() async throws -> ProjectionPosition {
    do {
      return try await catchUpInPlace()
    } catch let error as EngineError where error.code == .projectionDamaged {
      log.error("projection damaged", metadata: ["cause": "\(error.cause)"])
      try await remake()
      return try await catchUpInPlace()
    }
  }

  /// What was written into a file that another process has put aside meanwhile is nowhere: write it again.
  private func catchUpInPlace() async throws -> ProjectionPosition {
    for _ in 0..<5 {
      if let position = try await catchUp() { return position }
    }
    throw EngineError(
      .projectionUnwritable, cause: "\(Content.title) is replaced again and again.",
      remedy: "Look for several Trunklines that use the same folder.")
  }

  /// - Returns: `nil` if the file was put aside by somebody else. Each question is one visit to its database: members
  ///   wait for this.
  private func catchUp() async throws -> ProjectionPosition? {
    if let projection, let settled {
      // Where this process left it, it nearly always still is.
      let step = try await nextStep(after: settled)
      if step.fits, !step.changes.isEmpty,
        let applied = try await projection.apply(step.changes, asides: step.asides, after: settled),
        applied.sequence >= step.last
      {
        return applied
      }
    }
    let (projection, found) = try await opened()
    var position = found
    var step = try await nextStep(after: position)
    if !step.fits {
      position = try await rebuild()
      // It may have taken a while, with changes meanwhile.
      step = try await nextStep(after: position)
      if step.changes.isEmpty { return try await projection.positionInPlace() }
    }
    while !step.changes.isEmpty {
      guard let applied = try await projection.apply(step.changes, asides: step.asides) else { return nil }
      position = applied
      guard applied.sequence < step.last else { break }
      step = try await nextStep(after: applied)
    }
    return position
  }

  /// What the ledger says to a projection that is at this position.
  private struct Step: Sendable {
    /// Not if the projection is not the one that we wrote; is ahead of the ledger, or of another history, because one of
    /// them was restored; or is behind what the outbox still remembers.
    let fits: Bool
    let last: Int64
    let changes: [ProjectedChange<Content.Member>]
    let asides: Content.Asides
  }

  private func nextStep(after position: ProjectionPosition) async throws -> Step {
    let now = clock()
    return try await ledger.read { [source] reader in
      let at = position.sequence
      let last = try reader.lastSequence()
      let reaches = try at == last || reader.firstSequence().map { $0 <= at + 1 } ?? false
      let fits =
        try reaches && at <= last && reader.epoch(of: Content.name) == position.epoch
        && reader.mark(of: at) == position.mark
      let entries = at < last ? try reader.outbox(after: at, limit: Self.batch) : []
      let names = Set(entries.map(\.name))
      var members: [Name: Content.Member] = [:]
      for name in names {
        guard let account = try reader.account(named: name) else { continue }
        members[name] = try source.member(reader, account)
      }
      return Step(
        fits: fits, last: last,
        changes: entries.map {
          ProjectedChange(sequence: $0.sequence, mark: $0.mark, name: $0.name, member: members[$0.name])
        },
        asides: try source.asides(reader, names, now))
    }
  }

  /// How far the projection has followed, by its own word.
  func projectedSequence() async throws -> Int64 { try await opened().1.sequence }

  /// Nobody may find it here while it is being closed.
  private func closeProjection() async throws {
    let closing = projection
    projection = nil
    try await closing?.close()
  }

  /// Closes the projection; the next use opens it again.
  func forget() async throws {
    try await closeProjection()
  }

  private func remake() async throws {
    try? await closeProjection()
    try Projection<Content>.putAside(folder: folder)
  }

  private func opened() async throws -> (Projection<Content>, ProjectionPosition) {
    if let projection, let position = try await projection.positionInPlace() { return (projection, position) }
    try? await closeProjection()
    let opened = try ledger.alone {
      try Projection<Content>(folder: folder, schema: schema, epoch: random.base32(16))
    }
    projection = opened
    return (opened, try await opened.position())
  }
}
