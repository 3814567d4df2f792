// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
import Crypto
public import Foundation

/// What a webhook of the home server says. **A hint only**: it may be late, out of order or sent again, and
/// some changes are never told; ask the home server how the member stands.
public struct WebhookHint: Sendable, Equatable {
  public let event: Event
  /// When the event happened, by the server's clock, if it can be read. Nothing may be decided by it.
  public let createdAt: Date?
  /// The account that it is about, if it is one of the home server's own.
  public let account: Subject?

  /// Open: servers invent events.
  public struct Event: RawRepresentable, Sendable, Hashable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let accountApproved = Event(rawValue: "account.approved")
    public static let accountCreated = Event(rawValue: "account.created")
    public static let accountUpdated = Event(rawValue: "account.updated")

    public var isAboutAccount: Bool { rawValue.hasPrefix("account.") }
  }

  /// Nothing of the member but this leaves the parser; above all no e-mail and no IP address.
  public struct Subject: Sendable, Equatable {
    public let id: String
    /// In lower case.
    public let username: String
    public let isSuspended: Bool
    public let isDisabled: Bool?
    public let isApproved: Bool?
  }

  /// How long a webhook may be, in bytes.
  public static let longest = 1 << 20

  /// Checks the signature over the raw body (`X-Hub-Signature: sha256=` and the HMAC in hexadecimal), then
  /// reads it.
  /// - Throws: `signatureMissing`, `signatureWrong`, `tooLarge`, `notUnderstood`; `badRequest` if the shared
  ///   secret is
  ///   empty.
  public init(body: Data, signature: String?, secret: Secret) throws(HomeServerError) {
    guard !secret.isEmpty else {
      throw HomeServerError(
        .badRequest, cause: "No secret for webhooks is configured.",
        remedy: "Give the one that Mastodon shows.")
    }
    guard body.count <= Self.longest else {
      throw HomeServerError(.tooLarge, cause: "The webhook is too long.", remedy: "Check who sends it.")
    }
    guard let signature else {
      throw HomeServerError(
        .signatureMissing, cause: "The webhook is not signed.",
        remedy: "Let the home server send it, with the header X-Hub-Signature.")
    }
    let key = SymmetricKey(data: Data(secret.reveal().utf8))
    guard let code = Self.code(signature),
      HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: body, using: key)
    else {
      throw HomeServerError(
        .signatureWrong, cause: "The webhook's signature is wrong.",
        remedy: "Compare the secret in the configuration with the one that Mastodon shows for this webhook.")
    }
    guard let message = try? JSONDecoder.mastodon.decode(Message.self, from: body),
      (1...100).contains(message.event.utf8.count)
    else { throw Self.notUnderstood }
    event = Event(rawValue: message.event.printable(limit: 100))
    createdAt = message.createdAt.flatMap { text in
      (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
        ?? (try? Date.ISO8601FormatStyle().parse(text))
    }
    guard event.isAboutAccount else {
      account = nil
      return
    }
    // Read a second time and by event: the objects of other events have another shape.
    guard let object = try? JSONDecoder.mastodon.decode(AccountMessage.self, from: body).object else {
      throw Self.notUnderstood
    }
    account = object.seen.map {
      Subject(
        id: $0.id, username: $0.username, isSuspended: $0.isSuspended, isDisabled: $0.isDisabled,
        isApproved: $0.isApproved)
    }
  }

  private struct Message: Decodable {
    let event: String
    let createdAt: String?
  }
  private struct AccountMessage: Decodable { let object: AdminAccountWire }

  private static let notUnderstood = HomeServerError(
    .notUnderstood, cause: "The webhook is signed, but it is not what Mastodon sends.",
    remedy: "Check that the webhook's template is empty in Mastodon's settings.")

  private static func code(_ header: String) -> Data? {
    let prefix = "sha256="
    guard header.hasPrefix(prefix) else { return nil }
    let digits = Array(header.utf8.dropFirst(prefix.utf8.count))
    guard digits.count == 64 else { return nil }
    var bytes = Data()
    for index in stride(from: 0, to: 64, by: 2) {
      guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
