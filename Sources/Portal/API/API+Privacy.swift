// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird

extension API {
  @Sendable func showPrivacy(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    return try await privacy(session.account.privacy, session)
  }

  /// What is not named stays as it is.
  @Sendable func changePrivacy(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let body = try await JSONBody(visit, fields: Set(["presence"] + settings.services.map(\.apiName)))
    var privacy = session.account.privacy
    if let policy: PresencePolicy = try word(body, "presence") { privacy.presence = policy }
    for service in settings.services {
      if let reach: Reach = try word(body, service.apiName) { privacy[service] = reach }
    }
    try await accounts.setPrivacy(privacy, of: session.account.id, by: .member)
    return try await self.privacy(privacy, session)
  }

  @Sendable func setChosen(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    try await accounts.setChosen(Set(addresses(visit)), of: session.account.id, by: .member)
    return try await privacy(session.account.privacy, session)
  }

  @Sendable func showSight(_ visit: Visit) async throws -> Response {
    let now = try await accounts.sightNow(of: visit.member().account.id)
    return try answer(
      APIRecord.Sight(
        known: now.isKnown, online: Nullable(now.isKnown ? now.sight?.online ?? 0 : nil),
        seenBy: (now.sight?.seenBy ?? []).sorted().map(\.description), ringing: now.ringing))
  }

  private func privacy(_ privacy: Privacy, _ session: Session) async throws -> Response {
    let chosen = try await accounts.contacts(of: session.account.id).entries.filter(\.isChosen)
    return try answer(
      APIRecord.Privacy(
        presence: privacy.presence.rawValue, chat: privacy.chatReach.rawValue,
        calls: privacy.callReach.rawValue, chosen: chosen.map(\.contact.address.description)))
  }

  /// - Returns: `nil` if the body does not name the field.
  private func word<Word: RawRepresentable & CaseIterable>(
    _ body: JSONBody, _ field: String
  ) throws -> Word? where Word.RawValue == String {
    guard let text = try body.optionalString(field) else { return nil }
    guard let word = Word(rawValue: text) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw APIProblem(
        .badRequest, cause: "“\(field)” is none of the words that it can be.", remedy: "It knows: \(known).",
        field: field)
    }
    return word
  }
}
