// SPDX-License-Identifier: AGPL-3.0-or-later

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// A server's answer, read as far as the limit allows.
struct WebFingerReply: Sendable {
  let status: Int
  let contentType: String
  let location: String?
  let body: Data

  /// - Throws: what the HTTP client throws; `NIOTooManyBytesError` beyond the limit.
  init(_ response: HTTPClientResponse, limit: Int) async throws {
    status = Int(response.status.code)
    contentType = response.headers.first(name: "content-type") ?? ""
    location = response.headers.first(name: "location")
    // Of redirects and refusals nobody reads the body.
    guard status == 200 else {
      body = Data()
      return
    }
    // A length announced beyond the limit counts too.
    body = Data(try await response.body.collect(upTo: limit).readableBytesView)
  }

  /// RFC 7033 (section 10.2) says `application/jrd+json`; servers that serve a file say `application/json`.
  var isDescriptor: Bool {
    let type = contentType.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
    return type == "application/jrd+json" || type == "application/json"
  }
}

extension WebFingerFailure {
  /// What the HTTP client reports, in our words.
  init(_ error: any Error) {
    switch error {
    case is NIOTooManyBytesError: self = .tooLarge
    case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: self = .untrusted
    case is HTTPParserError: self = .notUnderstood
    case let error as HTTPClientError:
      switch error {
      case .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .tlsHandshakeTimeout,
        .getConnectionFromPoolTimeout, .cancelled:
        self = .timedOut
      default: self = .unreachable
      }
    case is CancellationError: self = .timedOut
    default: self = .unreachable
    }
  }
}
