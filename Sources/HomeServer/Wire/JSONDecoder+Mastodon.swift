// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

extension JSONDecoder {
  /// Field names as OAuth and Mastodon write them: `access_token` is `accessToken` here.
  static var mastodon: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }
}
