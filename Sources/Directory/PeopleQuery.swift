// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// Which of a member's people to show: a page of them, those whom each follows the other first, then those whom the
/// member follows, then the rest; within that by name.
public struct PeopleQuery: Sendable, Hashable {
  public enum Ties: String, Sendable, CaseIterable {
    case all
    /// Each follows the other.
    case mutual
    /// Whom the member follows.
    case followed
    /// Who follows the member.
    case followers
  }

  /// Longer pages are cut to this.
  public static let longestPage = 200

  public let ties: Ties
  /// Folded; empty for everybody.
  public let search: String
  public let after: PeopleCursor?
  public let limit: Int

  /// - Parameters:
  ///   - search: a part of the name or of the address; case, accents and a leading `@` do not count. Cut to 100
  ///     characters.
  ///   - after: the last page's ``PeopleCursor``, from a query with the same ties and search.
  ///   - limit: how many, 1 to ``longestPage``; other numbers are brought into that range.
  public init(ties: Ties = .all, search: String = "", after: PeopleCursor? = nil, limit: Int = 40) {
    self.ties = ties
    let wanted = search.trimmingCharacters(in: .whitespacesAndNewlines).prefix(100)
    self.search = Self.fold(String(wanted.hasPrefix("@") ? wanted.dropFirst() : wanted))
    self.after = after
    self.limit = min(max(limit, 1), Self.longestPage)
  }

  /// How names are compared: without case, accents and widths.
  public static func fold(_ text: String) -> String {
    text.folding(options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
      .lowercased()
  }
}

/// Where a page of people ended.
public struct PeopleCursor: Sendable, Hashable {
  public let rank: Int
  public let sortKey: String
  public let id: String

  public init(rank: Int, sortKey: String, id: String) {
    self.rank = rank
    self.sortKey = sortKey
    self.id = id
  }

  /// For a query of an URL: letters, digits, `-` and `_`.
  public var text: String {
    Data("\(rank)\u{0}\(id)\u{0}\(sortKey)".utf8).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// `nil` for what was never such a text.
  public init?(text: String) {
    guard text.utf8.count <= 2_000 else { return nil }
    let plain = text.replacing("-", with: "+").replacing("_", with: "/")
    let padded = plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
    guard let data = Data(base64Encoded: padded), let decoded = String(data: data, encoding: .utf8) else {
      return nil
    }
    let parts = decoded.split(separator: "\u{0}", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let rank = Int(parts[0]), (0...2).contains(rank), !parts[1].isEmpty else {
      return nil
    }
    self.init(rank: rank, sortKey: String(parts[2]), id: String(parts[1]))
  }
}

/// How many people a member has, whatever is searched for.
public struct PeopleCounts: Sendable, Hashable {
  public var mutual: Int
  /// Whom the member follows without being followed back.
  public var followedOnly: Int
  /// Who follows without being followed back.
  public var followersOnly: Int

  public init(mutual: Int = 0, followedOnly: Int = 0, followersOnly: Int = 0) {
    self.mutual = mutual
    self.followedOnly = followedOnly
    self.followersOnly = followersOnly
  }

  public var all: Int { mutual + followedOnly + followersOnly }
}
