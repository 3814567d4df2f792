// SPDX-License-Identifier: AGPL-3.0-or-later

/// The apps that we know how to explain, and one word for all others of each service. An app has one password, for one
/// service: what chats and calls with us in one program counts as two apps on one device.
public enum App: String, Sendable, CaseIterable {
  case conversations, dino, gajim, monal
  /// Any other app for chat.
  case other
  case linphone, baresip
  /// A phone that stands on a desk.
  case deskPhone = "desk-phone"
  /// Any other app for calls.
  case otherPhone = "other-phone"
  /// A browser that a web session was opened in, for chat. No member chooses it: ``choices``.
  case browser
  /// The same for calls.
  case browserPhone = "browser-phone"

  /// What a device can be added for.
  public static let choices = allCases.filter { !$0.isBrowser }

  /// Whether it belongs to a web session.
  public var isBrowser: Bool { self == .browser || self == .browserPhone }

  /// What the app is used for here. Some of the chat apps call too, but by XMPP and with the password for chat.
  public var service: Service {
    switch self {
    case .conversations, .dino, .gajim, .monal, .other, .browser: .xmpp
    case .linphone, .baresip, .deskPhone, .otherPhone, .browserPhone: .sip
    }
  }

  /// - Throws: ``DirectoryError`` with the code `badApp`.
  public init(checking text: String) throws(DirectoryError) {
    guard let app = App(rawValue: text), !app.isBrowser else {
      let known = App.choices.map(\.rawValue).joined(separator: ", ")
      throw DirectoryError(.badApp, cause: "That app is not in the list.", remedy: "Choose one of: \(known).")
    }
    self = app
  }
}

extension [Service: App] {
  /// The apps of one device: at least one, and no two for the same service.
  /// - Throws: ``DirectoryError`` with the code `badApp`.
  public init(checking apps: [App]) throws(DirectoryError) {
    guard !apps.isEmpty else {
      throw DirectoryError(
        .badApp, cause: "No app was chosen.", remedy: "Choose an app for chat, one for calls, or one of each."
      )
    }
    self = [:]
    for app in apps {
      guard self[app.service] == nil else {
        throw DirectoryError(
          .badApp, cause: "Two apps for the same thing cannot share a password.",
          remedy: "Choose at most one app for chat and one for calls; add a second device for the other app.")
      }
      self[app.service] = app
    }
  }
}
