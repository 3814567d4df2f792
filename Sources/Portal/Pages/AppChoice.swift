// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory

/// The apps that a member chooses for a device, at most one for each service, as addresses carry them:
/// `chat=conversations&calls=linphone`.
struct AppChoice: Sendable, Equatable {
  /// What stands for no app.
  static let none = "none"

  let apps: [Service: App]
  /// Where something stands that is no app for this service.
  let fault: Service?

  /// - Parameter value: what stands in the address under a name.
  init(_ value: (String) -> String?) {
    var apps: [Service: App] = [:]
    var fault: Service?
    for service in Service.shown {
      guard let text = value(service.apiName), text != Self.none else { continue }
      if let app = App(rawValue: text), app.service == service, !app.isBrowser {
        apps[service] = app
      } else {
        fault = fault ?? service
      }
    }
    self.apps = apps
    self.fault = fault
  }

  var isUsable: Bool { fault == nil && !apps.isEmpty }

  /// In the order in which members see them.
  var inOrder: [App] { Service.shown.compactMap { apps[$0] } }

  /// For an address; it needs no escaping.
  var query: String { inOrder.map { "\($0.service.apiName)=\($0.rawValue)" }.joined(separator: "&") }
}

extension Service {
  /// All of them, in the order in which members see them.
  static let shown: [Service] = [.xmpp, .sip]

  /// The apps that we know for it, the best known first, any other last.
  var apps: [App] {
    switch self {
    case .xmpp: [.conversations, .monal, .gajim, .dino, .other]
    case .sip: [.linphone, .baresip, .deskPhone, .otherPhone]
    }
  }
}

extension App {
  /// Its name in keys of the catalogue.
  var key: String { rawValue.replacing("-", with: "_") }

  /// The sign that stands for what it runs on: a name of one of the icons.
  var icon: String {
    switch self {
    case .conversations, .monal, .linphone: "phone"
    case .gajim, .dino, .baresip, .browser, .browserPhone: "computer"
    case .deskPhone: "desk_phone"
    case .other: "app"
    case .otherPhone: "call"
    }
  }
}
