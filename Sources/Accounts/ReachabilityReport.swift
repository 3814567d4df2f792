// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// Whether each of some people can be reached, as far as it is known at this moment.
public struct ReachabilityReport: Sendable, Equatable {
  private let found: [Address: [Service: Reachability]]
  /// Whether no look-up is under way or waits that could say more. Else it is worth to ask again in a few seconds.
  public let isComplete: Bool

  public init(_ found: [Address: [Service: Reachability]], isComplete: Bool) {
    self.found = found
    self.isComplete = isComplete
  }

  /// By the handle that was asked about.
  public func reachability(of handle: Address, by service: Service) -> Reachability {
    found[handle]?[service] ?? Reachability(.unknown(.notAsked))
  }
}
