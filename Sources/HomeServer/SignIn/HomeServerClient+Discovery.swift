// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

extension HomeServerClient {
  /// Finds out what the home server runs, and how one signs in with it.
  ///
  /// A server without metadata (404) is asked at the known paths; one whose metadata cannot be had for
  /// another reason is not, since whoever can disturb an answer must not be able to choose.
  /// - Throws: `softwareRefused` for software that cannot be used safely, `notUnderstood` if it does not say
  ///   what it is,
  ///   `mixedUp` if its description points elsewhere, or an outage.
  public func discover() async throws(HomeServerError) -> Discovery {
    let software = try await software()
    if let refusal = software.refusal {
      throw HomeServerError(
        .softwareRefused,
        cause: "The home server runs \(refusal.name), which cannot be used safely. \(refusal.reason)",
        remedy: "Members of this server cannot be served until that is mended.")
    }
    let request = HomeRequest.get("metadata", origin.url("/.well-known/oauth-authorization-server"))
    let reply = try await wire.send(request)
    if [404, 405, 410].contains(reply.status) || (reply.status == 200 && reply.isPage) {
      return Discovery(software: software, origin: origin)
    }
    guard reply.status == 200 else { throw Refusal.error(reply, for: request.purpose, hadToken: false) }
    return try Discovery(
      software: software, metadata: try reply.decode(OAuthMetadata.self, for: request.purpose), origin: origin
    )
  }

  /// NodeInfo: the index, then the newest document that it lists.
  func software() async throws(HomeServerError) -> Software {
    let index = try await ask(NodeInfoIndex.self, .get("nodeinfo index", origin.url("/.well-known/nodeinfo")))
    let known = index.links.filter { $0.rel.hasPrefix("http://nodeinfo.diaspora.software/ns/schema/2.") }
    guard let newest = known.max(by: { $0.rel < $1.rel }) else {
      throw HomeServerError(
        .notUnderstood, cause: "The home server does not say which software it runs.",
        remedy: "Let it publish NodeInfo, which all servers with Mastodon's API can.")
    }
    guard let url = origin.accept(newest.href) else {
      throw HomeServerError(
        .mixedUp, cause: "The home server's NodeInfo lies on another server.",
        remedy: "Configure the address that the home server gives for itself.")
    }
    let document = try await ask(NodeInfo.self, .get("nodeinfo", url))
    return Software(name: document.software.name, version: document.software.version)
  }
}

extension HomeReply {
  /// What servers answer that show their web client at every unknown path.
  fileprivate var isPage: Bool { contentType?.lowercased().hasPrefix("text/html") == true }
}

private struct NodeInfoIndex: Decodable {
  struct Link: Decodable {
    let rel: String
    let href: String
  }
  let links: [Link]
}

private struct NodeInfo: Decodable {
  struct Software: Decodable {
    let name: String
    let version: String
  }
  let software: Software
}
