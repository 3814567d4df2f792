// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

extension XMPPLink {
  /// What people outside of the member's reach have sent. They do not learn that it was read.
  public func requests(of name: Name) async throws(LinkError) -> [MessageRequest] {
    try Self.requests(try await askDomain(.get, "requests", ["name": name.text]))
  }

  static func requests(_ content: Element) throws(LinkError) -> [MessageRequest] {
    var requests: [MessageRequest] = []
    for element in content.children("request", LinkNamespace.link) {
      var said: [MessageRequest.Said] = []
      for part in element.children("said", LinkNamespace.link) {
        guard let kind = MessageRequest.Kind(rawValue: try part.required("kind")) else {
          throw .notUnderstood("a “kind” is none of ours")
        }
        said.append(MessageRequest.Said(at: try part.moment("at"), kind: kind, text: part.text))
      }
      let first = try element.moment("first")
      let last = try element.moment("last")
      let count = Int(try element.number("count"))
      guard let sender = try element.address("from") else { continue }
      requests.append(MessageRequest(sender: sender, first: first, last: last, count: count, said: said))
    }
    return requests
  }

  /// Lets a sender through, with what waits; or drops what they have written and will write, without a word to them.
  public func answer(request sender: Address, of name: Name, accept: Bool) async throws(LinkError) {
    _ = try await askDomain(
      .set, "request", ["name": name.text, "from": "\(sender)", "do": accept ? "accept" : "refuse"])
  }
}
