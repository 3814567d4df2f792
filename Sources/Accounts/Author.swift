// SPDX-License-Identifier: AGPL-3.0-or-later

/// Who wants a change; for the audit trail and for rules that differ.
public enum Author: String, Sendable {
  case member
  case admin
  case homeServer = "home-server"
  case trunkline
}
