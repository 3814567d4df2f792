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

  private enum State {
    case new
    case awaited(CheckedContinuation<Answer, Never>)
    case answered(Answer)
  }

  let name: String
  let type: CInt
  let deadline: ContinuousClock.Instant
  private let state = Mutex(State.new)

  init(name: String, type: CInt, deadline: ContinuousClock.Instant) {
    self.name = name
    self.type = type
    self.deadline = deadline
  }

  var isAnswered: Bool {
    state.withLock { state in
      if case .answered = state { true } else { false }
    }
  }

  /// Hands the first answer on; further ones are dropped.
  func answer(_ answer: Answer) {
    let asker: CheckedContinuation<Answer, Never>? = state.withLock { state in
      defer { if case .answered = state {} else { state = .answered(answer) } }
      if case .awaited(let asker) = state { return asker }
      return nil
    }
    asker?.resume(returning: answer)
  }

  /// The answer, once there is one. For one asker.
  func value() async -> Answer {
    await withCheckedContinuation { asker in
      let answered: Answer? = state.withLock { state in
        if case .answered(let answer) = state { return answer }
        state = .awaited(asker)
        return nil
      }
      if let answered { asker.resume(returning: answered) }
    }
  }
}
