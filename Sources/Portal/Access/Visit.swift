// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Hummingbird

/// A request whose sender may do what it asks for: what handlers are given.
struct Visit: Sendable {
  let request: Request
  let context: PortalContext
  /// What was posted from a page; empty for everything else.
  let form: Form
  let visitor: Visitor

  var session: Session? { context.session }

  /// Who it is, for actions that only members have.
  func member() throws(PortalError) -> Session {
    guard let session else { throw PortalError(.signedOut) }
    return session
  }

  /// For what a request turns out to be there for only when its body has been read.
  func require(_ action: Action) throws(PortalError) {
    if let kind = action.refusal(of: visitor) { throw PortalError(kind) }
  }

  func parameter(_ name: String) -> String? { context.parameters.get(name) }

  func query(_ name: Substring) -> String? { request.uri.queryParameters[name].map(String.init) }
}
