// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Logging
public import ServiceLifecycle
import Storage

/// The daemon's service that keeps the ledger's copy of contacts level with the chat server: what is added in an app appears
/// here, and calls know whom the member knows. What was missed while the link was down is in the chat server's journal.
public struct ContactMirror: ServiceLifecycle.Service {
  private let accounts: Accounts
  private let interval: Duration

  /// - Parameter interval: how often to ask without a hint.
  public init(accounts: Accounts, interval: Duration = .seconds(30)) {
    self.accounts = accounts
    self.interval = interval
  }

  public func run() async throws {
    guard let link = accounts.link else { return try await gracefulShutdown() }
    let hints = await link.hints()
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        let (wake, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        group.addTask { for await _ in hints { waker.yield() } }
        group.addTask {
          while (try? await Task.sleep(for: interval)) != nil { waker.yield() }
        }
        waker.yield()
        for await _ in wake {
          if Task.isCancelled { break }
          do { try await accounts.followContacts() } catch is CancellationError { break } catch {
            accounts.log.info("contacts not read", metadata: ["cause": "\(error)"])
          }
        }
        group.cancelAll()
      }
    }
  }
}

extension Accounts {
  /// Reads what has changed at the chat server since the last time.
  func followContacts() async throws {
    guard let link, case .connected = await link.state() else { return }
    while true {
      let mark = try await ledger.read { try $0.linkPosition() }
      let page = try await link.changes(after: mark)
      if page.mark == mark { return }
      if let names = page.names {
        for name in names { try await mirror(name, link) }
      } else {
        var after = ""
        while true {
          let page = try await accounts(after: after, matching: nil, limit: 500)
          guard let last = page.last else { break }
          for account in page where account.mayUse(.xmpp) { try await mirror(account.name, link) }
          after = last.name.text
        }
      }
      // Written last: what was not read before a crash is read again.
      try await ledger.write { try $0.setLinkPosition(page.mark) }
      guard page.hasMore else { return }
    }
  }

  private func mirror(_ name: Name, _ link: any ChatLink) async throws {
    guard let account = try await ledger.read({ try $0.account(named: name) }), account.mayUse(.xmpp) else {
      return
    }
    let book: ContactBook
    do {
      book = try await link.book(of: name)
    } catch let error as ChatLinkError where error.code != .unavailable {
      // One member whose contacts cannot be read does not hold up the others.
      if error.code == .refused { log.warning("contacts not read", metadata: ["cause": "\(error.cause)"]) }
      return
    }
    let now = clock()
    let hasChanged = try await ledger.write { writer in
      let contactsChanged = try writer.setContacts(book, of: account.id, at: now)
      let before = try writer.reader.blocks(of: account.id).filter { $0.origin == .app }.map(\.target)
      let blocksChanged = Set(before) != book.blocked
      if blocksChanged { try writer.setBlocks(book.blocked, from: .app, of: account.id, at: now) }
      try answerThoseAsked(book, of: account, writer, at: now)
      guard contactsChanged || blocksChanged else { return false }
      try writer.post(name, at: now)
      return true
    }
    if hasChanged { _ = try await projections.followAndPush() }
    try await tellOfRequests(account, link)
  }

  /// Who was asked by the member here, has said yes and asks the same back, gets the same answer: the member has said it
  /// already, and was told what that reveals.
  private func answerThoseAsked(
    _ book: ContactBook, of account: Account, _ writer: LedgerWriter, at now: Timestamp
  ) throws {
    let saidYes = Set(book.contacts.filter(\.isAccepted).map(\.address))
    let askBack = book.asking.map(\.address).filter(saidYes.contains)
    guard !askBack.isEmpty else { return }
    let asked = try writer.reader.asked(by: account.id)
    let answered = Set(
      try writer.reader.errandsWaiting(of: account.id).filter { $0.act == .accept }.map(\.address))
    for address in askBack where asked.contains(address) && !answered.contains(address) {
      try writer.addErrand(.accept, address, of: account.id, batch: random.base32(16), at: now)
    }
  }

  /// Once a day at most.
  private func tellOfRequests(_ account: Account, _ link: any ChatLink) async throws {
    guard let text = words.text(for: "requests.waiting") else { return }
    guard let waiting = try? await link.messageRequests(of: account.name), !waiting.isEmpty else { return }
    let now = clock()
    let tells = try await ledger.write {
      try $0.noteRequestsTold(to: account.id, unlessSince: now + -86_400, at: now)
    }
    if tells { try? await link.tell(account.name, text) }
  }
}
