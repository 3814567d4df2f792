// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
import Foundation

extension XMPPLink {
  /// The longest notice, in bytes.
  public static let longestNotice = 16 * 1_024

  /// Tells a member something, in the server's name (XEP-0356, section 5.3). The server keeps it for who is away.
  ///
  /// - Returns: once the server has taken it. After `interrupted` or `timedOut` it may have; told again, it is told twice.
  /// - Throws: ``LinkError``; `badValue` for an empty text, `tooLarge` for one of more than ``longestNotice`` bytes,
  ///   `notPrivileged` if the server does not let us write.
  public func notify(_ name: Name, _ text: String) async throws(LinkError) {
    try await write(text, to: name)
  }

  /// Tells a member of a call that they missed. The message says in a form of its own which, has the same id however often it is
  /// told, and is kept in the archive.
  ///
  /// - Parameter isLate: whether it is told so late that apps should show when it was (XEP-0203).
  /// - Throws: as ``notify(_:_:)``.
  public func notify(
    _ name: Name, missed call: MissedCall, isLate: Bool, _ text: String
  ) async throws(LinkError) {
    try await write(
      text, to: name, id: "missed-\(call.id)",
      Self.elements(of: call, lateFrom: isLate ? settings.domain : nil))
  }

  /// - Parameter lateFrom: who tells of it late; `nil` if it is told in time.
  static func elements(of call: MissedCall, lateFrom: String?) -> [Element] {
    let at = call.at.date.formatted(.iso8601)
    var elements = [
      Element(
        "missed-call", LinkNamespace.calls,
        ["id": call.id.text, "from": call.caller.description, "at": at]),
      Element("store", LinkNamespace.hints),
    ]
    if let lateFrom {
      elements.append(Element("delay", LinkNamespace.delay, ["from": lateFrom, "stamp": at]))
    }
    return elements
  }

  private func write(
    _ text: String, to name: Name, id: String? = nil, _ more: [Element] = []
  ) async throws(LinkError) {
    guard !text.isEmpty else {
      throw LinkError(.badValue, cause: "A notice without text.", remedy: "Say something.")
    }
    guard text.utf8.count <= Self.longestNotice else {
      throw LinkError(
        .tooLarge, cause: "A notice has at most \(Self.longestNotice / 1_024) KiB.", remedy: "Say less.")
    }
    let privileges = state.privileges
    if let privileges, !privileges.mayWrite { throw .notPrivileged("writing in the server's name") }
    try await deliver(
      Self.notice(
        text, to: "\(name)@\(settings.domain)", from: settings.domain, privileges?.version ?? .second, id: id,
        more))
  }

  static func notice(
    _ text: String, to: String, from: String, _ version: Privileges.Version, id: String? = nil,
    _ more: [Element] = []
  ) -> Element {
    let body = Element("body", LinkNamespace.client, text: text)
    var attributes = ["type": "chat", "to": to, "from": from]
    attributes["id"] = id
    // Of the clients' namespace, as whoever gets it will read it.
    let message = Element("message", LinkNamespace.client, attributes, [body] + more)
    let forwarded = Element("forwarded", LinkNamespace.forward, [:], [message])
    return Element("privilege", version.rawValue, [:], [forwarded])
  }
}
