// SPDX-License-Identifier: AGPL-3.0-or-later

/// How much of a stanza is taken.
///
/// A stanza beyond is skipped and the stream goes on: anybody may write to the component through the server, and
/// nobody may end its stream that way. Only where skipping would have no end is the stream given up.
struct StanzaLimits: Sendable {
  /// Elements within each other, the stanza itself included.
  var depth = 48
  /// Of one element.
  var attributes = 32
  /// Of one stanza.
  var elements = 65_536
  /// Of one stanza: names, values and text. A roster of ten thousand takes about one million.
  var bytes = 4 * 1_024 * 1_024
  /// Bytes in a row that come to no element and no text, such as one attribute that does not end: the stream is given up.
  var token = 1_024 * 1_024
  /// A stanza that is this many times too large: the stream is given up.
  var patience = 4
}
