// SPDX-License-Identifier: AGPL-3.0-or-later

import AsyncHTTPClient
import Credentials
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// Sends requests to one home server and reads the answers, within ``WireLimits``. The only place that does
/// I/O.
struct Wire: Sendable {
  let address: HomeServerAddress
  let limits: WireLimits
  let pacer: Pacer
  let userAgent: String
  let random: RandomBytes
  let logger: Logger
  private let http: HTTPClient

  init(
    address: HomeServerAddress, limits: WireLimits, pacer: Pacer, userAgent: String, random: RandomBytes,
    logger: Logger
  ) throws(HomeServerError) {
    self.address = address
    self.limits = limits
    self.pacer = pacer
    self.userAgent = userAgent
    self.random = random
    self.logger = logger
    http = HTTPClient(
      eventLoopGroupProvider: .singleton, configuration: try Self.configuration(address, limits))
  }

  func shutdown() async { try? await http.shutdown().get() }

  private static func configuration(
    _ address: HomeServerAddress, _ limits: WireLimits
  ) throws(HomeServerError) -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv12
    if let file = address.caFile {
      guard let roots = try? NIOSSLCertificate.fromPEMFile(file), !roots.isEmpty else {
        throw HomeServerError(
          .badAddress,
          cause: "The file with the home server's trust root holds no certificate that can be read.",
          remedy: "Give a readable PEM file, or leave it out.")
      }
      tls.additionalTrustRoots = [.certificates(roots)]
    }
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
    // Redirects are followed here and not by the client, since only those within the server are.
    configuration.redirectConfiguration = .disallow
    configuration.timeout.connect = TimeAmount(limits.connect)
    configuration.timeout.read = TimeAmount(limits.overall)
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    // Shorter than any web server keeps idle connections: a code must not be lost on one that is being closed.
    configuration.connectionPool.idleTimeout = .seconds(4)
    if let other = address.connectAddress, let host = address.baseURL.host {
      configuration.dnsOverride = [host: other]
    }
    return configuration
  }

  /// Sends, repeats after outages if that is harmless, follows redirects if that is harmless, and reads the
  /// answer. Any status is an answer; see ``HomeReply`` and ``Refusal``.
  func send(_ request: HomeRequest) async throws(HomeServerError) -> HomeReply {
    let deadline = ContinuousClock.now + limits.overall
    var attempt = 0
    while true {
      let failure: HomeServerError
      do throws(HomeServerError) {
        let reply = try await follow(request, until: deadline)
        guard [502, 503, 504].contains(reply.status), reply.limit.retryAfter == nil else { return reply }
        guard request.method == .get, attempt < limits.retries else { return reply }
        failure = HomeServerError(
          .serverFailed, cause: "The home server is not in order.", remedy: "Try again later.",
          status: reply.status)
      } catch {
        guard error.code == .unreachable, request.method == .get, attempt < limits.retries else {
          throw error
        }
        failure = error
      }
      let pause = limits.pause(beforeRetry: attempt, chance: Double(random(1)[0]) / 256)
      guard ContinuousClock.now + pause < deadline else { throw failure }
      logger.debug(
        "Home server: once more", metadata: ["purpose": "\(request.purpose)", "after": "\(failure.code)"])
      do { try await Task.sleep(for: pause) } catch { throw Self.cancelled }
      attempt += 1
    }
  }

  private func follow(
    _ request: HomeRequest, until deadline: ContinuousClock.Instant
  ) async throws(HomeServerError) -> HomeReply {
    var url = request.url
    for _ in 0...limits.redirects {
      try await pacer.admit(request.allowance, request.urgency)
      let reply = try await exchange(request, url, until: deadline)
      await pacer.note(reply.limit, status: reply.status, for: request.allowance)
      guard [301, 302, 303, 307, 308].contains(reply.status) else { return reply }
      guard
        request.method == .get, let location = reply.location,
        let target = URL(string: location, relativeTo: url)?.absoluteString,
        let next = address.origin.accept(target)
      else {
        throw HomeServerError(
          .redirected, cause: "The home server sends us elsewhere (\(request.purpose)).",
          remedy: "Configure the address that it really answers at, and let nothing redirect its API.",
          status: reply.status)
      }
      url = next
    }
    throw HomeServerError(
      .redirected, cause: "The home server redirects without an end (\(request.purpose)).",
      remedy: "Check the redirects of its web server.")
  }

  /// One request, one answer; both end at the deadline, however slowly the bytes drip.
  private func exchange(
    _ request: HomeRequest, _ url: URL, until deadline: ContinuousClock.Instant
  ) async throws(HomeServerError) -> HomeReply {
    let message = prepare(request, url)
    let started = ContinuousClock.now
    let outcome: Result<HomeReply, any Error>
    outcome = await withTaskGroup(of: Result<HomeReply, any Error>?.self) { group in
      group.addTask {
        do { return .success(try await perform(message, for: request, until: deadline)) } catch {
          return .failure(error)
        }
      }
      group.addTask {
        do { try await Task.sleep(until: deadline, clock: .continuous) } catch { return nil }
        return .failure(HTTPClientError.deadlineExceeded)
      }
      // The timer yields nothing when it is cancelled together with us; then the exchange has the word.
      var first: Result<HomeReply, any Error>?
      while first == nil, let next = await group.next() { first = next }
      group.cancelAll()
      return first ?? .failure(CancellationError())
    }
    let took = ContinuousClock.now - started
    switch outcome {
    case .success(let reply):
      logger.debug(
        "Home server: answered",
        metadata: ["purpose": "\(request.purpose)", "status": "\(reply.status)", "took": "\(took)"])
      return reply
    case .failure(let error):
      let error = Self.translate(error)
      logger.info(
        "Home server: no answer",
        metadata: ["purpose": "\(request.purpose)", "code": "\(error.code)", "took": "\(took)"])
      throw error
    }
  }

  private func prepare(_ request: HomeRequest, _ url: URL) -> HTTPClientRequest {
    var message = HTTPClientRequest(url: url.absoluteString)
    message.headers.add(name: "Accept", value: "application/json")
    message.headers.add(name: "User-Agent", value: userAgent)
    if let token = request.token {
      message.headers.add(name: "Authorization", value: "Bearer \(token.reveal())")
    }
    switch request.method {
    case .get: message.method = .GET
    case .post:
      message.method = .POST
      message.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
      message.body = .bytes(ByteBuffer(string: request.body))
    }
    return message
  }

  private func perform(
    _ message: HTTPClientRequest, for request: HomeRequest, until deadline: ContinuousClock.Instant
  ) async throws -> HomeReply {
    let longest = request.longest ?? limits.body
    let left = ContinuousClock.now.duration(to: deadline)
    let response = try await http.execute(message, timeout: TimeAmount(left))
    if let text = response.headers.first(name: "content-length"), let length = Int(text), length > longest {
      throw Self.tooLarge(request.purpose)
    }
    var body = Data()
    for try await part in response.body {
      guard body.count + part.readableBytes <= longest else {
        throw Self.tooLarge(request.purpose)
      }
      body.append(contentsOf: part.readableBytesView)
    }
    let headers = response.headers
    return HomeReply(
      status: Int(response.status.code), body: body, contentType: headers.first(name: "content-type"),
      link: headers.contains(name: "link") ? headers["link"].joined(separator: ", ") : nil,
      location: headers.first(name: "location"),
      limit: RateLimitNotice(now: Date()) { headers.first(name: $0) })
  }
}

extension TimeAmount {
  /// Rounded up to a whole nanosecond, never negative.
  fileprivate init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self = .nanoseconds(max(1, seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
  }
}
