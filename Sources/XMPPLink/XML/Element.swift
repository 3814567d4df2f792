// SPDX-License-Identifier: AGPL-3.0-or-later

/// An XML element with its name resolved: what a stanza is made of.
///
/// A plain value. Prefixes, and attributes with a namespace other than `xml:`, are not kept: nothing that we speak
/// needs them.
public struct Element: Sendable, Hashable {
  public enum Node: Sendable, Hashable {
    case element(Element)
    case text(String)
  }

  public var name: String
  public var namespace: String
  /// By name; those of the `xml` namespace as `xml:lang`.
  public var attributes: [String: String]
  public var nodes: [Node]

  public init(
    _ name: String, _ namespace: String, _ attributes: [String: String] = [:], _ children: [Element] = []
  ) {
    self.name = name
    self.namespace = namespace
    self.attributes = attributes
    nodes = children.map(Node.element)
  }

  public init(_ name: String, _ namespace: String, _ attributes: [String: String] = [:], text: String) {
    self.name = name
    self.namespace = namespace
    self.attributes = attributes
    nodes = [.text(text)]
  }

  public subscript(attribute: String) -> String? { attributes[attribute] }

  /// The elements directly within this one.
  public var children: [Element] {
    nodes.compactMap { node in
      if case .element(let child) = node { child } else { nil }
    }
  }

  /// The text directly within this element, put together.
  public var text: String {
    nodes.reduce(into: "") { text, node in
      if case .text(let part) = node { text += part }
    }
  }

  public func children(_ name: String, _ namespace: String) -> [Element] {
    children.filter { $0.name == name && $0.namespace == namespace }
  }

  public func child(_ name: String, _ namespace: String) -> Element? {
    for case .element(let child) in nodes where child.name == name && child.namespace == namespace {
      return child
    }
    return nil
  }
}
