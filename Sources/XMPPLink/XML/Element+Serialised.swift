// SPDX-License-Identifier: AGPL-3.0-or-later

extension Element {
  /// Beyond this an element is not ours to send. Far below what Prosody takes from a component (512 KiB).
  static let longest = 128 * 1_024
  static let deepest = 64

  /// The element as XML text, to be put where `surroundings` is the default namespace.
  ///
  /// Whatever stands in values and text comes out as such on the other side, with one exception: characters that XML
  /// 1.0 (section 2.2) cannot carry are replaced by U+FFFD. Not recursive.
  ///
  /// - Throws: ``LinkError`` `badValue` for a name that is none, `tooLarge` beyond ``longest`` bytes or ``deepest``
  ///   levels.
  func serialised(within surroundings: String) throws(LinkError) -> String {
    enum Step {
      case open(Element, within: String)
      case text(String)
      case close(String)
    }
    var text = ""
    var depth = 0
    var steps: [Step] = [.open(self, within: surroundings)]
    while let step = steps.popLast() {
      switch step {
      case .open(let element, let outer):
        guard Self.isName(element.name), element.attributes.keys.allSatisfy(Self.isAttributeName) else {
          throw LinkError(
            .badValue, cause: "An element or attribute to be sent has a name that XML does not know.",
            remedy: "Report this: it is a fault of Trunkline.")
        }
        text += "<" + element.name
        if element.namespace != outer {
          text += " xmlns='" + Self.escaped(element.namespace, inAttribute: true) + "'"
        }
        for (name, value) in element.attributes.sorted(by: { $0.key < $1.key }) {
          text += " " + name + "='" + Self.escaped(value, inAttribute: true) + "'"
        }
        guard !element.nodes.isEmpty else {
          text += "/>"
          break
        }
        text += ">"
        depth += 1
        steps.append(.close(element.name))
        for node in element.nodes.reversed() {
          switch node {
          case .element(let child): steps.append(.open(child, within: element.namespace))
          case .text(let part): steps.append(.text(part))
          }
        }
      case .text(let part): text += Self.escaped(part, inAttribute: false)
      case .close(let name):
        text += "</" + name + ">"
        depth -= 1
      }
      guard text.utf8.count <= Self.longest, depth <= Self.deepest else {
        throw LinkError(
          .tooLarge,
          cause: "What is to be sent to the chat server is larger than \(Self.longest / 1_024) KiB.",
          remedy: "Send less at once.")
      }
    }
    return text
  }

  static func escaped(_ text: String, inAttribute: Bool) -> String {
    var out = ""
    out.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"  // because of ]]>
      case "'": out += inAttribute ? "&apos;" : "'"
      case "\"": out += inAttribute ? "&quot;" : "\""
      // A parser would make a line feed or a space of them (XML 1.0, sections 2.11 and 3.3.3).
      case "\r": out += "&#13;"
      case "\n": out += inAttribute ? "&#10;" : "\n"
      case "\t": out += inAttribute ? "&#9;" : "\t"
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": out += "\u{FFFD}"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// ASCII is all we send.
  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (1...128).contains(name.utf8.count) else { return false }
    let isLetter = { (byte: UInt8) in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "_")
    }
    return isLetter(first)
      && name.utf8.allSatisfy { byte in
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
          || byte == UInt8(ascii: ".")
      }
  }

  private static func isAttributeName(_ name: String) -> Bool {
    name == "xml:lang" || (isName(name) && !name.lowercased().hasPrefix("xmlns"))
  }
}
