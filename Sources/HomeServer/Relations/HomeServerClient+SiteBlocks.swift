// SPDX-License-Identifier: AGPL-3.0-or-later

public import Credentials
import Foundation

/// The servers that the home server's admin has shut out for everybody.
public struct SiteBlocks: Sendable, Equatable {
  /// Who told: moderators see all names, others may see some with letters replaced.
  public enum Source: String, Sendable {
    case admin
    case instance
  }

  public let source: Source
  /// In lower case, as DNS has them; each stands for itself and all below it.
  public let domains: Set<String>
  /// SHA-256, in hexadecimal digits, of the domains whose names are hidden.
  public let hiddenDigests: Set<String>
  /// How many names are hidden, with or without a digest.
  public let hidden: Int
  /// Whether there are more than are read.
  public let isCut: Bool

  public init(
    source: Source, domains: Set<String>, hiddenDigests: Set<String> = [], hidden: Int = 0,
    isCut: Bool = false
  ) {
    self.source = source
    self.domains = domains
    self.hiddenDigests = hiddenDigests
    self.hidden = hidden
    self.isCut = isCut
  }
}

extension HomeServerClient {
  /// The servers that are suspended there; those that are only limited may go on writing to members who want them.
  ///
  /// An admin's token first (`admin:read:domain_blocks`); where it may not, what the home server shows to members or to
  /// everybody.
  /// - Parameter token: any member's, for home servers that show the list to members only.
  /// - Returns: `nil` if the home server tells nobody.
  /// - Throws: as the lists of a member do.
  public func siteBlocks(
    adminToken: Secret?, token: AccessToken?, _ discovery: Discovery, limits: ListLimits = ListLimits()
  ) async throws(HomeServerError) -> SiteBlocks? {
    if let adminToken, discovery.capabilities.contains(.adminAPI) {
      let path = "/api/v1/admin/domain_blocks"
      if let found = try await siteBlocks(.admin, path, adminToken, limits) { return found }
    }
    return try await siteBlocks(.instance, "/api/v1/instance/domain_blocks", token?.secret, limits)
  }

  private func siteBlocks(
    _ source: SiteBlocks.Source, _ path: String, _ token: Secret?, _ limits: ListLimits
  ) async throws(HomeServerError) -> SiteBlocks? {
    let purpose = "site blocks by \(source.rawValue)"
    let listing: Listing<SiteBlockWire>
    do throws(HomeServerError) {
      listing = try await list(
        purpose, path, size: 200, token: token, limits: limits, key: { $0.digest ?? $0.domain },
        read: { (wire: SiteBlockWire) in wire })
    } catch {
      // Not shown to us, or not at all: that says nothing about which servers are blocked.
      let closed: Set<HomeServerError.Code> = [
        .wrongScope, .tokenRevoked, .tokenNeeded, .notFound, .appOnlyToken,
      ]
      if closed.contains(error.code) || [403, 404, 405].contains(error.status) { return nil }
      throw error
    }
    let suspended = listing.entries.filter(\.isSuspended)
    let (named, hidden) = (suspended.filter { !$0.isHidden }, suspended.filter(\.isHidden))
    return SiteBlocks(
      source: source, domains: Set(named.compactMap { ListedAccount.asciiDomain($0.domain) }),
      hiddenDigests: Set(hidden.compactMap(\.digest).map { $0.lowercased() }), hidden: hidden.count,
      isCut: listing.isCut)
  }
}

/// Mastodon's DomainBlock and Admin::DomainBlock entities.
private struct SiteBlockWire: Decodable, Sendable {
  let domain: String
  /// GoToSocial has none: what stands in its list is suspended.
  let severity: String?
  let digest: String?

  var isSuspended: Bool { severity == nil || severity == "suspend" }
  /// Mastodon puts asterisks for letters.
  var isHidden: Bool { domain.contains("*") }
}
