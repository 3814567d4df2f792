// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
import HTTPTypes
import Hummingbird

extension API {
  typealias Call = (HTTPRequest.Method, String, Action, @escaping Routes.Handler) -> Void

  /// What concerns other people: contacts, requests, privacy.
  func addPeople(_ call: Call) {
    call(.get, "contacts", .readOwn, listContacts)
    call(.post, "contacts/preview", .changeOwn, previewContacts)
    call(.post, "contacts", .changeOwn, addContacts)
    call(.get, "contacts/batches/{id}", .readOwn, showBatch)
    call(.delete, "contacts/batches/{id}", .changeOwn, undoBatch)
    call(.post, "contacts/remove", .changeOwn, removeContact)
    call(.post, "contacts/answer", .changeOwn, answerAsking)
    call(.get, "people", .readOwn, listPeople)
    call(.get, "relations", .readOwn, showRelations)
    call(.patch, "relations", .changeOwn, changeRelations)
    call(.get, "requests", .readOwn, listRequests)
    call(.post, "requests/answer", .changeOwn, answerRequest)
    call(.get, "requests/report", .readOwn, showReport)
    call(.post, "requests/report", .changeOwn, sendReport)
    call(.get, "quiet-calls", .readOwn, listQuietCalls)
    call(.get, "privacy", .readOwn, showPrivacy)
    call(.patch, "privacy", .changeOwn, changePrivacy)
    call(.put, "privacy/chosen", .changeOwn, setChosen)
    call(.get, "privacy/sight", .readOwn, showSight)
  }

  @Sendable private func listContacts(_ visit: Visit) async throws -> Response {
    try answer(APIRecord.Contacts(try await accounts.contacts(of: visit.member().account.id)))
  }

  /// Sends nothing.
  @Sendable private func previewContacts(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let people = try await accounts.preview(adding: addresses(visit), of: session.account.id)
    return try answer(APIRecord.Preview(people: people.map(APIRecord.Previewed.init)))
  }

  @Sendable private func addContacts(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let begun = try await accounts.add(addresses(visit), of: session.account.id, by: .member)
    return try answer(APIRecord.Batch(begun), status: .accepted)
  }

  @Sendable private func showBatch(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    return try answer(
      APIRecord.Batch(
        try await accounts.progress(of: visit.parameter("id") ?? "", account: session.account.id)))
  }

  @Sendable private func undoBatch(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    try await accounts.undo(batch: visit.parameter("id") ?? "", of: session.account.id, by: .member)
    return Self.done
  }

  @Sendable private func removeContact(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let address = try address(try await JSONBody(visit, fields: ["address"]).string("address"), "address")
    try await accounts.removeContact(address, of: session.account.id, by: .member)
    return Self.done
  }

  @Sendable private func answerAsking(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let body = try await JSONBody(visit, fields: ["address", "accept"])
    let address = try address(try body.string("address"), "address")
    try await accounts.answer(
      asking: address, accept: body.bool("accept"), of: session.account.id, by: .member)
    return Self.done
  }

  // MARK: Pieces

  static var done: Response { Response(status: .noContent, headers: [.cacheControl: "no-store"]) }

  func address(_ text: String, _ field: String) throws(APIProblem) -> Address {
    try checked(field) { () throws(DirectoryError) in try Address(text) }
  }

  func addresses(_ visit: Visit) async throws -> [Address] {
    let texts = try await JSONBody(visit, fields: ["addresses"], upTo: Form.peopleLimit).strings("addresses")
    return try texts.map { try address($0, "addresses") }
  }
}
