// SPDX-License-Identifier: AGPL-3.0-or-later

/// The daemon's connection, as the chat server sees it.
public struct LinkSight: Sendable, Equatable, Decodable {
  public let connected: Bool
  /// Since when that is so, in seconds since 1970; `nil` if there was no connection since the chat server started.
  public let since: Int64?
}
