// SPDX-License-Identifier: AGPL-3.0-or-later

/// The steps of a start as a person sees them: what is done, what is under way, what is still to come.
struct Progress: Sendable {
  enum State: Sendable, Hashable {
    case waiting
    case underWay(since: Duration)
    case done(took: Duration, remark: String?)
    case failed
  }

  struct Step: Sendable {
    var title: String
    var state: State = .waiting
  }

  private(set) var steps: [Step]

  init(titles: [String]) { steps = titles.map { Step(title: $0) } }

  /// - Parameter now: Time since the start.
  mutating func begin(_ title: String, at now: Duration) {
    guard let index = index(of: title) else { return }
    steps[index].state = .underWay(since: now)
  }

  mutating func finish(_ title: String, remark: String? = nil, at now: Duration) {
    guard let index = index(of: title), case .underWay(let since) = steps[index].state else { return }
    steps[index].state = .done(took: now - since, remark: remark)
  }

  /// Whatever is under way did not succeed.
  mutating func fail() {
    for index in steps.indices {
      if case .underWay = steps[index].state { steps[index].state = .failed }
    }
  }

  /// One line a step, at most as wide as the terminal.
  func lines(width: Int) -> [String] { steps.map { String(Self.line(for: $0).prefix(width)) } }

  static func line(for step: Step) -> String {
    switch step.state {
    case .waiting: "  · \(step.title)"
    case .underWay: "  … \(step.title)"
    case .done(let took, let remark): "  ✓ \(step.title) (\(remark.map { "\($0), " } ?? "")\(seconds(took)))"
    case .failed: "  ✗ \(step.title)"
    }
  }

  static func seconds(_ duration: Duration) -> String {
    let tenths =
      (duration.components.seconds * 10) + duration.components.attoseconds / 100_000_000_000_000_000
    return "\(tenths / 10).\(tenths % 10) s"
  }

  private func index(of title: String) -> Int? { steps.firstIndex { $0.title == title } }
}
