// SPDX-License-Identifier: AGPL-3.0-or-later

import HTTPTypes
import Hummingbird

extension Router where Context == PortalContext {
  private static var methods: [HTTPRequest.Method] { [.get, .head, .post, .put, .patch, .delete, .options] }

  /// Answers 405 to the methods that a path does not have, and says which it has (RFC 9110, section 15.5.6). Call it
  /// when all routes are there.
  func refuseOtherMethods() {
    // The API says so itself, as problem details.
    let pages = routes.filter { !$0.path.description.hasPrefix("/api/") }
    for (path, here) in Dictionary(grouping: pages, by: { $0.path.description }) {
      let has = Set(here.map(\.method))
      let allowed = Self.methods.filter { has.contains($0) || ($0 == .head && has.contains(.get)) }
      for method in Self.methods where !allowed.contains(method) {
        on(RouterPath(path), method: method) { _, _ -> Response in
          throw PortalError(.wrongMethod, allowed: allowed)
        }
      }
    }
  }
}
