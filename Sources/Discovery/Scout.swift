// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// Asks other domains what they say about themselves and their accounts. It remembers nothing: whoever asks keeps the
/// answers.
public struct Scout: Sendable {
  private let resolver: Resolver
  private let webFinger: WebFingerClient
  private let boundary: Boundary

  /// - Parameters:
  ///   - port: of WebFinger; another one than 443 in tests only.
  ///   - caFile: PEM, trust roots to accept besides the system's.
  /// - Throws: ``DiscoveryError``.
  public init(
    nameServer: String? = nil, boundary: Boundary = Boundary(), resolverLimits: Resolver.Limits = .init(),
    webFingerLimits: WebFingerClient.Limits = .init(), port: Int = 443, caFile: String? = nil
  ) throws(DiscoveryError) {
    resolver = try Resolver(nameServer: nameServer, limits: resolverLimits)
    self.boundary = boundary
    do {
      webFinger = try WebFingerClient(
        resolver: resolver, boundary: boundary, limits: webFingerLimits, port: port, caFile: caFile)
    } catch {
      resolver.shutdown()
      throw error
    }
  }

  /// Ends all questions to DNS, and with them whatever is about to be asked. Call it once.
  public func shutdown() { resolver.shutdown() }

  /// Whether a domain is one that can be asked at all.
  public func mayAsk(_ domain: String) -> Bool { boundary.mayAsk(domain) }

  /// What DNS says of a service at a domain; `nil` if it says nothing that can be used.
  public func offer(of service: Service, at domain: String) async -> DomainOffer? {
    guard mayAsk(domain) else { return nil }
    return try? await resolver.offer(of: service, at: domain).get()
  }

  /// What an account's own server states about it.
  public func statements(of account: Address) async -> WebFingerAnswer { await webFinger.ask(about: account) }
}
