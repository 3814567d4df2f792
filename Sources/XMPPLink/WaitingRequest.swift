// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// What somebody who may not start a chat has sent, and what waits for the member's decision.
public struct WaitingRequest: Sendable, Hashable {
  public struct Said: Sendable, Hashable {
    public enum Kind: String, Sendable {
      case message, invitation, call
    }

    public var at: Timestamp
    public var kind: Kind
    public var id: String?
    public var text: String

    public init(at: Timestamp, kind: Kind, id: String? = nil, text: String) {
      self.at = at
      self.kind = kind
      self.id = id
      self.text = text
    }
  }

  /// Who sent it: a bare JID, or a domain.
  public var from: String
  public var first: Timestamp
  public var last: Timestamp
  /// How many they have sent, of which ``said`` may hold fewer.
  public var count: Int
  public var said: [Said]

  public init(from: String, first: Timestamp, last: Timestamp, count: Int, said: [Said]) {
    self.from = from
    self.first = first
    self.last = last
    self.count = count
    self.said = said
  }
}
