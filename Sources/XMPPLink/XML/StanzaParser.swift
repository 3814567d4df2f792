// SPDX-License-Identifier: AGPL-3.0-or-later

import CExpat

/// Takes a stream's bytes, in pieces of any size, and gives its stanzas.
///
/// Refuses what RFC 6120 (section 11.1) keeps out of streams: comments, processing instructions, document types and
/// with them all entities but the five of XML. Anything but UTF-8 is refused (section 11.6), and so are prefixes that
/// are not declared. After an error, or the stream's end, nothing more comes.
///
/// Not `Sendable`: one task feeds it.
final class StanzaParser {
  enum Event: Sendable, Equatable {
    /// The stream's own element, without content.
    case opened(Element)
    case element(Element)
    /// A stanza beyond the limits: its outermost element, without content.
    case skipped(Element)
    /// The stream's element has ended.
    case closed
    case failed(LinkError)
  }

  /// Made in `init`, freed in `deinit`, never handed out.
  private let expat: OpaquePointer
  private let limits: StanzaLimits
  fileprivate var builder: StanzaBuilder
  /// Bytes since expat last made something of them.
  fileprivate var silence = 0

  /// No XML text can hold this character, so that it parts a namespace from a name without doubt.
  fileprivate static let separator: UInt8 = 0x1F
  /// How many of the first two bytes have come.
  private var begun = 0
  private static let piece = 16 * 1_024

  init(_ limits: StanzaLimits = StanzaLimits()) {
    self.limits = limits
    builder = StanzaBuilder(limits)
    guard let made = XML_ParserCreateNS("UTF-8", XML_Char(bitPattern: Self.separator)) else {
      // It fails for want of memory only, which ends a Swift program wherever it happens.
      fatalError("no memory for a parser")
    }
    expat = made
    // What the callbacks get is this object, unretained. That is sound: expat calls them only within XML_Parse, which
    // only `feed` calls, a method of this object, which therefore lives; and `deinit` frees the parser.
    XML_SetUserData(expat, Unmanaged.passUnretained(self).toOpaque())
    XML_SetElementHandler(expat, started, ended)
    XML_SetCharacterDataHandler(expat, wrote)
    XML_SetCommentHandler(expat) { user, _ in refused(user, "a comment") }
    XML_SetProcessingInstructionHandler(expat) { user, _, _ in refused(user, "a processing instruction") }
    XML_SetStartDoctypeDeclHandler(expat) { user, _, _, _, _ in refused(user, "a document type") }
    XML_SetEntityDeclHandler(expat) { user, _, _, _, _, _, _, _, _ in refused(user, "an entity") }
    XML_SetSkippedEntityHandler(expat) { user, _, _ in refused(user, "an entity") }
  }

  deinit { XML_ParserFree(expat) }

  /// What the bytes complete. Ends with `closed` or `failed`, or more may follow.
  func feed(_ bytes: [UInt8]) -> [Event] {
    // A mark at the beginning that says UTF-16 would outweigh the UTF-8 that we asked for (RFC 6120, section 11.6).
    for byte in bytes.prefix(max(0, 2 - begun)) where byte == 0 || byte >= 0xFE {
      builder.fail(Self.malformed("not UTF-8"))
    }
    begun = min(2, begun + bytes.count)
    var rest = bytes[...]
    while !rest.isEmpty, !builder.isOver {
      let piece = rest.prefix(Self.piece)
      rest = rest.dropFirst(piece.count)
      silence += piece.count
      // The bytes are lent for the call only, and expat copies what it has to keep.
      let status = piece.withUnsafeBytes { lent in
        XML_Parse(expat, lent.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(lent.count), 0)
      }
      if status != XML_STATUS_OK {
        builder.fail(
          Self.malformed(XML_ErrorString(XML_GetErrorCode(expat)).map { String(cString: $0) } ?? "no XML"))
      } else if silence > limits.token {
        builder.fail(StanzaBuilder.tooLarge)
      }
    }
    return builder.take()
  }

  fileprivate func refuse(_ what: String) {
    builder.fail(Self.malformed(what))
    // Allowed within a callback; XML_Parse then returns with an error, which comes second and is not kept.
    XML_StopParser(expat, XML_Bool(XML_FALSE))
  }

  fileprivate func start(
    _ name: UnsafePointer<XML_Char>, _ pairs: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
  ) {
    silence = 0
    guard !builder.isOver else { return }
    var attributes: [String: String]? = [:]
    var index = 0
    // Names and values by turns, and a null pointer behind the last (expat's reference, XML_StartElementHandler).
    while let pairs, let key = pairs[index], let value = pairs[index + 1] {
      index += 2
      guard index <= 2 * limits.attributes else {
        attributes = nil
        break
      }
      let (name, namespace) = Self.parts(key)
      switch namespace {
      case "": attributes?[name] = String(cString: value)
      case "http://www.w3.org/XML/1998/namespace": attributes?["xml:" + name] = String(cString: value)
      default: break
      }
    }
    let (local, namespace) = Self.parts(name)
    builder.start(local, namespace, attributes)
    if builder.isOver { XML_StopParser(expat, XML_Bool(XML_FALSE)) }
  }

  private static func parts(_ text: UnsafePointer<XML_Char>) -> (name: String, namespace: String) {
    let whole = String(cString: text)
    guard let cut = whole.utf8.lastIndex(of: separator) else { return (whole, "") }
    return (String(whole[whole.utf8.index(after: cut)...]), String(whole[..<cut]))
  }

  static func malformed(_ what: String) -> LinkError {
    LinkError(
      .malformed, cause: "The chat server's stream cannot be read: \(what).",
      remedy: "Check that the port is that of the chat server's components.")
  }
}

// Expat's callbacks. C functions cannot hold anything, so each finds the parser in the pointer that `init` gave.

private func parser(_ user: UnsafeMutableRawPointer?) -> StanzaParser? {
  user.map { Unmanaged<StanzaParser>.fromOpaque($0).takeUnretainedValue() }
}

private func started(
  _ user: UnsafeMutableRawPointer?, _ name: UnsafePointer<XML_Char>?,
  _ attributes: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
) {
  guard let name else { return }
  parser(user)?.start(name, attributes)
}

private func ended(_ user: UnsafeMutableRawPointer?, _: UnsafePointer<XML_Char>?) {
  guard let parser = parser(user) else { return }
  parser.silence = 0
  parser.builder.end()
}

private func wrote(_ user: UnsafeMutableRawPointer?, _ text: UnsafePointer<XML_Char>?, _ count: Int32) {
  guard let parser = parser(user), let text else { return }
  parser.silence = 0
  // Expat lends so many bytes for the call, whole characters of UTF-8.
  let bytes = UnsafeRawBufferPointer(start: text, count: Int(count))
  parser.builder.text(String(decoding: bytes, as: UTF8.self))
}

private func refused(_ user: UnsafeMutableRawPointer?, _ what: String) { parser(user)?.refuse(what) }
