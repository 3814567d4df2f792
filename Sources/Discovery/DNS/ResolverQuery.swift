// SPDX-License-Identifier: AGPL-3.0-or-later

import Synchronization

/// One question to DNS, and who waits for its answer.
final class ResolverQuery: Sendable {
  enum Answer: Sendable {
    case message([UInt8])
    case nothing
    case failed(LookupFailure)

    func read<Record>(_ parse: ([UInt8]) -> Lookup<Record>) -> Lookup<Record> {
      switch self {
      case .message(let bytes): parse(bytes)
      case .nothing: .nothing
      case .failed(let why): .failed(why)
      }
    }
  }

  let name: String
  let type: CInt
  let deadline: ContinuousClock.Instant
  private let asker: Mutex<CheckedContinuation<Answer, Never>?>

  init(
    name: String, type: CInt, deadline: ContinuousClock.Instant, asker: CheckedContinuation<Answer, Never>
  ) {
    self.name = name
    self.type = type
    self.deadline = deadline
    self.asker = Mutex(asker)
  }

  var isAnswered: Bool { asker.withLock { $0 == nil } }

  /// Hands the first answer on; further ones are dropped.
  func answer(_ answer: Answer) {
    let waiting = asker.withLock { asker in
      defer { asker = nil }
      return asker
    }
    waiting?.resume(returning: answer)
  }
}
