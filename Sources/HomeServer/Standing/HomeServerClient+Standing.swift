// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
import Foundation

extension HomeServerClient {
  /// How a member stands, by the ways that are open: an admin's token; the member's own; the public entry by
  /// id; and the one by name if the others leave it open. It stops at the first that says everything.
  ///
  /// Never throws: what could not be asked is silence, and silence is no verdict. The evidence is returned
  /// too, for the log and for the next look.
  /// - Parameters:
  ///   - adminToken: with `admin:read:accounts`.
  ///   - earlier: evidence of the last look, if that ended in doubt.
  public func standing(
    _ question: StandingQuestion, token: AccessToken? = nil, adminToken: Secret? = nil,
    earlier: [StandingEvidence] = [], urgency: Urgency = .background
  ) async -> (verdict: StandingVerdict, evidence: [StandingEvidence]) {
    var evidence: [StandingEvidence] = []
    if let adminToken {
      let seen = await evidenceFromAdmin(id: question.id, adminToken, urgency)
      evidence.append(seen)
      // The moderators' entry says it all, and one request for each member keeps within the limits.
      if case .account = seen.answer { return (question.judge(evidence), evidence) }
    }
    if let token {
      let seen = await evidenceFromMember(token, urgency)
      evidence.append(seen)
      // Whose token works is not shut out. Each token has an allowance of its own, while all public questions
      // share one.
      if case .account(let account) = seen.answer, account.id == question.id {
        return (question.judge(evidence), evidence)
      }
    }
    evidence.append(await evidenceFromPublic(id: question.id, urgency))
    let verdict = question.judge(evidence)
    // By id is gone: who has the name now decides between deleted and passed on. Silent: the name is another
    // try.
    switch verdict {
    case .deleted, .unknown:
      evidence.append(await evidenceFromPublic(name: question.username, urgency))
      return (question.judge(earlier.filter { $0.source == .publicName } + evidence), evidence)
    default: return (verdict, evidence)
    }
  }

  /// The public entry by id: needs no rights, but some servers tell nobody without a token.
  public func evidenceFromPublic(id: String, _ urgency: Urgency = .background) async -> StandingEvidence {
    guard AccountWire.isID(id) else { return StandingEvidence(.publicID, .silence(.badRequest)) }
    return await publicEvidence(.publicID, origin.url("/api/v1/accounts/\(id)"), urgency)
  }

  /// The public entry by name.
  public func evidenceFromPublic(name: String, _ urgency: Urgency = .background) async -> StandingEvidence {
    await publicEvidence(
      .publicName, origin.url("/api/v1/accounts/lookup", query: [("acct", name)]), urgency)
  }

  /// What the member's own token shows.
  public func evidenceFromMember(_ token: AccessToken, _ urgency: Urgency = .background) async
    -> StandingEvidence
  {
    do throws(HomeServerError) {
      let wire = try await ask(AccountWire.self, whoAmI(token, urgency))
      return StandingEvidence(.memberToken, .account(try seen(wire)))
    } catch { return StandingEvidence(.memberToken, failure: error) }
  }

  /// The moderators' entry. E-mail and IP addresses in it are never decoded.
  public func evidenceFromAdmin(
    id: String, _ adminToken: Secret, _ urgency: Urgency = .background
  ) async -> StandingEvidence {
    guard AccountWire.isID(id) else { return StandingEvidence(.admin, .silence(.badRequest)) }
    do throws(HomeServerError) {
      let url = origin.url("/api/v1/admin/accounts/\(id)")
      let entry = try await ask(
        AdminAccountWire.self, .get("admin account", url, token: adminToken, urgency: urgency))
      guard let seen = entry.seen else { return StandingEvidence(.admin, .silence(.notUnderstood)) }
      return StandingEvidence(.admin, .account(seen))
    } catch { return StandingEvidence(.admin, failure: error) }
  }

  private func publicEvidence(
    _ source: StandingEvidence.Source, _ url: URL, _ urgency: Urgency
  ) async -> StandingEvidence {
    do throws(HomeServerError) {
      let purpose = source == .publicID ? "account by id" : "account by name"
      let wire = try await ask(AccountWire.self, .get(purpose, url, urgency: urgency))
      return StandingEvidence(source, .account(try seen(wire)))
    } catch { return StandingEvidence(source, failure: error) }
  }

  /// Less strict than ``HomeAccount``: a member who was renamed to what we do not serve must be seen as
  /// renamed.
  private func seen(_ wire: AccountWire) throws(HomeServerError) -> StandingEvidence.Seen {
    guard AccountWire.isID(wire.id), wire.acct.lowercased() == wire.username.lowercased() else {
      throw HomeServerError(
        .notLocal, cause: "The home server answered with an account of another server.",
        remedy: "Tell us its software and version.")
    }
    return StandingEvidence.Seen(
      id: wire.id, username: wire.username.printable(limit: 100), isSuspended: wire.suspended ?? false,
      // Mastodon disables the login of who has moved, and says so to the member's token alone.
      isDisabled: wire.moved == nil ? nil : true)
  }
}
