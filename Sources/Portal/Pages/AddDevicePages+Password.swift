// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Directory
import Foundation
import Hummingbird
import Logging

/// The third step: each app's password, this once, and how the app takes it.
extension AddDevicePages {
  func passwordPage(_ issued: IssuedDevice, _ session: Session, _ context: PortalContext) async -> Response {
    let apps = Service.shown.compactMap { issued.device.apps[$0] }
    let names = apps.map(named)
    let fill = ["name": issued.device.name.text, "app": names.first ?? "", "other": names.last ?? ""]
    var sections: [[String: Any]] = []
    for app in apps {
      guard let password = issued.passwords[app.service]?.secret else { continue }
      let link = app == .linphone ? await self.link(of: issued, context) : nil
      sections.append(section(app, issued, password, link))
    }
    let title = pages.words.text(apps.count > 1 ? "password.title_both" : "password.title_one", fill)
    return pages.page(
      "add-password", words: "password",
      [
        "steps": steps(3), "sections": sections, "heading": title, "several": apps.count > 1,
        "rings": issued.device.apps[.sip] != nil,
      ], fill: fill, nav: "devices", session: session)
  }

  /// What the app is called within a sentence.
  private func named(_ app: App) -> String {
    let path = "password.name_\(app.key)"
    return pages.words.text(pages.words.has(path) ? path : "common.app_\(app.key)")
  }

  /// An address from which the app for calls fetches its settings, once. Without it the password can still be typed.
  private func link(of issued: IssuedDevice, _ context: PortalContext) async -> Secret? {
    do {
      return try await accounts.offerProvisioning(of: issued).map {
        ProvisioningLink.address(of: $0, at: pages.settings.portal)
      }
    } catch {
      context.logger.error("no provisioning link", metadata: ["error": "\(type(of: error))"])
      return nil
    }
  }

  private func section(
    _ app: App, _ issued: IssuedDevice, _ password: Secret, _ link: Secret?
  ) -> [String: Any] {
    let service = app.service.apiName
    let name = named(app)
    let fill = ["app": name, "domain": pages.settings.domain]
    var values: [String: Any] = [
      "id": service, "icon": [app.icon: true],
      "heading": pages.words.text("password.for_\(service)", ["app": name]),
      "password": password.reveal(),
      "password_label": pages.words.text("password.password_\(service)"),
      "instructions": pages.words.list("password.\(app.key)_steps", fill),
      "facts": facts(app.service, issued.handle),
      "more_open": app == .deskPhone || app == .otherPhone,
    ]
    if app == .baresip, let calls = pages.settings.calls {
      values["line"] = [
        "label": pages.words.text("password.baresip_line"), "hint": pages.words.text("password.baresip_hint"),
        "text": Self.baresipLine(issued.handle, password, calls),
      ]
    }
    if let link, let code = try? QRCode(text: link.reveal()) {
      var picture = qr(code, "link", fill)
      picture["link"] = "linphone-config:\(link.reveal())"
      values["qr"] = picture
    } else if app == .conversations || app == .monal,
      let code = try? QRCode(provisioning: issued.handle, password: password)
    {
      values["qr"] = qr(code, "password", fill)
    }
    return values
  }

  private func qr(_ code: QRCode, _ kind: String, _ fill: [String: String]) -> [String: Any] {
    [
      "view_box": code.viewBox, "paper": code.paper, "path": code.path, "is_link": kind == "link",
      "text": pages.words.text("password.qr_text_\(kind)", fill),
      "alt": pages.words.text("password.qr_alt_\(kind)", fill),
    ]
  }

  /// What apps ask for that cannot find it out by themselves.
  private func facts(_ service: Service, _ handle: Handle) -> [[String: Any]] {
    var facts: [(label: String, value: String)] = []
    func add(_ label: String, _ value: String) {
      facts.append((pages.words.text("password.more_\(label)"), value))
    }
    let domain = pages.settings.domain
    switch service {
    case .xmpp:
      add("user", handle.name.text)
      add("domain", domain)
      add("host", pages.settings.connectHost)
      add("port", String(pages.settings.connectPort))
      add("security", pages.words.text("password.more_security_value"))
    case .sip:
      guard let calls = pages.settings.calls else { break }
      add("user", handle.name.text)
      add("registrar", domain)
      add("realm", domain)
      add("proxy", calls.host)
      add("port", String(calls.port))
      add("transport", "TLS")
      add("media", pages.words.text("password.more_media_value"))
      if let port = calls.cleartextPort {
        add("cleartext", pages.words.text("password.more_cleartext_value", ["port": String(port)]))
      }
    }
    return facts.map { ["label": $0.label, "value": $0.value] }
  }

  /// A line of baresip's file `accounts`.
  static func baresipLine(_ handle: Handle, _ password: Secret, _ calls: PortalSettings.Calls) -> String {
    "<sip:\(handle);transport=tls>;auth_user=\(handle.name);auth_pass=\(password.reveal())"
      + ";outbound=\"sip:\(calls.host):\(calls.port);transport=tls\";mediaenc=srtp-mand;regint=300"
  }
}
