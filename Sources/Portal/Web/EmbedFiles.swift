// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Hummingbird

/// What the home server's pages load from `/trunkline/`, which its proxy leads here as `/embed/`.
///
/// These run with all rights of the member's page there, so they are served apart from the client: what is not needed
/// on that origin is not to be had on it.
struct EmbedFiles: Sendable {
  let web: WebTree
  private let words: ServedFile

  /// - Parameter hasCalls: whether this site has calls, so that profiles have a button for them.
  /// - Throws: if the words cannot be written as JSON.
  init(web: WebTree, words: Catalogue, fill: [String: String], hasCalls: Bool) throws {
    self.web = web
    self.words = ServedFile(
      try JSONDocument.encode([
        "language": words.language, "direction": words.direction, "tag": web.tag,
        "words": words.section("embed", fill), "calls": hasCalls,
      ]), type: "application/json")
  }

  func add(to routes: Routes) {
    // Their addresses stand in the home server's pages and never change.
    routes.call(.get, "/embed/embed.js", .look) { visit in
      try web.file("embed/embed.js").answer(to: visit.request, keeping: .whileUnchanged)
    }
    routes.call(.get, "/embed/words.json", .look) { visit in
      words.answer(to: visit.request, keeping: .whileUnchanged)
    }
    web.serve(["embed", "shared"], at: "/embed/web", on: routes)
  }
}
