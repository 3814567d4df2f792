// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
public import Engines
import Storage

/// All projections of this site, followed together.
public struct Projections: Sendable {
  public let chat: Projector<XMPPContent>
  /// `nil` on a site without calls.
  public let calls: Projector<SIPContent>?
  private let failPoints: FailPoints

  public init(
    chat: Projector<XMPPContent>, calls: Projector<SIPContent>? = nil, failPoints: FailPoints = .none
  ) {
    self.chat = chat
    self.calls = calls
    self.failPoints = failPoints
  }

  /// Makes all of them follow, then has the engines look at once. One that cannot be written does not keep the others
  /// from following.
  ///
  /// - Throws: `EngineError`, `StorageError`.
  func followAndPush() async throws -> Enforcement {
    try failPoints.reached(.beforeProjection)
    try await follow()
    try failPoints.reached(.afterProjection)
    defer { try? failPoints.reached(.afterPush) }
    async let streams = chat.push()
    async let registrations = calls?.push()
    var answers: [Service: Int?] = [.xmpp: await streams]
    if calls != nil { answers[.sip] = await registrations }
    return Enforcement(answers: answers)
  }

  /// - Returns: how far all of them have followed.
  /// - Throws: `EngineError`, `StorageError`.
  @discardableResult
  public func follow() async throws -> Int64 {
    async let first = Result { try await chat.follow() }
    async let second = Result { try await calls?.follow() }
    // Both are awaited before either may throw.
    let (streams, registrations) = await (first, second)
    return min(try streams.get().sequence, try registrations.get()?.sequence ?? .max)
  }

  func followIfBehind() async throws {
    let callsAreBehind = try await calls?.isBehind() ?? false
    if try await chat.isBehind() || callsAreBehind { _ = try await followAndPush() }
  }

  /// Reads all of them for damage and makes them again where there is any. For the start, before engines.
  /// - Throws: `EngineError`, `StorageError`.
  public func prepare() async throws -> [Service: ProjectionPosition] {
    var positions: [Service: ProjectionPosition] = [.xmpp: try await chat.prepare()]
    if let calls { positions[.sip] = try await calls.prepare() }
    return positions
  }

  /// How far all of them have followed, by their own word.
  func projectedSequence() async throws -> Int64 {
    min(try await chat.projectedSequence(), try await calls?.projectedSequence() ?? .max)
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}

/// How far a change has got when it is acknowledged. The projections always have it.
public struct Enforcement: Sendable, Equatable {
  /// How many streams, registrations and calls each engine ended because of it; `nil` from one that did not answer: it
  /// follows by itself within a second of running.
  public let answers: [Service: Int?]

  public init(answers: [Service: Int?]) { self.answers = answers }

  /// How many were ended in all; `nil` if an engine did not answer.
  public var ended: Int? {
    answers.values.reduce(0) { sum, answer in
      guard let sum, let answer else { return nil }
      return sum + answer
    }
  }
}
