// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc

/// Remembers since when each child is in its state.
struct StatusBoard: Sendable {
  private let plans: [ChildPlan]
  private var children: [TrialStatus.Child] = []

  init(plans: [ChildPlan]) { self.plans = plans }

  /// Takes over the machine's state; the children whose state or process changed.
  mutating func update(_ machine: SupervisorMachine, at now: Date) -> [Int] {
    var changed: [Int] = []
    var updated: [TrialStatus.Child] = []
    for (index, child) in machine.children.enumerated() {
      let old = children.isEmpty ? nil : children[index]
      let isSame = old?.state == child.phase.rawValue
      if (!isSame && !(old == nil && child.phase == .waiting)) || old.map({ $0.pid != child.pid }) == true {
        changed.append(index)
      }
      updated.append(
        TrialStatus.Child(
          name: child.name, state: child.phase.rawValue, pid: child.pid, restarts: child.restarts,
          port: plans[index].port, since: isSame ? old?.since ?? now : now, lastExit: child.lastExit))
    }
    children = updated
    return changed
  }

  func status(isReady: Bool) -> TrialStatus {
    TrialStatus(pid: getpid(), isReady: isReady, children: children)
  }
}
