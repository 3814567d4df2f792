// SPDX-License-Identifier: AGPL-3.0-or-later

import AsyncHTTPClient
public import Directory
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// Asks an account's own server what it states about the account (RFC 7033).
///
/// A stranger decides where the name of a domain leads. So the name is resolved here, every address that it has is held
/// against the ``Boundary``, and the connection goes to an address that was looked at: nothing resolves the name a second
/// time. The certificate must be for the name. Nothing is kept between two questions: no connection, no cookie.
public struct WebFingerClient: Sendable {
  public struct Limits: Sendable, Hashable {
    /// For one connection, with TLS.
    public var connect: Duration
    /// For one question, with all redirects and the whole body.
    public var overall: Duration
    /// How much of an answer is read, in bytes.
    public var body: Int
    public var redirects: Int
    /// To how many of its addresses a connection is tried.
    public var addresses: Int

    public init(
      connect: Duration = .seconds(4), overall: Duration = .seconds(10), body: Int = 65_536,
      redirects: Int = 3,
      addresses: Int = 3
    ) {
      self.connect = connect
      self.overall = overall
      self.body = body
      self.redirects = redirects
      self.addresses = addresses
    }
  }

  private let resolver: Resolver
  private let boundary: Boundary
  private let limits: Limits
  private let port: Int
  private let tls: TLSConfiguration

  /// - Parameters:
  ///   - port: another one in tests only: RFC 7033 (section 4) knows none but 443.
  ///   - caFile: PEM, trust roots to accept besides the system's.
  /// - Throws: `badTrustRoots`.
  public init(
    resolver: Resolver, boundary: Boundary, limits: Limits = Limits(), port: Int = 443, caFile: String? = nil
  ) throws(DiscoveryError) {
    self.resolver = resolver
    self.boundary = boundary
    self.limits = limits
    self.port = port
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv12
    if let caFile {
      guard let roots = try? NIOSSLCertificate.fromPEMFile(caFile), !roots.isEmpty else {
        throw DiscoveryError(
          .badTrustRoots, cause: "The file with the extra trust roots holds no certificate that can be read.",
          remedy: "Give a readable PEM file, or leave it out.")
      }
      tls.additionalTrustRoots = [.certificates(roots)]
    }
    self.tls = tls
  }

  /// What the account's own server states about it.
  public func ask(about account: Address) async -> WebFingerAnswer {
    guard account.local != nil, boundary.mayAsk(account.domain) else { return .failed(.noAddress) }
    let deadline = ContinuousClock.now + limits.overall
    // The whole question ends at the deadline, however slowly the bytes drip.
    return await withTaskGroup(of: WebFingerAnswer?.self) { group in
      group.addTask { await follow(account, until: deadline) }
      group.addTask {
        do { try await Task.sleep(until: deadline, clock: .continuous) } catch { return nil }
        return .failed(.timedOut)
      }
      var first: WebFingerAnswer?
      while first == nil, let next = await group.next() { first = next }
      group.cancelAll()
      return first ?? .failed(.timedOut)
    }
  }

  private func follow(
    _ account: Address, until deadline: ContinuousClock.Instant
  ) async -> WebFingerAnswer {
    var url = WebFingerURL(about: account, port: port)
    do throws(WebFingerFailure) {
      for _ in 0...limits.redirects {
        let reply = try await exchange(url, until: deadline)
        switch reply.status {
        case 200:
          guard reply.isDescriptor else { return .failed(.notUnderstood) }
          return JSONResourceDescriptor.read(reply.body, about: account)
        case 301, 302, 303, 307, 308:
          guard let next = reply.location.flatMap({ WebFingerURL(redirect: $0, from: url) }),
            boundary.mayAsk(next.host)
          else { return .failed(.redirected) }
          url = next
        case 404, 410: return .nobody
        default: return .failed(.refused)
        }
      }
      return .failed(.redirected)
    } catch {
      return .failed(error)
    }
  }

  /// One request, one answer.
  private func exchange(
    _ url: WebFingerURL, until deadline: ContinuousClock.Instant
  ) async throws(WebFingerFailure) -> WebFingerReply {
    guard case .found(let addresses) = await resolver.addresses(of: url.host) else { throw .noAddress }
    let admitted = boundary.admitted(addresses)
    guard !admitted.isEmpty else { throw .forbiddenAddress }
    var failure = WebFingerFailure.unreachable
    for address in admitted.prefix(limits.addresses) {
      do throws(WebFingerFailure) {
        return try await exchange(url, at: address, until: deadline)
      } catch {
        // Only where nobody was there is the next address worth a try.
        guard error == .unreachable, ContinuousClock.now < deadline, !Task.isCancelled else { throw error }
        failure = error
      }
    }
    throw failure
  }

  private func exchange(
    _ url: WebFingerURL, at address: NetworkAddress, until deadline: ContinuousClock.Instant
  ) async throws(WebFingerFailure) -> WebFingerReply {
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
    configuration.dnsOverride = [url.host: address.description]
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    configuration.timeout.connect = TimeAmount(limits.connect)
    configuration.timeout.read = TimeAmount(limits.overall)
    configuration.connectionPool.retryConnectionEstablishment = false
    var request = HTTPClientRequest(url: url.text)
    request.headers.add(name: "Accept", value: "application/jrd+json, application/json;q=0.9")
    request.headers.add(name: "User-Agent", value: "Trunkline")
    request.headers.add(name: "Connection", value: "close")
    let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let outcome: Result<WebFingerReply, WebFingerFailure>
    do {
      let left = max(.milliseconds(1), deadline - ContinuousClock.now)
      let response = try await http.execute(request, timeout: TimeAmount(left))
      outcome = .success(try await WebFingerReply(response, limit: limits.body))
    } catch {
      outcome = .failure(WebFingerFailure(error))
    }
    try? await http.shutdown()
    return try outcome.get()
  }
}
