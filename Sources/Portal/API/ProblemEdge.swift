// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Answers what the API refuses as problem details (RFC 9457) that say which field is at fault. What it does not know
/// it leaves to ``ErrorEdge``, whose words come from the catalogue.
struct ProblemEdge: Sendable {
  let words: Catalogue
  /// For braces in the words.
  let fill: [String: String]

  init(_ pages: PageRenderer) {
    words = pages.words
    fill = pages.values(for: nil)
  }

  private struct Details: Encodable {
    let type: String
    let code: String
    let title: String
    let detail: String
    let status: Int
    let field: String?
  }

  func answering(
    _ context: PortalContext, _ call: () async throws -> Response
  ) async throws -> Response {
    do {
      return try await call()
    } catch let problem as APIProblem {
      return try answer(problem, context)
    } catch let error as AccountsError {
      return try answer(
        APIProblem(PortalError(describing: error).kind, cause: error.cause, remedy: error.remedy), context)
    }
  }

  private func answer(_ problem: APIProblem, _ context: PortalContext) throws -> Response {
    context.logger.info("refused", metadata: ["kind": "\(problem.kind.name)", "cause": "\(problem.cause)"])
    let details = Details(
      type: "urn:trunkline:problem:\(problem.kind.code)", code: problem.kind.code,
      title: words.text("errors.\(problem.kind.name).title", fill),
      detail: "\(problem.cause) \(problem.remedy)",
      status: problem.kind.status.code, field: problem.field)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var headers = problem.headers
    headers[.contentType] = "application/problem+json"
    headers[.cacheControl] = "no-store"
    return Response(
      status: problem.kind.status, headers: headers,
      body: .init(byteBuffer: ByteBuffer(bytes: try encoder.encode(details))))
  }
}
