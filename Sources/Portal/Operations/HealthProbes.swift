// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import HTTPTypes
import Hummingbird
import NIOCore

/// What a supervisor or a load balancer asks: `/livez` whether the process answers, `/readyz` whether it can do its
/// work. The home server is not part of that: while it is down, devices still log in and are still revoked.
struct HealthProbes: Sendable {
  let accounts: Accounts

  func add(to router: Router<PortalContext>) {
    router.get("/livez") { _, _ in Self.answer(.ok, "live") }
    router.get("/readyz") { _, _ in
      let problems = await accounts.readinessProblems()
      guard !problems.isEmpty else { return Self.answer(.ok, "ready") }
      return Self.answer(
        .serviceUnavailable, (["not ready"] + problems.map(Self.words)).joined(separator: "\n"))
    }
  }

  /// For anybody: what does not work, and nothing of why or where.
  private static func words(_ problem: ReadinessProblem) -> String {
    switch problem {
    case .ledger: "ledger: does not answer"
    case .projection: "projection: behind"
    }
  }

  private static func answer(_ status: HTTPResponse.Status, _ text: String) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(string: text + "\n")))
  }
}
