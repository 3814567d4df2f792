// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// The list of all endpoints; each goes on the router behind a ``FrontDoor``.
struct RouteTable {
  /// Which rules an endpoint follows.
  enum Kind: Sendable {
    /// Mastodon's API: limits, and nothing for suspended members.
    case api
    /// Anything else of Mastodon's.
    case plain
    /// The sandbox's own: never counted, never failing on purpose.
    case control
  }

  let sandbox: Sandbox
  let router = Router(context: BasicRequestContext.self)

  init(sandbox: Sandbox) {
    self.sandbox = sandbox
    router.add(middleware: NotFoundMiddleware(sandbox: sandbox))
  }

  /// Adds one endpoint. Its name in counters and faults is `METHOD /path/:id`.
  func on(
    _ method: HTTPRequest.Method, _ path: String, _ kind: Kind,
    _ handler: @escaping @Sendable (Exchange) async throws -> Response
  ) {
    let name = "\(method.rawValue) \(path)"
    let door = FrontDoor(sandbox: sandbox, name: name, kind: kind)
    router.on(RouterPath(path), method: method) { request, context in
      await door.answer(request, context, handler)
    }
  }
}
