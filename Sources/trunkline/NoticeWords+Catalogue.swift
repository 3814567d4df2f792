// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Foundation

extension NoticeWords {
  private struct Catalogue: Decodable {
    let notices: [String: String]?
  }

  /// From the catalogue of all that members read.
  init(catalogue share: URL) {
    let file = share.appending(path: "portal/strings/en.json")
    let texts = FileManager.default.contents(atPath: file.path).flatMap {
      try? JSONDecoder().decode(Catalogue.self, from: $0).notices
    }
    self.init(texts ?? [:])
  }
}
