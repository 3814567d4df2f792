// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// What all endpoints share: reading parameters, counting, limits, faults on purpose and the shape of errors.
struct FrontDoor: Sendable {
  let sandbox: Sandbox
  /// The endpoint's name in counters and faults.
  let name: String
  let kind: RouteTable.Kind

  private static let largestBody = 1024 * 1024

  func answer(
    _ request: Request, _ context: BasicRequestContext,
    _ handler: @Sendable (Exchange) async throws -> Response
  ) async -> Response {
    var allowance: RateWindows.Allowance?
    var response: Response
    do {
      let fault = kind == .control ? nil : await sandbox.state.arrive(name)
      if let fault, let spoiled = try await spoil(fault) { return spoiled }
      let exchange = try await read(request, context, fault: fault)
      if kind == .control { try guardControl(exchange) }
      if kind == .api || name == "POST /auth/sign_in" {
        allowance = try await admit(exchange)
      }
      if allowance?.exceeded == true { throw Refusal.tooMany }
      if kind == .api { try exchange.refuseSuspended() }
      response = try await handler(exchange)
    } catch let refusal as Refusal {
      response = Response(refusal)
    } catch let fault as OAuthFault {
      response = .json(fault.json, status: fault.status)
      for (name, value) in fault.headers {
        if let name = HTTPField.Name(name) { response.headers[name] = value }
      }
    } catch is CancellationError {
      response = Response(status: .serviceUnavailable)
    } catch {
      sandbox.logger.error("request failed", metadata: ["endpoint": "\(name)", "error": "\(error)"])
      response = Response(Refusal(500, "An error occurred while processing your request"))
    }
    if let allowance {
      response.headers[.rateLimit] = String(allowance.limit)
      response.headers[.rateRemaining] = String(allowance.remaining)
      response.headers[.rateReset] = Self.microseconds(allowance.reset)
    }
    if kind == .api {
      response.headers[.cacheControl] = "private, no-store"
      response.headers[.contentSecurityPolicy] =
        "default-src 'none'; frame-ancestors 'none'; form-action 'none'"
    }
    return response
  }

  /// A time as Mastodon's limits write it: UTC with six digits of a second.
  private static func microseconds(_ time: Date) -> String {
    (JSON(time).text ?? "").replacing("Z", with: "000Z")
  }

  private func read(
    _ request: Request, _ context: BasicRequestContext, fault: Fault?
  ) async throws -> Exchange {
    var request = request
    var fields = Fields()
    var json: JSON?
    if let query = request.uri.query { try fields.add(encoded: Substring(query)) }
    let body: ByteBuffer
    do { body = try await request.collectBody(upTo: Self.largestBody) } catch {
      throw Refusal(413, "Payload too large")
    }
    if body.readableBytes > 0 {
      let kind = request.headers[.contentType]?.split(separator: ";").first?.lowercased() ?? ""
      let text = String(buffer: body)
      switch kind {
      case "application/json":
        guard let value = try? JSONDecoder().decode(JSON.self, from: Data(text.utf8)) else {
          throw Refusal(400, "Error occurred while parsing request parameters")
        }
        json = value
        fields.add(value)
      case "application/x-www-form-urlencoded", "": try fields.add(encoded: text[...])
      default: throw Refusal(415, "Send application/x-www-form-urlencoded or application/json")
      }
    }
    let forwarded = request.headers[.forwardedFor]?.split(separator: ",").last
    let world = await sandbox.state.world
    return Exchange(
      request: request, captures: context.parameters, fields: fields, json: json, world: world,
      fault: fault?.kind, other: fault?.name.flatMap(world.member(named:)), now: sandbox.clock(),
      address: forwarded.map { $0.trimmingCharacters(in: .whitespaces) } ?? "127.0.0.1")
  }

  private func guardControl(_ exchange: Exchange) throws {
    guard let given = exchange.presentedToken,
      given.utf8.count == sandbox.controlToken.utf8.count,
      zip(given.utf8, sandbox.controlToken.utf8).reduce(0, { $0 | ($1.0 ^ $1.1) }) == 0
    else { throw Refusal(401, "Send the control token: Authorization: Bearer …") }
  }

  /// Counts a request against every limit it falls under and gives back the tightest.
  private func admit(_ exchange: Exchange) async throws -> RateWindows.Allowance? {
    let limits = exchange.world.limits
    var asked: [(String, Int, Int)] = []
    if name == "POST /auth/sign_in" {
      asked.append(("sign-in \(exchange.address)", limits.signInsPerAddress, 300))
    } else if let token = exchange.token {
      asked.append(("token \(token.value)", limits.perToken, 300))
      if let member = token.member { asked.append(("member \(member)", limits.perMember, 300)) }
    } else {
      asked.append(("address \(exchange.address)", limits.perAddress, 300))
    }
    if name == "POST /api/v1/apps" { asked.append(("apps \(exchange.address)", limits.appsPerAddress, 600)) }
    var tightest: RateWindows.Allowance?
    for (key, limit, period) in asked {
      guard
        let one = await sandbox.state.allowance(key, limit: limit, period: period, now: exchange.now)
      else { continue }
      if one.exceeded { return one }
      if tightest.map({ one.remaining < $0.remaining }) ?? true { tightest = one }
    }
    return tightest
  }
}
