// SPDX-License-Identifier: AGPL-3.0-or-later

/// What a request is there to do. Every route names one (``Routes``), and ``refusal(of:)`` is the one place that says
/// who may do what.
enum Action: String, Sendable, CaseIterable {
  /// Looking at what is the same for everybody: welcome, assets, health, the API's description.
  case look
  /// Reading measurements.
  case measure
  /// Leaving for the home server, to prove there who one is.
  case signIn
  /// Coming back from there. What the browser brings with it is the proof, and `Accounts` judges it.
  case comeBack
  case signOut
  /// Looking at one's own devices and settings.
  case readOwn
  /// Renaming, removing, switching: what can be undone, or takes rights away. So are contacts and privacy: whoever has
  /// stolen a session could do all of it in the member's apps as well, each step is seen in them, and none makes a
  /// password that outlives the session. A preview that sends nothing is one too, since it may look people up.
  case changeOwn
  /// Reading one's own, by a script of our own pages alone: what makes passwords of a short life, or has others asked.
  case fetchOwn
  /// Showing the token of the home server's page, from there. The token is the proof, and `Accounts` judges it.
  case askTicket
  /// Asking for passwords of a short life. A ticket in the body is a proof of its own, which `Accounts` judges; without one it
  /// takes what ``changeOwn`` takes.
  case openWebSession
  /// Making passwords that last.
  case addDevice
  /// Fetching an app's settings by a link. The link is the proof, and `Accounts` judges it.
  case provision
  /// Hinting that something has changed at the home server; the signature is the proof, and `Accounts` judges it.
  case hint

  /// Why this visitor may not do it; `nil` if they may.
  func refusal(of visitor: Visitor) -> PortalError.Kind? {
    switch self {
    case .look, .comeBack, .provision, .hint: nil
    case .measure: visitor.isLocal ? nil : .notFound
    // Open to everybody, but with somebody's session only to them.
    case .signIn, .signOut: visitor.foreign ?? (visitor.signIn == .none ? nil : visitor.unproven)
    case .readOwn: visitor.absent
    case .fetchOwn: visitor.elsewhere ?? visitor.absent
    case .askTicket: visitor.origin == .home ? nil : .formExpired
    case .openWebSession: visitor.elsewhere
    case .changeOwn: visitor.foreign ?? visitor.absent ?? visitor.unproven
    case .addDevice:
      visitor.foreign ?? visitor.absent ?? visitor.unproven
        ?? (visitor.signIn == .recent ? nil : .signInNotRecent)
    }
  }
}

extension Visitor {
  fileprivate var absent: PortalError.Kind? { signIn == .none ? .signedOut : nil }

  /// A write from a page that is not ours, or of which nobody says that it is.
  fileprivate var foreign: PortalError.Kind? {
    writes ? elsewhere : nil
  }

  /// Not from a page of ours, whatever it does.
  fileprivate var elsewhere: PortalError.Kind? {
    switch origin {
    case .own: nil
    case .home, .other: .formExpired
    case .untold: .originUntold
    }
  }

  /// A write without the session's CSRF token.
  fileprivate var unproven: PortalError.Kind? { writes && !showsToken ? .formExpired : nil }
}
