// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// `/livez`: the process answers. `/readyz`: it can do its work. For a supervisor or a load balancer; what is wrong in
/// detail is the status command's to say.
struct Health: Sendable {
  let accounts: Accounts

  func add(to routes: Routes) {
    routes.call(.get, "/livez", .look) { _ in Self.answer(.ok, "alive") }
    routes.call(.get, "/readyz", .look) { visit in
      do {
        return try await accounts.isReady()
          ? Self.answer(.ok, "ready") : Self.answer(.serviceUnavailable, "the projection is behind")
      } catch {
        visit.context.logger.error("not ready", metadata: ["cause": "\(type(of: error))"])
        return Self.answer(.serviceUnavailable, "the ledger or the projection cannot be read")
      }
    }
  }

  private static func answer(_ status: HTTPResponse.Status, _ text: String) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(string: text + "\n")))
  }
}
