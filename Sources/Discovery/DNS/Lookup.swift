// SPDX-License-Identifier: AGPL-3.0-or-later

/// What came of a question to DNS.
public enum Lookup<Record: Sendable & Hashable>: Sendable, Hashable {
  /// At least one record.
  case found([Record])
  /// A working resolver says that there is none: no such name, or no such record of it.
  case nothing
  case failed(LookupFailure)
}

/// Why a question to DNS had no answer.
public enum LookupFailure: String, Sendable, CaseIterable {
  case timedOut
  /// No name server could or would answer (SERVFAIL, REFUSED, nobody there).
  case unanswered
  /// What came back is no answer that can be read.
  case malformed
  /// The name cannot be asked for.
  case badName
  /// Too many questions wait already, or the resolver is being closed.
  case busy
}

/// One SRV record (RFC 2782).
public struct ServiceRecord: Sendable, Hashable {
  /// `.` means: decidedly not.
  public let target: String
  public let port: UInt16
  public let priority: UInt16
  public let weight: UInt16

  public init(target: String, port: UInt16, priority: UInt16 = 0, weight: UInt16 = 0) {
    self.target = target
    self.port = port
    self.priority = priority
    self.weight = weight
  }

  /// Whether it names a server.
  public var isUsable: Bool { target != "." && !target.isEmpty && port != 0 }
}
