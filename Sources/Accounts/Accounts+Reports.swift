// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
public import Directory
import HomeServer
import Logging
import Storage

/// Whoever has written to a member uninvited can be reported to the home server's moderators: by the member, in the member's
/// name, through the home server's API. Nothing of that is kept here but that it happened.
extension Accounts {
  /// How long a permission waits to be used, in seconds.
  static let reportPermissionLife: Int64 = 900

  /// What there is to report of somebody whose first message waits. The sender learns nothing.
  /// - Throws: ``AccountsError`` `noSuchContact` if nothing of them waits, `chatServerAway`; `HomeServerError`.
  public func reportDraft(about sender: Address, by session: Session) async throws -> ReportDraft {
    let requests = try await messageRequests(of: session.account.id)
    guard let request = requests.first(where: { $0.sender == sender }) else {
      throw AccountsError.noSuchContact
    }
    let homeServer = try requireHomeServer()
    let now = clock()
    let kept = try await keptToken(of: session.account.id)
    let given = await homeServer.reportPermissions.token(of: session.signIn.fingerprint, at: now)
    let needed = Scopes.needed(for: .reporting, offered: try await homeServer.discovery().scopes)
    return ReportDraft(
      request: request, subject: try await subject(behind: sender, session.account, given ?? kept),
      isAllowed: given != nil || kept?.scopes.covers(needed) == true)
  }

  /// Tells the moderators; then what waits of the sender is dropped, and what they write later too.
  ///
  /// - Returns: whether the sender is refused: not, if the chat server went away meanwhile. The moderators have the report all
  ///   the same.
  /// - Throws: ``AccountsError`` `permissionNeeded`, `badChoice` if another account is meant than the member was shown, and as
  ///   ``reportDraft(about:by:)``. After an outage of the home server it may have arrived.
  @discardableResult
  public func report(_ report: MemberReport, by session: Session) async throws -> Bool {
    if let refusal = AccountsError.refusal(of: session.account) { throw refusal }
    let draft = try await reportDraft(about: report.sender, by: session)
    guard draft.isAllowed else { throw AccountsError.permissionNeeded }
    guard case .account(let account) = draft.subject, account.id == report.account else {
      throw AccountsError(
        .badChoice, cause: "The account that the report was about is not the sender's any more.",
        remedy: "Look at the request again.")
    }
    let told = try Report(
      account: account.id, comment: report.comment, category: report.category,
      isForwarded: report.isForwarded && account.isElsewhere)
    try await send(told, by: session)
    let (id, handle, now) = (session.account.id, session.account.handle.description, clock())
    try await ledger.write { [random] writer in
      // Whom it was about stands with the moderators.
      try writer.record(
        AuditEntry(
          at: now, actor: Author.member.rawValue, action: "request.reported", account: handle))
      guard report.blocks else { return }
      try writer.addErrand(.block, report.sender, of: id, batch: random.base32(16), at: now)
    }
    do {
      try await answer(request: report.sender, accept: false, of: id, by: .member)
      return true
    } catch let error as AccountsError where [.chatServerAway, .noSuchContact].contains(error.code) {
      return error.code == .noSuchContact
    }
  }

  /// With the permission that was given for it, which ends with that; or with the member's access, where the home server gives
  /// out none that is narrower.
  private func send(_ report: Report, by session: Session) async throws {
    let homeServer = try requireHomeServer()
    let permissions = homeServer.reportPermissions
    let now = clock()
    let given = await permissions.take(of: session.signIn.fingerprint, at: now)
    let kept = try await keptToken(of: session.account.id)
    guard let token = given?.token ?? kept else { throw AccountsError.permissionNeeded }
    do {
      try await homeServer.client.report(report, token)
    } catch {
      if Self.mendedBySignIn.contains(error.code.rawValue) { throw AccountsError.permissionNeeded }
      // May be tried again, as long as the permission lasts.
      if let given {
        await permissions.grant(given.token, to: session.signIn.fingerprint, until: given.until, at: now)
      }
      throw error
    }
    guard let given else { return }
    let moment = clock()
    try await ledger.write { try $0.hurryTokenReturn(Fingerprint(of: given.token.secret), at: moment) }
  }

  private func subject(
    behind sender: Address, _ account: Account, _ token: AccessToken?
  ) async throws -> ReportDraft.Subject {
    if sender.domain == rules.domain {
      guard let local = sender.local, let name = try? Name(local),
        let owner = try await ledger.read({ try $0.owner(of: name) })
      else { return .unknown }
      return .account(ReportedAccount(id: owner.id, handle: sender, isVerified: true, isElsewhere: false))
    }
    if let person = try await ledger.read({ try $0.person(stating: sender, among: account.id) }) {
      return .account(
        ReportedAccount(
          id: person.id, handle: person.address, isVerified: true,
          isElsewhere: person.address.domain != rules.domain))
    }
    guard sender.local != nil else { return .unknown }
    guard let token else { return .notAsked }
    let found: ListedAccount?
    do {
      found = try await requireHomeServer().client.account(at: sender.description, token)
    } catch let error as HomeServerError where Self.mendedBySignIn.contains(error.code.rawValue) {
      return .notAsked
    }
    // An account by another name is somebody else.
    guard let found, found.address == sender else { return .unknown }
    let stated = try await ledger.read { try $0.addressFindings(of: [sender])[sender]?.answer ?? [] }
    let isVerified = (found.stated + stated).contains { $0.service == .xmpp && $0.address == sender }
    return .account(
      ReportedAccount(id: found.id, handle: sender, isVerified: isVerified, isElsewhere: true))
  }
}
