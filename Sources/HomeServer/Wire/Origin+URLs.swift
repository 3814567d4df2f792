// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

extension Origin {
  /// An URL of this origin.
  /// - Parameter path: absolute, with nothing in it that needs encoding: constants, and ids that were
  ///   checked.
  func url(_ path: String, query: [(String, String)] = []) -> URL {
    var text = "\(scheme)://\(host)"
    if port != (scheme == "https" ? 443 : 80) { text += ":\(port)" }
    text += path
    if !query.isEmpty {
      text += "?" + query.map { "\(FormField.encode($0.0))=\(FormField.encode($0.1))" }.joined(separator: "&")
    }
    // Host and port come from an URL that was parsed, the rest is ASCII: Foundation reads it.
    return URL(string: text) ?? URL(filePath: "/")
  }
}
