// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Synchronization

extension XMPPLink {
  enum Kind: String {
    case get, set
  }

  /// Asks, and waits for the answer.
  ///
  /// - Returns: the `<iq type='result'>`.
  func ask(_ kind: Kind, _ payload: Element, of address: String) async throws(LinkError) -> Element {
    let id = LinkRequests<LinkCore.Waiter>.makeID(random)
    let question = Element("iq", LinkNamespace.component, stamp(id, address, type: kind.rawValue), [payload])
    return try await send([question], id: id, to: address)
  }

  /// Sends a message, and waits until the server has taken it. A message has no answer but its refusal; so a question
  /// by the same id follows it, and whichever answer comes first is that of both, since the server keeps their order.
  func deliver(_ payload: Element) async throws(LinkError) {
    let id = LinkRequests<LinkCore.Waiter>.makeID(random)
    let message = Element("message", LinkNamespace.component, stamp(id, settings.domain), [payload])
    let ping = Element(
      "iq", LinkNamespace.component, stamp(id, settings.domain, type: "get"),
      [Element("ping", LinkNamespace.ping)])
    _ = try await send([message, ping], id: id, to: settings.domain)
  }

  /// Asks the domain itself, in our own language, and gives what stands in its answer.
  func askDomain(
    _ kind: Kind, _ name: String, _ attributes: [String: String]
  ) async throws(LinkError) -> Element {
    let payload = Element(name, LinkNamespace.link, attributes)
    let answer = try await ask(kind, payload, of: settings.domain)
    if kind == .set { return answer }
    guard let content = answer.child(name, LinkNamespace.link) else {
      throw .notUnderstood("“\(name)” is missing")
    }
    return content
  }

  private func stamp(_ id: String, _ to: String, type: String? = nil) -> [String: String] {
    var attributes = ["id": id, "to": to, "from": settings.component]
    attributes["type"] = type
    return attributes
  }

  private func send(_ stanzas: [Element], id: String, to: String) async throws(LinkError) -> Element {
    var texts = ""
    for stanza in stanzas { texts += try stanza.serialised(within: LinkNamespace.component) }
    let result: Result<Element, LinkError> = await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let refusal = core.withLock { core -> LinkError? in
          // The handler below may have run before there was anything to cancel.
          if Task.isCancelled { return .interrupted(by: "nobody waits for it.") }
          return core.ask(texts, id: id, to: to, now: ticker.now(), waiter: waiter)
        }
        if let refusal { waiter.resume(returning: .failure(refusal)) }
      }
    } onCancel: {
      core.withLock { $0.requests.cancel(id) }?
        .resume(returning: .failure(.interrupted(by: "nobody waits for it any more.")))
    }
    return try result.get()
  }
}
