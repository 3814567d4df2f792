// SPDX-License-Identifier: AGPL-3.0-or-later

import CQREncode

/// A QR code (ISO/IEC 18004), error correction level M, as a picture that needs no file of its own.
struct QRCode: Sendable, Equatable {
  /// Why a text has no QR code. It never holds the text.
  struct Failure: Error, Sendable, Equatable {
    enum Code: String, Sendable { case empty, tooLong, notEncoded }

    let code: Code
    let cause: String
    let remedy: String
  }

  /// The most bytes that the largest symbol (version 40) holds at level M in byte mode.
  static let longest = 2_331

  /// The light border that readers need, in modules.
  static let quietZone = 4

  /// Modules on a side, without the quiet zone: 21, 25, … 177.
  let size: Int
  private let dark: [Bool]

  /// - Throws: ``Failure``.
  init(text: String) throws(Failure) {
    let bytes = Array(text.utf8)
    guard !bytes.isEmpty else {
      throw Failure(code: .empty, cause: "There is nothing to show as a QR code.", remedy: "Give it a text.")
    }
    guard bytes.count <= QRCode.longest else {
      throw Failure(
        code: .tooLong,
        cause: "A QR code holds at most \(QRCode.longest) bytes; this would be \(bytes.count).",
        remedy: "Show the text itself instead.")
    }
    // Version 0: the smallest that fits. Byte mode, so that a text is read as it was written.
    guard let code = QRcode_encodeData(Int32(bytes.count), bytes, 0, QR_ECLEVEL_M) else {
      throw Failure(
        code: .notEncoded, cause: "The QR code could not be made.", remedy: "Show the text itself instead.")
    }
    defer { QRcode_free(code) }
    size = Int(code.pointee.width)
    // The lowest bit of each byte is the colour; the others tell what part of the symbol it is.
    dark = UnsafeBufferPointer(start: code.pointee.data, count: size * size).map { $0 & 1 == 1 }
  }

  func isDark(row: Int, column: Int) -> Bool { dark[row * size + column] }

  /// The `viewBox` that ``path`` and ``paper`` are drawn in: a module is 1 by 1, the quiet zone is within.
  var viewBox: String { "0 0 \(size + 2 * QRCode.quietZone) \(size + 2 * QRCode.quietZone)" }

  /// An SVG path of the light ground, quiet zone included.
  var paper: String {
    let side = size + 2 * QRCode.quietZone
    return "M0 0h\(side)v\(side)h-\(side)z"
  }

  /// An SVG path of the dark modules, one rectangle a run.
  var path: String {
    var path = ""
    for row in 0..<size {
      var column = 0
      while column < size {
        let start = column
        while column < size, isDark(row: row, column: column) { column += 1 }
        if column > start {
          let length = column - start
          path += "M\(start + QRCode.quietZone) \(row + QRCode.quietZone)h\(length)v1h-\(length)z"
        }
        if column == start { column += 1 }
      }
    }
    return path
  }
}
