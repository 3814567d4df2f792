// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// How far a projection has followed the ledger.
public struct ProjectionPosition: Sendable, Equatable, CustomStringConvertible {
  /// Changes whenever the projection was made again: whoever follows it then looks at everything.
  public let epoch: String
  public let sequence: Int64
  /// The ledger's mark of that step; `nil` where only the engine was asked.
  public let mark: String?

  public init(epoch: String, sequence: Int64, mark: String? = nil) {
    self.epoch = epoch
    self.sequence = sequence
    self.mark = mark
  }

  /// Whether both are the same place; marks are not compared.
  public func isLevel(with other: ProjectionPosition) -> Bool {
    epoch == other.epoch && sequence == other.sequence
  }

  public var description: String { "\(epoch)/\(sequence)" }
}

/// One step of the change log: what the member of this name looks like now; `nil` if nobody may be there.
public struct ProjectedChange<Member: ProjectedRow>: Sendable {
  public let sequence: Int64
  public let mark: String
  public let name: Name
  public let member: Member?

  public init(sequence: Int64, mark: String = "", name: Name, member: Member?) {
    self.sequence = sequence
    self.mark = mark
    self.name = name
    self.member = member
  }
}
