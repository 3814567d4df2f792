// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// Where a list goes on (RFC 8288, as Mastodon uses it).
enum PageLink {
  /// Of a header, in bytes: a longer one is not looked at.
  static let longest = 16_000

  /// The `max_id` of the link with the relation `next`; `nil` if there is none, which is the end of the list.
  ///
  /// Only this word of it is used: the next page is asked for at our own address, so that a header cannot send a
  /// member's token elsewhere, or to another part of the API.
  /// - Throws: `notUnderstood` for a link that says that there is more, and not how to ask for it, and for a header that is
  ///   too long to be looked at: it may say so.
  static func next(_ header: String?, purpose: String) throws(HomeServerError) -> String? {
    guard let header else { return nil }
    let odd = HomeServerError(
      .notUnderstood, cause: "The home server's list (\(purpose)) goes on in a way that is not understood.",
      remedy: "Tell us its software and version.")
    guard header.utf8.count <= longest else { throw odd }
    for link in links(header) where link.relations.contains("next") {
      let query = URLComponents(string: link.target)?.queryItems ?? []
      guard let id = query.last(where: { $0.name == "max_id" })?.value, AccountWire.isID(id) else {
        throw odd
      }
      return id
    }
    return nil
  }

  /// Reads `<target>; rel="next", <target>; rel=prev`. What is not of that form is left out.
  private static func links(_ header: String) -> [(target: String, relations: [String])] {
    var found: [(String, [String])] = []
    var rest = Substring(header)
    while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
      let target = String(rest[rest.index(after: open)..<close])
      rest = rest[rest.index(after: close)...]
      // Targets may have commas in them, parameters of this header have not.
      let end = rest.firstIndex(of: "<") ?? rest.endIndex
      let relations = rest[..<end].split(separator: ";").compactMap { part -> [String]? in
        let sides = part.split(separator: "=", maxSplits: 1).map {
          $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t,\""))
        }
        guard sides.count == 2, sides[0].lowercased() == "rel" else { return nil }
        return sides[1].lowercased().split(separator: " ").map(String.init)
      }
      found.append((target, relations.flatMap { $0 }))
      rest = rest[end...]
    }
    return found
  }
}
