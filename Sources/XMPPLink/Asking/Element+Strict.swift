// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory

// Readers of what the server's modules say, which must be just so: what is not understood is not guessed at.
extension Element {
  func required(_ attribute: String) throws(LinkError) -> String {
    guard let value = self[attribute] else {
      throw .notUnderstood("“\(attribute)” of “\(name)” is missing")
    }
    return value
  }

  /// A number in decimal digits, from 0.
  func number(_ attribute: String) throws(LinkError) -> Int64 {
    let text = try required(attribute)
    guard text.utf8.count <= 18,
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let number = Int64(text)
    else {
      throw .notUnderstood("“\(attribute)” of “\(name)” is no number")
    }
    return number
  }

  /// Whole seconds since 1970.
  func moment(_ attribute: String) throws(LinkError) -> Timestamp {
    Timestamp(seconds: try number(attribute))
  }

  /// `1`, or absent.
  func flag(_ attribute: String) throws(LinkError) -> Bool {
    switch self[attribute] {
    case nil, "0": return false
    case "1": return true
    default: throw .notUnderstood("“\(attribute)” of “\(name)” is neither 0 nor 1")
    }
  }

  /// Somebody's address; nil if it is one that XMPP allows and ``Address`` does not, such as one with a resource.
  func address(_ attribute: String) throws(LinkError) -> Address? {
    let text = try required(attribute)
    return try? Address(text)
  }
}
