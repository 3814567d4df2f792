// SPDX-License-Identifier: AGPL-3.0-or-later

/// Text that must not be seen: a password, a token, a client secret.
///
/// Printing, interpolating, dumping or encoding into a log shows `<secret>`. Whoever needs the text says so
/// with ``reveal()``, which is easy to search for. Comparison takes the same time wherever the difference is.
public struct Secret: Sendable {
  private let text: String

  public init(_ text: String) { self.text = text }

  /// The text itself. Call this only where it leaves for its one destination.
  public func reveal() -> String { text }

  public var isEmpty: Bool { text.isEmpty }
}

extension Secret: Equatable {
  public static func == (left: Secret, right: Secret) -> Bool {
    constantTimeEqual(Array(left.text.utf8), Array(right.text.utf8))
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "<secret>" }
  public var debugDescription: String { "<secret>" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
public func constantTimeEqual(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>) -> Bool {
  let left = Array(left)
  let right = Array(right)
  guard left.count == right.count else { return false }
  var difference: UInt8 = 0
  for index in left.indices { difference |= left[index] ^ right[index] }
  return difference == 0
}
