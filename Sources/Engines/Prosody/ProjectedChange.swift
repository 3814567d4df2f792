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
public struct ProjectedChange: Sendable, Equatable {
  public let sequence: Int64
  public let mark: String
  public let name: Name
  public let member: ProjectedMember?

  public init(sequence: Int64, mark: String = "", name: Name, member: ProjectedMember?) {
    self.sequence = sequence
    self.mark = mark
    self.name = name
    self.member = member
  }
}

/// A name whose data the engine has to wipe.
public struct ProjectedPurge: Sendable, Hashable {
  public let id: String
  public let name: Name

  public init(id: String, name: Name) {
    self.id = id
    self.name = name
  }
}

/// Something that Prosody tells a member once, as a message from the domain.
public struct ProjectedNotice: Sendable, Equatable {
  /// Grows from notice to notice.
  public let id: Int64
  public let name: Name
  public let body: String

  public init(id: Int64, name: Name, body: String) {
    self.id = id
    self.name = name
    self.body = body
  }
}
