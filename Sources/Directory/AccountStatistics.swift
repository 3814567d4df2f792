// SPDX-License-Identifier: AGPL-3.0-or-later

/// Numbers of all accounts, for the status command and the metrics.
public struct AccountStatistics: Sendable, Equatable {
  public let accounts: Int
  /// Suspended, frozen, disabled and the like.
  public let notAdmitted: Int
  public let devices: Int
  /// When the home server last said something about the account that waits longest.
  public let oldestCheck: Timestamp?

  public init(accounts: Int, notAdmitted: Int, devices: Int, oldestCheck: Timestamp?) {
    self.accounts = accounts
    self.notAdmitted = notAdmitted
    self.devices = devices
    self.oldestCheck = oldestCheck
  }
}
