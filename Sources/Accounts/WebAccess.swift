// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
public import Directory
import Storage

/// What shows that a browser may have passwords.
public enum WebProof: Sendable {
  /// A ticket from the home server's page, and the session cookie that the browser has, if any.
  case ticket(Secret, cookie: Secret?)
  /// A signed-in browser. The home server is asked whether the member still stands.
  case session(Session)
}

/// What a browser is given for a short while. A renewal has no passwords in it: they stay as they are.
public struct WebAccess: Sendable {
  public let session: Session
  /// For the session cookie, where the browser has none that counts; nothing else has it.
  public let cookie: Secret?
  /// `nil` for a member who has nothing switched on.
  public let device: Device?
  public let passwords: [Service: DevicePassword]
  /// `nil` without calls, or without TURN.
  public let relays: RelayGrant?
  public let expiresAt: Timestamp
  /// When to ask again, in seconds from now.
  public let renewIn: Int64

  public var account: Account { session.account }
}
