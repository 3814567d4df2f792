// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation
import HTTPTypes
import Hummingbird
import Mustache
import NIOCore

/// Turns a page's values into HTML: templates, words, and what stands on every page.
struct PageRenderer: Sendable {
  let settings: PortalSettings
  let words: Catalogue
  let assets: Assets
  let dates = PageDates()
  private let csrf: @Sendable (Session) -> String
  private let waiting: @Sendable (Session) -> Int
  private let library: MustacheLibrary

  /// - Parameters:
  ///   - csrf: a session's CSRF token.
  ///   - waiting: how many people wait for the member's answer.
  init(
    settings: PortalSettings, files: PortalFiles, csrf: @Sendable @escaping (Session) -> String,
    waiting: @Sendable @escaping (Session) -> Int
  ) {
    self.settings = settings
    assets = files.assets
    self.csrf = csrf
    self.waiting = waiting
    words = files.words
    library = files.templates
  }

  /// What every text may name in braces.
  func values(for session: Session?) -> [String: String] {
    var values = [
      "server": settings.domain, "domain": settings.domain, "limit": String(settings.deviceLimit),
      "product": words.text(settings.calls == nil ? "common.product_chat" : "common.product_both"),
    ]
    values["archive_days"] = String(settings.archiveDays)
    if let account = session?.account {
      values["name"] = account.displayName.isEmpty ? account.name.text : account.displayName
      values["address"] = account.handle.description
    }
    return values
  }

  /// One text, filled with what every text may name and with `fill`.
  func text(_ path: String, _ fill: [String: String] = [:], for session: Session? = nil) -> String {
    words.text(fitting(path), values(for: session).merging(fill) { $1 })
  }

  /// A text about a number: “x_one” for one, else “x_many”, both with `{count}`.
  func counted(
    _ path: String, _ count: Int, _ fill: [String: String] = [:], for session: Session? = nil
  ) -> String {
    text(
      "\(path)_\(count == 1 ? "one" : "many")", fill.merging(["count": String(count)]) { $1 }, for: session)
  }

  func list(_ path: String, _ fill: [String: String] = [:], for session: Session? = nil) -> [String] {
    words.list(fitting(path), values(for: session).merging(fill) { $1 })
  }

  private static let callsEnding = "_with_calls"

  private func fitting(_ path: String) -> String {
    settings.calls != nil && words.has(path + Self.callsEnding) ? path + Self.callsEnding : path
  }

  /// The words of a page. On a site with calls a text named “x_with_calls” stands for “x”.
  private func texts(_ path: String, _ fill: [String: String]) -> [String: Any] {
    var texts = words.section(path, fill)
    if settings.calls != nil {
      for (name, text) in texts where name.hasSuffix(Self.callsEnding) {
        texts[String(name.dropLast(Self.callsEnding.count))] = text
      }
    }
    return texts
  }

  /// A document that is the same for everybody and has nothing of the portal's frame around it.
  ///
  /// - Throws: if its template is missing.
  func document(_ template: String, words section: String, _ values: [String: Any]) throws -> String {
    let fixed: [String: Any] = [
      "language": words.language, "direction": words.direction, "t": texts(section, self.values(for: nil)),
      "icon": assets.path(of: "icon.svg"), "server": ["domain": settings.domain],
    ]
    guard let text = library.render(fixed.merging(values) { $1 }, withTemplate: template) else {
      throw CocoaError(
        .fileReadNoSuchFile, userInfo: [NSFilePathErrorKey: "portal/templates/\(template).mustache"])
    }
    return text
  }

  /// A whole page.
  ///
  /// - Parameters:
  ///   - template: of the content.
  ///   - section: of the catalogue; its `title` names the page.
  ///   - page: the page's own values.
  ///   - fill: for braces in the page's words.
  func page(
    _ template: String, words section: String, _ page: [String: Any] = [:], fill: [String: String] = [:],
    nav: String? = nil, back: String? = nil, flash: String? = nil, status: HTTPResponse.Status = .ok,
    session: Session?
  ) -> Response {
    let fill = values(for: session).merging(fill) { $1 }
    let texts = self.texts(section, fill)
    var values: [String: Any] = [
      "language": words.language, "direction": words.direction, "common": self.texts("common", fill),
      "form": words.section("form", fill), "error": words.section("error", fill), "t": texts,
      "page_title": "\(texts["title"] ?? "") – \(settings.domain)", "calls": settings.calls != nil,
      "assets": [
        "icon": assets.path(of: "icon.svg"), "css": assets.path(of: "portal.css"),
        "js": assets.path(of: "portal.js"),
      ],
      "server": [
        "name": settings.domain, "domain": settings.domain, "url": settings.homeServer.absoluteString,
      ],
      "signed_in": session != nil, "has_chat": session?.account.services.contains(.xmpp) == true,
      "has_calls": settings.calls != nil && session?.account.services.contains(.sip) == true,
      "csrf": session.map { csrf($0) } ?? "",
    ]
    if let nav { values["nav"] = [nav: true] }
    if let count = session.map({ waiting($0) }), count > 0 {
      values["waiting"] = [
        "count": count > 99 ? "99+" : String(count), "text": counted("common.waiting", count, for: session),
      ]
    }
    if let back { values["back"] = back }
    if let flash { values["flash"] = ["kind": "success", "text": flash] }
    if let account = session?.account {
      let shown = account.displayName.isEmpty ? account.name.text : account.displayName
      values["account"] = [
        "display_name": shown, "handle": "@\(account.handle)", "address": account.handle.description,
        "name": account.name.text, "initial": String(shown.prefix(1)).uppercased(),
      ]
    }
    values.merge(page) { $1 }
    guard let content = library.render(values, withTemplate: template) else {
      return Response(status: .internalServerError)
    }
    values["content"] = content
    let html = library.render(values, withTemplate: "layout") ?? ""
    return Response(
      status: status, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(string: html)))
  }
}
