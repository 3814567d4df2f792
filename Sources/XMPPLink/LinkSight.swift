// SPDX-License-Identifier: AGPL-3.0-or-later

/// What is to be seen of a member at this moment, as the chat server applies its rules.
public struct LinkSight: Sendable, Equatable {
  public struct Stream: Sendable, Hashable {
    /// The device's id; nil where the server does not say.
    public var device: String?
    /// The presence that the app shows: `online`, `away`, `chat`, `dnd`, `xa`, or nil if it shows none.
    public var show: String?

    public init(device: String?, show: String?) {
      self.device = device
      self.show = show
    }
  }

  /// How many streams are online.
  public var online: Int
  public var streams: [Stream]
  /// Who learns at this moment that the member is online.
  public var seenBy: [String]

  public init(online: Int, streams: [Stream] = [], seenBy: [String] = []) {
    self.online = online
    self.streams = streams
    self.seenBy = seenBy
  }
}
