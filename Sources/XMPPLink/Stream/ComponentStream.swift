// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory

/// One stream of a component (XEP-0114), from the connection to its end. Pure: what happens goes in, what is to be done
/// comes out.
///
///     idle ─connected─▶ opening ─stream header─▶ shaking ─handshake─▶ open ─close─▶ closing ─▶ closed
///                          └───────────────┴── anything wrong, the connection's end ──┴────────▶ closed
struct ComponentStream {
  enum Phase: Sendable {
    case idle, opening, shaking, open, closing, closed
  }

  enum Action: Sendable, Equatable {
    case send(String)
    /// The server has accepted us.
    case ready
    case privileged(Privileges)
    /// An answer to a request, or the refusal of a message.
    case answer(Element)
    /// An answer beyond the limits: its outermost element.
    case unreadable(Element)
    case changed(Name)
    /// No more will be sent: close the connection once all is written.
    case finish
    /// Close the connection at once: the server does not read, or does not answer.
    case cut
    /// Always the last of a stream, and once only. Without an error if it was we who closed it.
    case ended(LinkError?)
  }

  let component: String
  let domain: String
  private let secret: Secret
  private(set) var phase = Phase.idle

  init(component: String, domain: String, secret: Secret) {
    self.component = component
    self.domain = domain
    self.secret = secret
  }

  mutating func connected() -> [Action] {
    guard phase == .idle else { return [] }
    phase = .opening
    return [
      .send(
        "<?xml version='1.0'?><stream:stream xmlns='\(LinkNamespace.component)'"
          + " xmlns:stream='\(LinkNamespace.streams)' to='\(Element.escaped(component, inAttribute: true))'>")
    ]
  }

  mutating func handle(_ event: StanzaParser.Event) -> [Action] {
    guard phase != .idle, phase != .closed else { return [] }
    switch event {
    case .opened(let head): return opened(head)
    case .element(let element): return received(element)
    case .skipped(let head):
      guard phase == .open || phase == .closing else {
        return fail(StanzaBuilder.tooLarge, as: "policy-violation")
      }
      return Self.isAnswer(head) ? [.unreadable(head)] : []
    case .closed:
      let error = phase == .closing ? nil : LinkError.closedByServer
      return (phase == .closing ? [] : [.send(Self.end)]) + finish(error)
    case .failed(let error):
      return fail(error, as: error.code == .tooLarge ? "policy-violation" : "not-well-formed")
    }
  }

  /// The connection is gone.
  mutating func disconnected() -> [Action] {
    guard phase != .closed else { return [] }
    let error = phase == .closing ? nil : LinkError.closedByServer
    phase = .closed
    return [.ended(error)]
  }

  /// What the phase waits for has not come in time: header, handshake, a sign of life, the end.
  mutating func timedOut() -> [Action] {
    switch phase {
    case .idle, .closed: return []
    case .closing:
      phase = .closed
      return [.cut, .ended(nil)]
    case .opening, .shaking, .open:
      let what = phase == .open ? "gave no sign of life" : "did not accept the component"
      let error = LinkError(
        .timedOut, cause: "The chat server \(what) in time.",
        remedy: "See whether it runs and is not overloaded; the link tries again by itself.")
      phase = .closed
      return [.cut, .ended(error)]
    }
  }

  /// We want no more of it (RFC 6120, section 4.4).
  mutating func close() -> [Action] {
    switch phase {
    case .closing, .closed: return []
    case .idle:
      phase = .closed
      return [.ended(nil)]
    case .opening, .shaking, .open:
      phase = .closing
      return [.send(Self.end)]
    }
  }

  private mutating func opened(_ head: Element) -> [Action] {
    guard phase == .opening else { return [] }
    guard head.name == "stream", head.namespace == LinkNamespace.streams else {
      return fail(StanzaParser.malformed("its first element is none of XMPP's"), as: "invalid-namespace")
    }
    guard head["from"].map({ $0.lowercased() == component || $0.lowercased() == domain }) ?? true else {
      return fail(StanzaParser.malformed("it speaks as somebody else"), as: "host-unknown")
    }
    // A server that is about to refuse has no id to give; its error follows.
    guard let id = head["id"], !id.isEmpty else { return [] }
    phase = .shaking
    let handshake = Handshake.text(stream: id, secret: secret)
    return [.send("<handshake>\(handshake)</handshake>")]
  }

  private mutating func received(_ element: Element) -> [Action] {
    if element.namespace == LinkNamespace.streams, element.name == "error" {
      return [.send(Self.end)] + finish(phase == .closing ? nil : LinkError(streamError: element))
    }
    switch phase {
    case .shaking where element.name == "handshake" && element.namespace == LinkNamespace.component:
      phase = .open
      return [.ready]
    case .open, .closing: return stanza(element)
    case .idle, .opening, .shaking, .closed:
      return fail(StanzaParser.malformed("a stanza before the handshake"), as: "not-authorized")
    }
  }

  private mutating func fail(_ error: LinkError, as condition: String) -> [Action] {
    let said = "<stream:error><\(condition) xmlns='\(LinkNamespace.streamErrors)'/></stream:error>"
    return [.send(said + Self.end)] + finish(phase == .closing ? nil : error)
  }

  private mutating func finish(_ error: LinkError?) -> [Action] {
    phase = .closed
    return [.finish, .ended(error)]
  }

  private static let end = "</stream:stream>"
}
