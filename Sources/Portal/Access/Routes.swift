// SPDX-License-Identifier: AGPL-3.0-or-later

import HTTPTypes
import Hummingbird

/// The portal's routes. They are added here and nowhere else, each with the ``Action`` that it is for, so that none can
/// be forgotten by the ``Gate``.
final class Routes {
  typealias Handler = @Sendable (Visit) async throws -> Response

  let router: Router<PortalContext>
  /// What each route is for, by “METHOD /path”.
  private(set) var actions: [String: Action] = [:]
  private let gate: Gate

  init(router: Router<PortalContext>, gate: Gate) {
    self.router = router
    self.gate = gate
  }

  /// A page, or what a form of ours posts to. Whoever must be signed in for a page and is not is led to the welcome page.
  ///
  /// - Parameters:
  ///   - limit: how long its form may be, in bytes; `nil` for what is enough for most.
  ///   - instead: answers a refusal with something better than an error; `nil` where it has nothing.
  func page(
    _ method: HTTPRequest.Method, _ path: String, _ action: Action, upTo limit: Int? = nil,
    instead: (@Sendable (PortalError, Request, PortalContext) async throws -> Response?)? = nil,
    use handler: @escaping Handler
  ) {
    let gate = gate
    add(method, path, action) { request, context in
      do {
        return try await handler(gate.admit(request, context, to: action, token: .form, upTo: limit))
      } catch let error as PortalError {
        if let response = try await instead?(error, request, context) { return response }
        if error.kind == .signedOut, request.method == .get || request.method == .head {
          return .redirect(to: "/", type: .normal)
        }
        throw error
      }
    }
  }

  /// What programs ask, which read their own bodies and show the CSRF token in a header.
  func call(
    _ method: HTTPRequest.Method, _ path: String, _ action: Action, use handler: @escaping Handler
  ) {
    let gate = gate
    add(method, path, action) { request, context in
      try await handler(gate.admit(request, context, to: action, token: .header))
    }
  }

  private func add(
    _ method: HTTPRequest.Method, _ path: String, _ action: Action,
    _ respond: @Sendable @escaping (Request, PortalContext) async throws -> Response
  ) {
    let path = RouterPath(path)
    actions["\(method.rawValue) \(path)"] = action
    router.on(path, method: method, use: respond)
  }

  // MARK: What is not there

  private static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]

  /// Answers 405 to the methods that a path does not have, and says which it has (RFC 9110, section 15.5.6). Call it
  /// when all routes are there.
  func refuseOtherMethods() {
    for (path, here) in Dictionary(grouping: router.routes, by: { $0.path.description }) {
      let has = Set(here.map(\.method))
      let allowed = Self.methods.filter { has.contains($0) || ($0 == .head && has.contains(.get)) }
      for method in Self.methods where !allowed.contains(method) {
        router.on(RouterPath(path), method: method) { _, _ -> Response in
          throw PortalError(.wrongMethod, allowed: allowed)
        }
      }
    }
  }
}
