// SPDX-License-Identifier: AGPL-3.0-or-later

/// Where one of a member's people states a chat address.
public enum ChatStatement: Sendable, Hashable {
  case profile
  case webFinger(at: Timestamp)
}
