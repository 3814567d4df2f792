// SPDX-License-Identifier: AGPL-3.0-or-later

/// An XML element with its name resolved: what a stanza is made of.
///
/// A plain value. Prefixes, and attributes with a namespace other than `xml:`, are not kept: nothing that we speak
/// needs them.
struct Element: Sendable, Hashable {
  enum Node: Sendable, Hashable {
    case element(Element)
    case text(String)
  }

  var name: String
  var namespace: String
  /// By name; those of the `xml` namespace as `xml:lang`.
  var attributes: [String: String]
  var nodes: [Node]

  init(
    _ name: String, _ namespace: String, _ attributes: [String: String] = [:], _ children: [Element] = []
  ) {
    self.name = name
    self.namespace = namespace
    self.attributes = attributes
    nodes = children.map(Node.element)
  }

  init(_ name: String, _ namespace: String, _ attributes: [String: String] = [:], text: String) {
    self.name = name
    self.namespace = namespace
    self.attributes = attributes
    nodes = [.text(text)]
  }

  subscript(attribute: String) -> String? { attributes[attribute] }

  /// The elements directly within this one.
  var children: [Element] {
    nodes.compactMap { node in
      if case .element(let child) = node { child } else { nil }
    }
  }

  /// The text directly within this element, put together.
  var text: String {
    nodes.reduce(into: "") { text, node in
      if case .text(let part) = node { text += part }
    }
  }

  func children(_ name: String, _ namespace: String) -> [Element] {
    children.filter { $0.name == name && $0.namespace == namespace }
  }

  func child(_ name: String, _ namespace: String) -> Element? {
    for case .element(let child) in nodes where child.name == name && child.namespace == namespace {
      return child
    }
    return nil
  }
}
