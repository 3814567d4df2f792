// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory
public import Storage
public import XMPPLink

/// The real link as the use cases see it.
extension XMPPLink: ChatLink {
  public func state() async -> ChatLinkState {
    let state: LinkState = self.state
    return state.isConnected
      ? .connected(since: state.since)
      : .lost(cause: state.lastError?.cause ?? "The link to the chat server is being made.")
  }

  public func hints() async -> AsyncStream<Void> {
    let events = self.events
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let reading = Task {
      for await event in events {
        if case .lost = event { continue }
        continuation.yield()
      }
      continuation.finish()
    }
    continuation.onTermination = { _ in reading.cancel() }
    return stream
  }

  public func changes(after mark: JournalMark?) async throws -> JournalPage {
    let position = mark.map { JournalPosition(epoch: $0.epoch, sequence: $0.sequence) }
    let found: LinkChanges = try await told { try await self.changes(after: position) }
    return JournalPage(
      names: found.isEverybody ? nil : found.names,
      mark: JournalMark(epoch: found.position.epoch, sequence: found.position.sequence),
      hasMore: found.hasMore)
  }

  public func book(of name: Name) async throws -> ContactBook {
    try await told { try await contactBook(of: name) }
  }

  public func perform(_ act: ContactAct, _ address: Address, of name: Name) async throws {
    try await told { try await contact(act, of: name, address) }
  }

  public func messageRequests(of name: Name) async throws -> [MessageRequest] {
    try await told { try await requests(of: name) }
  }

  public func answer(_ sender: Address, accept: Bool, of name: Name) async throws {
    try await told { try await answer(request: sender, of: name, accept: accept) }
  }

  public func whatIsSeen(of name: Name) async throws -> Sight { try await told { try await sight(of: name) } }

  public func tell(_ name: Name, _ text: String) async throws {
    try await told { try await notify(name, text) }
  }

  public func tell(_ name: Name, missed call: MissedCall, isLate: Bool, _ text: String) async throws {
    try await told { try await notify(name, missed: call, isLate: isLate, text) }
  }

  private func told<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error as LinkError {
      let code: ChatLinkError.Code =
        switch error.code {
        case .notFound: .notFound
        case .unreachable, .interrupted, .timedOut, .busy, .closing, .conflict, .wrongSecret, .unknownHost:
          .unavailable
        case .malformed, .tooLarge, .notPrivileged, .unsupported, .refused, .badValue: .refused
        }
      throw ChatLinkError(code, cause: error.cause)
    }
  }
}
