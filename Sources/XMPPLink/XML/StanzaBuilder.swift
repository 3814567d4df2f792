// SPDX-License-Identifier: AGPL-3.0-or-later

/// Puts a stream's elements together into stanzas, within limits. Pure; knows nothing of expat.
struct StanzaBuilder {
  private let limits: StanzaLimits
  /// What has come together and was not taken yet.
  private(set) var events: [StanzaParser.Event] = []
  /// Whether the stream has ended or is given up; nothing counts from then on.
  private(set) var isOver = false
  /// Open elements, that of the stream included.
  private var depth = 0
  /// The open elements of a stanza, outermost first.
  private var stack: [Element] = []
  /// Text since the last tag. Expat hands it over in pieces, as small as one character each.
  private var text = ""
  private var elements = 0
  private var bytes = 0
  private var isSkipping = false

  init(_ limits: StanzaLimits) { self.limits = limits }

  mutating func take() -> [StanzaParser.Event] {
    defer { events = [] }
    return events
  }

  /// - Parameter attributes: nil if there were too many.
  mutating func start(_ name: String, _ namespace: String, _ attributes: [String: String]?) {
    guard !isOver else { return }
    depth += 1
    if depth == 1 {
      guard let attributes else { return fail(Self.tooLarge) }
      events.append(.opened(Element(name, namespace, attributes)))
      return
    }
    if depth == 2 {
      (elements, bytes, isSkipping, text) = (0, 0, false, "")
      stack = [Element(name, namespace)]
    }
    elements += 1
    bytes += name.utf8.count + namespace.utf8.count
    bytes += attributes?.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } ?? 0
    guard isWithinLimits(attributes != nil && depth - 1 <= limits.depth) else { return }
    keepText()
    if depth == 2 {
      stack[0].attributes = attributes ?? [:]
    } else {
      stack.append(Element(name, namespace, attributes ?? [:]))
    }
  }

  mutating func end() {
    guard !isOver else { return }
    keepText()
    depth -= 1
    if depth == 0 {
      isOver = true
      events.append(.closed)
    } else if depth == 1 {
      events.append(isSkipping ? .skipped(stack[0]) : .element(stack[0]))
      stack = []
    } else if !isSkipping {
      let child = stack.removeLast()
      stack[stack.count - 1].nodes.append(.element(child))
    }
  }

  mutating func text(_ part: String) {
    guard !isOver else { return }
    guard depth > 1 else {
      // White space keeps a connection alive (RFC 6120, section 4.6.1); nothing else stands between stanzas.
      if !part.utf8.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) {
        fail(StanzaParser.malformed("text between stanzas"))
      }
      return
    }
    bytes += part.utf8.count
    if isWithinLimits(true) { text += part }
  }

  private mutating func keepText() {
    guard !text.isEmpty, !stack.isEmpty else { return }
    stack[stack.count - 1].nodes.append(.text(text))
    text = ""
  }

  mutating func fail(_ error: LinkError) {
    guard !isOver else { return }
    isOver = true
    stack = []
    events.append(.failed(error))
  }

  /// Whether the stanza is still one to keep; if not, only its head is.
  private mutating func isWithinLimits(_ condition: Bool) -> Bool {
    let (most, longest) = (limits.elements, limits.bytes)
    guard !isSkipping, condition, elements <= most, bytes <= longest else {
      isSkipping = true
      stack.removeSubrange(1...)
      stack[0].nodes = []
      text = ""
      if elements > most * limits.patience || bytes > longest * limits.patience { fail(Self.tooLarge) }
      return false
    }
    return true
  }

  static let tooLarge = LinkError(
    .tooLarge, cause: "The chat server sends more at once than the link takes.",
    remedy: "See in the chat server's log what it sends; if it is a roster of many thousands, report it.")
}
