// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import HTTPTypes
import Hummingbird

/// What is known of who sends a request, before anything is done: all that ``Action/refusal(of:)`` judges by.
struct Visitor: Sendable, Equatable {
  enum SignIn: Sendable, CaseIterable {
    case none, earlier
    /// So short a time ago that it counts as a proof of who it is.
    case recent
  }

  /// Which site's page the browser says that a request comes from.
  enum Origin: Sendable, CaseIterable {
    case own
    /// A page of the home server, on its own host: what nginx hands on from there.
    case home
    case other
    /// Neither `Origin` nor `Sec-Fetch-Site`. Every browser since 2019 sends one of them with every form and script of
    /// a page, so this is none, or one that was told to hide it.
    case untold
  }

  var signIn = SignIn.none
  /// Any method but GET and HEAD.
  var writes = false
  var origin = Origin.own
  /// Whether the session's CSRF token came along, in the form or in the `X-CSRF-Token` header.
  var showsToken = false
  /// A process of this machine that speaks for itself.
  var isLocal = false
}

extension Visitor {
  /// - Parameters:
  ///   - origin: ours, as a browser writes it.
  ///   - home: likewise the home server's.
  init(_ request: Request, _ context: PortalContext, origin: String, home: String) {
    signIn = context.session.map { $0.isRecent ? .recent : .earlier } ?? .none
    writes = request.method != .get && request.method != .head
    self.origin = Origin(request.headers, own: origin, home: home)
    isLocal = Self.isLocal(request, context)
  }

  /// A proxy on this machine is a loopback peer too, but it says that it stands for somebody.
  private static func isLocal(_ request: Request, _ context: PortalContext) -> Bool {
    guard request.headers[.forwardedFor] == nil, request.headers[.forwarded] == nil else { return false }
    return switch context.remoteAddress {
    case .v4: context.remoteAddress?.ipAddress?.hasPrefix("127.") == true
    case .v6: context.remoteAddress?.ipAddress == "::1"
    default: false
    }
  }
}

extension Visitor.Origin {
  /// Two headers that no page can set or change (Fetch, section 2.2.2). One that says “not ours” outweighs the other.
  init(_ headers: HTTPFields, own: String, home: String) {
    let isHome = headers[.origin] == home && home != own
    let origin = headers[.origin].map { $0 == own || isHome }
    // `none`: the member did it without any page, as when a form is sent again after a restart.
    let site = headers[.fetchSite].map { $0 == "same-origin" || $0 == "none" }
    switch (origin, site) {
    case (false, _), (_, false): self = .other
    case (nil, nil): self = .untold
    default: self = isHome ? .home : .own
    }
  }
}

extension HTTPField.Name {
  static let forwarded = Self("Forwarded")!  // A valid token: RFC 9110, section 5.1.
}
