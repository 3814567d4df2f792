// SPDX-License-Identifier: AGPL-3.0-or-later

/// The spellings of Prometheus' text format, version 0.0.4.
enum MetricText {
  /// The longest label value that is kept, in characters.
  static let longestValue = 200

  /// The metric name for a swift-metrics label: what Prometheus does not know in a name becomes `_`.
  ///
  /// `nil` if no letter or digit is left.
  static func name(_ label: String) -> String? {
    identifier(label, alsoAllowed: ":")
  }

  /// The label name for a swift-metrics dimension. Names that Prometheus keeps for itself get a `_` behind.
  static func labelName(_ dimension: String) -> String? {
    guard var name = identifier(dimension, alsoAllowed: "_") else { return nil }
    // Two underscores in front are reserved.
    while name.hasPrefix("__") { name.removeFirst() }
    return name == "le" || name == "quantile" ? name + "_" : name
  }

  private static func identifier(_ text: String, alsoAllowed: Unicode.Scalar) -> String? {
    guard text.unicodeScalars.contains(where: isLetterOrDigit) else { return nil }
    var name = String.UnicodeScalarView(
      text.unicodeScalars.prefix(longestValue).map {
        isLetterOrDigit($0) || $0 == alsoAllowed ? $0 : "_"
      })
    if let first = name.first, ("0"..."9").contains(first) { name.insert("_", at: name.startIndex) }
    return String(name)
  }

  private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
  }

  /// A label value, cut and escaped, with its quotation marks. Control characters become spaces.
  static func quoted(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars.prefix(longestValue) {
      switch scalar {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
      }
    }
    return text + "\""
  }

  /// The text of a HELP line: there, quotation marks stay as they are.
  static func help(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
  }

  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value) { return String(whole) }
    return String(value)
  }
}
