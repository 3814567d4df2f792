// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Foundation
import HTTPTypes
import HomeServer
import Hummingbird
import Logging
import Metrics
import NIOCore

/// `POST /webhooks/mastodon`: the home server hints that something has changed.
///
/// Proved by an HMAC over the raw body and by nothing else. The answer is a status without words: nothing of what was
/// sent, nor of what is known here, goes back.
struct MastodonWebhook: Sendable {
  static let path = "/webhooks/mastodon"

  let accounts: Accounts

  func add(to routes: Routes) {
    routes.call(.post, Self.path, .hint) { visit in
      let (status, outcome) = await receive(visit.request, visit.context)
      Counter(label: "trunkline_webhooks_total", dimensions: [("outcome", outcome)]).increment()
      return Response(status: status, headers: [.cacheControl: "no-store"])
    }
  }

  private func receive(_ request: Request, _ context: PortalContext) async -> (HTTPResponse.Status, String) {
    do {
      let body = try await request.body.collect(upTo: WebhookHint.longest)
      let isOurs = try await accounts.receiveWebhook(
        body: Data(body.readableBytesView), signature: request.headers[.hubSignature])
      return (.noContent, isOurs ? "followed" : "of-no-concern")
    } catch is NIOTooManyBytesError {
      return (.contentTooLarge, "too-large")
    } catch let error as HomeServerError {
      context.logger.notice("webhook refused", metadata: ["code": "\(error.code)"])
      switch error.code {
      case .signatureMissing, .signatureWrong: return (.unauthorized, error.code.rawValue)
      case .notUnderstood: return (.badRequest, error.code.rawValue)
      case .tooLarge: return (.contentTooLarge, error.code.rawValue)
      // The hint was good, but it cannot be followed now: Mastodon sends it again.
      default: return (.serviceUnavailable, "not-followed")
      }
    } catch let error as AccountsError where error.code == .notSetUp {
      return (.notFound, "not-configured")
    } catch {
      context.logger.error("webhook not followed", metadata: ["error": "\(type(of: error))"])
      return (.serviceUnavailable, "not-followed")
    }
  }
}

extension HTTPField.Name {
  static let hubSignature = Self("X-Hub-Signature")!  // A valid token: RFC 9110, section 5.1.
}
