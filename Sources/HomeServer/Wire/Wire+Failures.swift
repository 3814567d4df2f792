// SPDX-License-Identifier: AGPL-3.0-or-later

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

extension Wire {
  static let cancelled = HomeServerError(
    .cancelled, cause: "The request was given up before its answer came.", remedy: "Ask again.")

  static func tooLarge(_ purpose: String) -> HomeServerError {
    HomeServerError(
      .tooLarge, cause: "The home server's answer (\(purpose)) is longer than anything that we asked for.",
      remedy: "Check that the address leads to the home server itself.")
  }

  /// What the HTTP client reports, in our words. Its own texts are dropped: they may quote URLs.
  static func translate(_ error: any Error) -> HomeServerError {
    switch error {
    case let error as HomeServerError: return error
    case is CancellationError: return cancelled
    case let error as HTTPClientError: return translate(error)
    case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
      return HomeServerError(
        .untrusted, cause: "The home server's certificate is not trusted, or TLS failed with it.",
        remedy:
          "Renew its certificate, or name the file of the authority that issued it in the configuration.")
    case is HTTPParserError:
      return HomeServerError(
        .notUnderstood, cause: "What answers at the home server's address does not speak HTTP as it should.",
        remedy: "Check the address and its port.")
    default: return unreachable("The home server cannot be reached.")
    }
  }

  private static func translate(_ error: HTTPClientError) -> HomeServerError {
    switch error {
    case .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .tlsHandshakeTimeout,
      .getConnectionFromPoolTimeout, .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
      HomeServerError(
        .timedOut, cause: "The home server did not answer in time.", remedy: "Try again later.")
    case .cancelled: cancelled
    case .remoteConnectionClosed: unreachable("The home server hung up before its answer was complete.")
    default: unreachable("The connection to the home server failed.")
    }
  }

  private static func unreachable(_ cause: String) -> HomeServerError {
    HomeServerError(
      .unreachable, cause: cause,
      remedy: "Check that the home server runs and that its address is right, then try again.")
  }
}
