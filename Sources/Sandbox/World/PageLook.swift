// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// How the page is drawn: what a member chooses at Mastodon, and what another version of Mastodon may do to its markup.
struct PageLook: Codable, Sendable, Equatable {
  enum ColorScheme: String, Codable, Sendable, CaseIterable { case auto, light, dark }
  enum Contrast: String, Codable, Sendable, CaseIterable { case auto, high }

  /// What others may hold on to in the page.
  enum Markup: String, Codable, Sendable, CaseIterable {
    case mastodon
    /// Every class that somebody may know has another name.
    case renamed
    /// The page's data comes in another form.
    case strange
  }

  var colorScheme = ColorScheme.auto
  var contrast = Contrast.auto
  var markup = Markup.mastodon
}

extension PageLook.Markup {
  /// Classes that a script which is not Mastodon's may look for, by how they begin.
  private static let known = [
    "navigation-panel", "column-link", "ui__navigation-bar", "columns-area", "account-timeline",
    "account__header",
    "compose-form",
  ]

  func applied(to html: String) -> String {
    switch self {
    case .mastodon: html
    case .renamed: Self.known.reduce(html) { $0.replacing($1, with: "other-" + $1.replacing("_", with: "")) }
    case .strange: html.replacing("\"meta\":", with: "\"facts\":")
    }
  }
}
