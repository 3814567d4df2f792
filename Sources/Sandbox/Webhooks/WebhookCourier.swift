// SPDX-License-Identifier: AGPL-3.0-or-later

import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// Carries webhooks to where they go, each on its own: a later one may arrive first, as with Mastodon.
struct WebhookCourier: Service {
  let log = WebhookLog()
  private let client: HTTPClient
  private let delays: [Duration]
  private let logger: Logger
  private let queue: AsyncStream<WebhookMessage>
  private let input: AsyncStream<WebhookMessage>.Continuation

  init(client: HTTPClient, delays: [Duration], logger: Logger) {
    self.client = client
    self.delays = delays
    self.logger = logger
    (queue, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1000))
  }

  /// Puts a message on its way.
  func send(_ message: WebhookMessage) { input.yield(message) }

  func run() async throws {
    await withDiscardingTaskGroup { group in
      for await message in queue.cancelOnGracefulShutdown() {
        group.addTask { await deliver(message) }
      }
      group.cancelAll()
    }
  }

  private func deliver(_ message: WebhookMessage) async {
    for attempt in 0...delays.count {
      if attempt > 0 {
        do { try await Task.sleep(for: delays[attempt - 1]) } catch { return }
      }
      let status = await post(message)
      await log.note(.init(event: message.event, attempt: attempt + 1, status: status))
      if let status, Self.isFinal(status) { return }
      if Task.isCancelled { return }
    }
  }

  private func post(_ message: WebhookMessage) async -> Int? {
    var request = HTTPClientRequest(url: message.url)
    request.method = .POST
    request.headers.add(name: "Content-Type", value: "application/json")
    request.headers.add(name: "X-Hub-Signature", value: message.signature)
    request.body = .bytes(message.body)
    do {
      let response = try await client.execute(request, timeout: .seconds(10))
      return Int(response.status.code)
    } catch {
      logger.debug("webhook not delivered", metadata: ["event": "\(message.event)", "error": "\(error)"])
      return nil
    }
  }

  /// Delivered, or refused in a way that another try would not change.
  private static func isFinal(_ status: Int) -> Bool {
    (200...299).contains(status) || status == 501
      || ((400...499).contains(status) && ![401, 408, 429].contains(status))
  }
}
