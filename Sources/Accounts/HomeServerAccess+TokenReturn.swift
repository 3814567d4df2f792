// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Foundation
import HomeServer
import Storage

extension HomeServerAccess {
  /// Has the home server revoke a token of ours.
  ///
  /// - Returns: why it is not done; `nil` once the token is dead.
  /// - Throws: `StorageError`.
  func giveBack(_ token: AccessToken) async throws -> HomeServerError? {
    // It takes the app that the token was made for. After a change of the portal's address that is an older one.
    for registration in try await registrations() {
      let failure = await giveBack(token, by: registration)
      if failure?.code != .registrationInvalid { return failure }
    }
    // No app of ours may: then it counts whether the token is alive at all. One of a forgotten app is not.
    switch await client.evidenceFromMember(token).answer {
    case .tokenRefused: return nil
    case .silence(let code):
      return HomeServerError(
        code, cause: "The home server did not say whether the token is alive.", remedy: "It is asked again.")
    default:
      return HomeServerError(
        .registrationInvalid, cause: "The token is alive, and was made for an app that is not ours any more.",
        remedy: "Members can remove the app in the home server's settings.")
    }
  }

  private func giveBack(_ token: AccessToken, by registration: Registration) async -> HomeServerError? {
    do {
      if try await client.revoke(token, registration, discovery()) { return nil }
      return HomeServerError(
        .refused, cause: "The home server has no way to revoke a token.",
        remedy: "Members can remove the app in its settings.")
    } catch let error as HomeServerError {
      return error
    } catch {
      // Discovery promises nothing narrower.
      return HomeServerError(
        .unreachable, cause: "The home server was not asked.", remedy: "It is asked again.")
    }
  }

  /// Those that the home server knows us by, or once did.
  private func registrations() async throws -> [Registration] {
    let domain = client.address.domain
    return try await ledger.read { [key] in try $0.registrations(at: domain, key: key) }
      .compactMap { try? JSONDecoder().decode(Registration.self, from: Data($0.reveal().utf8)) }
      .filter { $0.home == client.address.baseURL }
  }
}
