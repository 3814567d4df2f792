// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Directory

/// What Linphone fetches by a provisioning link: its settings as XML, each section and entry as in its own file.
///
/// It holds the HA1 for SHA-256 and not the password: enough to log in to calls in this realm, and of no use elsewhere.
struct LinphoneConfiguration: Sendable {
  static let contentType = "application/xml; charset=utf-8"

  let phone: ProvisionedPhone
  let calls: PortalSettings.Calls

  private var sections: [(name: String, entries: [(String, String)])] {
    let handle = phone.handle
    let proxy = "<sip:\(calls.host):\(calls.port);transport=tls>"
    return [
      // Once: the link does not work a second time, so it must not be asked for again at each start.
      ("misc", [("transient_provisioning", "1")]),
      (
        "sip",
        [
          ("default_proxy", "0"), ("media_encryption", "srtp"), ("media_encryption_mandatory", "1"),
          ("verify_server_certs", "1"), ("verify_server_cn", "1"), ("guess_hostname", "1"),
          ("register_only_when_network_is_up", "1"), ("publish_presence", "0"),
        ]
      ),
      (
        "proxy_0",
        [
          ("reg_proxy", proxy), ("reg_route", proxy), ("reg_identity", "sip:\(handle)"),
          ("realm", handle.domain), ("reg_expires", "300"), ("reg_sendregister", "1"), ("publish", "0"),
          // Push would go through Linphone's own servers, which would learn who is called when.
          ("push_notification_allowed", "0"), ("remote_push_notification_allowed", "0"),
          ("quality_reporting_enabled", "0"), ("dial_escape_plus", "0"),
        ]
      ),
      (
        "auth_info_0",
        [
          ("username", handle.name.text), ("domain", handle.domain), ("realm", handle.domain),
          ("ha1", phone.digest.value.reveal()), ("algorithm", "SHA-256"),
        ]
      ),
    ]
  }

  var xml: String {
    var lines = [
      #"<?xml version="1.0" encoding="UTF-8"?>"#,
      #"<config xmlns="http://www.linphone.org/xsds/lpconfig.xsd">"#,
    ]
    for section in sections {
      lines.append(#"  <section name="\#(section.name)">"#)
      for (name, value) in section.entries {
        lines.append(
          #"    <entry name="\#(name)" overwrite="true">\#(StrictHTML().escapeText(value))</entry>"#)
      }
      lines.append("  </section>")
    }
    return (lines + ["</config>", ""]).joined(separator: "\n")
  }
}
