// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /provision/TOKEN`: gives an app for calls its settings, once and within ten minutes.
///
/// A browser does not use the link up: who scans the code with the camera instead of with the app gets a page that says
/// what to do. That page is the same for every token.
struct ProvisioningLink: Sendable {
  let accounts: Accounts
  let pages: PageRenderer
  let calls: PortalSettings.Calls

  static func address(of token: Secret, at portal: URL) -> Secret {
    Secret(portal.appending(path: "provision/\(token.reveal())").absoluteString)
  }

  func add(to routes: Routes) {
    routes.page(.get, "/provision/:token", .provision, use: redeem)
    // Looking whether there is something must not use it up.
    routes.page(.head, "/provision/:token", .provision) { _ in
      throw PortalError(.wrongMethod, allowed: [.get])
    }
  }

  @Sendable private func redeem(_ visit: Visit) async throws -> Response {
    guard let text = visit.parameter("token"), !text.isEmpty, text.utf8.count <= 100 else {
      throw PortalError(.linkUnknown)
    }
    let token = Secret(text)
    guard !Self.isBrowser(visit.request) else {
      let isPlain = text.utf8.allSatisfy {
        ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || (0x30...0x39).contains($0)
      }
      guard isPlain else { throw PortalError(.linkUnknown) }
      let link = Self.address(of: token, at: pages.settings.portal).reveal()
      var response = pages.page(
        "open-linphone", words: "open_linphone", ["link": "linphone-config:\(link)"], session: nil)
      // Else the requests for the page's own style and script would say the token, to whatever logs them.
      response.headers[.referrerPolicy] = "no-referrer"
      return response
    }
    let phone: ProvisionedPhone
    do {
      phone = try await accounts.redeemProvisioning(token)
    } catch let error as AccountsError where error.code == .linkUnknown {
      // To an app, a sentence says as much as a page, and its log stays readable.
      return Response(
        status: .notFound, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
        body: .init(byteBuffer: ByteBuffer(string: pages.words.text("errors.link_unknown.plain") + "\n")))
    }
    let xml = LinphoneConfiguration(phone: phone, calls: calls).xml
    return Response(
      status: .ok, headers: [.contentType: LinphoneConfiguration.contentType, .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(string: xml)))
  }

  /// Only a browser that opens a page for somebody to read asks for HTML, or says that it navigates.
  private static func isBrowser(_ request: Request) -> Bool {
    request.headers[.fetchMode] == "navigate" || request.headers[.accept]?.contains("text/html") == true
  }
}

extension HTTPField.Name {
  static let fetchMode = Self("Sec-Fetch-Mode")!  // A valid token: RFC 9110, section 5.1.
}
