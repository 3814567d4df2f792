// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import Foundation

extension PageRenderer {
  /// Somebody in a list: what they are called, their address, and an initial instead of a picture, which would have to be
  /// fetched from somewhere.
  func person(_ address: Address, name: String = "") -> [String: Any] {
    let text = address.description.shownName(limit: 300)
    let called = name.shownName()
    return [
      "address": address.description, "shown_address": text, "name": called.isEmpty ? text : called,
      "has_name": !called.isEmpty, "initial": (called.isEmpty ? text : called).initial,
    ]
  }

  /// Somebody who waits for an answer.
  func asking(_ asking: ContactBook.Asking) -> [String: Any] {
    var values = person(asking.address)
    values["at"] = dates.moment(asking.at)
    let fill = ["who": asking.address.description.shownName(limit: 300)]
    values["accept_label"] = words.text("asking.accept_label", fill)
    values["decline_label"] = words.text("asking.decline_label", fill)
    return values
  }

  /// That lists may be old, since the chat server cannot be asked; nothing if it can.
  func away(_ link: ChatLinkState, readAt: Timestamp?) -> [String: Any] {
    guard case .lost = link else { return [:] }
    guard let readAt else { return ["text": words.text("people.away_never")] }
    return ["text": words.text("people.away"), "read_at": dates.moment(readAt)]
  }

  /// What was done, if the query says so and there are words for it.
  func flash(_ visit: Visit, _ section: String) -> String? {
    let path = "\(section).done_\((visit.query("done") ?? "").replacing("-", with: "_"))"
    return words.has(path) ? text(path, for: visit.session) : nil
  }
}

extension Address {
  /// As the value of a query.
  var query: String { description.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }
}
