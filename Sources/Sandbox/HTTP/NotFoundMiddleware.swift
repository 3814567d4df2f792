// SPDX-License-Identifier: AGPL-3.0-or-later

import HTTPTypes
import Hummingbird

/// Answers for addresses that lead nowhere: JSON to programs, a page to people.
struct NotFoundMiddleware: RouterMiddleware {
  typealias Context = BasicRequestContext

  let sandbox: Sandbox

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as HTTPError where error.status == .notFound {
      let path = request.uri.path
      if ["/api/", "/oauth/", "/.well-known/", "/sandbox/"].contains(where: path.hasPrefix) {
        return Response(Refusal(404, "Not Found"))
      }
      return sandbox.notFoundPage()
    }
  }
}
