// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Engines
import Foundation
import Storage
import Synchronization
import Testing

@testable import Accounts

/// Adding people: the preview, what is sent, what comes back, and what a crash or a lost link may not do.
@Suite struct ContactTests {
  private let stage: Stage
  private let link = ScriptedLink()

  init() throws { stage = try Stage() }

  private static func address(_ text: String) -> Address { Address(stored: text) }

  private func device(of account: Account, _ accounts: Accounts) async throws {
    let new = NewDevice(name: DeviceName(stored: "Phone"), app: .dino)
    _ = try await accounts.addDevice(new, to: account.id, by: .member)
  }

  /// Alice, with an app.
  private func asker(_ accounts: Accounts) async throws -> Account {
    let alice = try await stage.member(in: accounts)
    try await device(of: alice, accounts)
    return alice
  }

  private func acts() -> [String] { link.script.withLock { $0.acts } }

  private func mirror(_ accounts: Accounts, _ name: String, _ book: ContactBook, at sequence: Int64)
    async throws
  {
    link.script.withLock { script in
      script.books[Name(stored: name)] = book
      script.pages = [
        JournalPage(
          names: [Name(stored: name)], mark: JournalMark(epoch: "e", sequence: sequence), hasMore: false)
      ]
    }
    try await accounts.followContacts()
  }

  @Test("the preview says who would be asked and who not, and sends nothing")
  func preview() async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link)
    let alice = try await stage.member(in: accounts)
    try await device(of: try await stage.member("bob", in: accounts), accounts)
    let carol = try await stage.member("carol", in: accounts)
    try await accounts.setService(.xmpp, on: false, of: carol.id, by: .member)
    try await mirror(
      accounts, "alice",
      ContactBook(
        contacts: [
          Contact(address: Self.address("dave@example.social"), subscription: .both),
          Contact(address: Self.address("erin@elsewhere.example"), subscription: .none, isAsked: true),
        ], blocked: [.domain("bad.example")]), at: 1)
    let outcomes = try await accounts.preview(
      adding: [
        "bob@example.social", "carol@example.social", "nobody@example.social", "dave@example.social",
        "erin@elsewhere.example", "alice@example.social", "x@bad.example", "frank@elsewhere.example",
        "elsewhere.example",
      ].map(Self.address), of: alice.id
    ).map(\.outcome)
    #expect(
      outcomes == [
        .willAsk, .hasNoChat, .hasNoChat, .isContact, .wasAsked, .isSelf, .isBlocked, .willAsk, .isNoPerson,
      ])
    #expect(acts().isEmpty)
  }

  @Test("who would see presence is told so, and only then", arguments: PresencePolicy.allCases)
  func lessons(policy: PresencePolicy) async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link)
    let alice = try await stage.member(in: accounts)
    try await accounts.setPrivacy(Privacy(presence: policy), of: alice.id, by: .member)
    let preview = try await accounts.preview(adding: [Self.address("bob@elsewhere.example")], of: alice.id)
    #expect(preview.map(\.lessons) == [policy == .contacts ? [.address, .presence] : [.address]])
  }

  @Test("each is asked once, in order; what cannot be told now is told when the link is back")
  func errands() async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link)
    let alice = try await asker(accounts)
    link.script.withLock { $0.isUp = false }
    let people = (1...3).map { Self.address("p\($0)@elsewhere.example") }
    let begun = try await accounts.add(people + people, of: alice.id, by: .member)
    #expect(begun.total == 3 && begun.waiting == 3)
    #expect(try await accounts.runErrands() == false)
    #expect(acts().isEmpty)
    // Another process of ours goes on where this one was ended.
    link.script.withLock { $0.isUp = true }
    let next = try stage.open(link: link)
    #expect(try await next.runErrands())
    #expect(acts() == (1...3).map { "alice ask p\($0)@elsewhere.example" })
    #expect(try await next.progress(of: begun.batch, account: alice.id).done == 3)
    #expect(try await next.runErrands() == false)
  }

  @Test("what fails is tried again, later and later, and given up when the chat server keeps saying no")
  func retries() async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link)
    let alice = try await asker(accounts)
    let begun = try await accounts.add([Self.address("bob@elsewhere.example")], of: alice.id, by: .member)
    link.script.withLock { $0.failures = Array(repeating: ChatLinkError(.refused, cause: "no"), count: 9) }
    var rounds = 0
    while try await accounts.progress(of: begun.batch, account: alice.id).waiting > 0, rounds < 1_000 {
      _ = try await accounts.runErrands()
      stage.clock.advance(1)
      rounds += 1
    }
    #expect(acts().count == 6)
    #expect(rounds > 30)
    let end = try await accounts.progress(of: begun.batch, account: alice.id)
    #expect(end.failed == [Self.address("bob@elsewhere.example")])
  }

  @Test("undo sends nothing for who was not asked yet, and takes back the others")
  func undo() async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link)
    let alice = try await asker(accounts)
    let people = (1...3).map { Self.address("p\($0)@elsewhere.example") }
    let begun = try await accounts.add(people, of: alice.id, by: .member)
    link.script.withLock {
      $0.failures = [ChatLinkError(.unavailable, cause: "it was said, and the link went down")]
    }
    _ = try await accounts.runErrands()
    try await accounts.undo(batch: begun.batch, of: alice.id, by: .member)
    stage.clock.advance(10)
    while try await accounts.runErrands() {}
    // Whether the first was asked is not known: it is asked (again), and then taken back.
    #expect(
      acts() == [
        "alice ask p1@elsewhere.example", "alice ask p1@elsewhere.example",
        "alice remove p1@elsewhere.example",
      ])
  }

  @Test("the copy follows the chat server, calls learn of it, and who is no contact is chosen no more")
  func following() async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link)
    let alice = try await stage.member(in: accounts)
    let bob = Self.address("bob@example.social")
    let contact = Contact(address: bob, name: "Bob", subscription: .both)
    let asking = ContactBook.Asking(address: Self.address("carol@x.example"), at: stage.clock.now())
    try await mirror(accounts, "alice", ContactBook(contacts: [contact], asking: [asking]), at: 1)
    try await accounts.setChosen([bob], of: alice.id, by: .member)
    var overview = try await accounts.contacts(of: alice.id)
    #expect(overview.entries.map(\.contact) == [contact])
    #expect(overview.entries.map(\.isChosen) == [true])
    #expect(overview.asking == [asking])
    #expect(
      try await accounts.ledger.read { try $0.callRelations(of: alice) } == [Name(stored: "bob"): .contact])
    try await mirror(accounts, "alice", ContactBook(), at: 2)
    try await mirror(accounts, "alice", ContactBook(contacts: [contact]), at: 3)
    overview = try await accounts.contacts(of: alice.id)
    #expect(overview.entries.map(\.isChosen) == [false])
    #expect(try await accounts.ledger.read { try $0.linkPosition() } == JournalMark(epoch: "e", sequence: 3))
  }

  @Test("who was asked here, said yes and asks back is answered yes; nobody else is")
  func askedBack() async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link)
    let alice = try await asker(accounts)
    let (bob, carol) = (Self.address("bob@x.example"), Self.address("carol@x.example"))
    _ = try await accounts.add([bob], of: alice.id, by: .member)
    while try await accounts.runErrands() {}
    let now = stage.clock.now()
    let book = ContactBook(
      contacts: [Contact(address: bob, subscription: .to), Contact(address: carol, subscription: .to)],
      asking: [.init(address: bob, at: now), .init(address: carol, at: now)])
    for sequence in 1...2 { try await mirror(accounts, "alice", book, at: Int64(sequence)) }
    while try await accounts.runErrands() {}
    #expect(acts() == ["alice ask bob@x.example", "alice accept bob@x.example"])
  }

  @Test("who has switched chat on is known to the chat server and may ask, before there is any app")
  func noAppYet() async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link)
    let alice = try await stage.member(in: accounts)
    #expect(try stage.projectedDevices() == [])
    let begun = try await accounts.add([Self.address("bob@x.example")], of: alice.id, by: .member)
    while try await accounts.runErrands() {}
    #expect(acts() == ["alice ask bob@x.example"])
    #expect(try await accounts.progress(of: begun.batch, account: alice.id).done == 1)
    try await accounts.setService(.xmpp, on: false, of: alice.id, by: .member)
    #expect(try stage.projectedDevices() == nil)
  }

  @Test("one whose contacts cannot be read holds up nobody; with no link at all, all are read again")
  func unreadable() async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link)
    _ = try await stage.member(in: accounts)
    let bob = try await stage.member("bob", in: accounts)
    let book = ContactBook(contacts: [Contact(address: Self.address("x@x.example"), subscription: .to)])
    let page = JournalPage(names: nil, mark: JournalMark(epoch: "e", sequence: 1), hasMore: false)
    link.script.withLock { script in
      script.books[Name(stored: "bob")] = book
      script.unreadable[Name(stored: "alice")] = .unavailable
      script.pages = [page, page]
    }
    await #expect(throws: ChatLinkError.self) { try await accounts.followContacts() }
    #expect(try await accounts.ledger.read { try $0.linkPosition() } == nil)
    link.script.withLock { $0.unreadable[Name(stored: "alice")] = .refused }
    try await accounts.followContacts()
    #expect(try await accounts.contacts(of: bob.id).entries.count == 1)
    #expect(try await accounts.ledger.read { try $0.linkPosition() } == page.mark)
  }

  @Test("blocks made in an app come and go without those of the home server")
  func blocks() async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link)
    let alice = try await stage.member(in: accounts)
    let mallory = Block.Target.address("mallory@example.social")
    try await accounts.ledger.write {
      try $0.setBlocks([mallory], from: .homeServer, of: alice.id, at: stage.clock.now())
    }
    try await mirror(accounts, "alice", ContactBook(blocked: [mallory, .domain("bad.example")]), at: 1)
    #expect(try await accounts.ledger.read { try $0.blocks(of: alice.id) }.count == 3)
    try await mirror(accounts, "alice", ContactBook(), at: 2)
    let left = try await accounts.ledger.read { try $0.blocks(of: alice.id) }
    #expect(left == [Block(target: mallory, origin: .homeServer)])
  }

  @Test("who blocks this whole server in an app is called by nobody of it")
  func wholeServer() async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link)
    let alice = try await stage.member(in: accounts)
    try await accounts.setService(.sip, on: true, of: alice.id, by: .member)
    let phone = NewDevice(name: DeviceName(stored: "Phone"), app: .linphone)
    _ = try await accounts.addDevice(phone, to: alice.id, by: .member)
    let contact = Contact(address: Self.address("bob@example.social"), subscription: .both)
    func called(_ book: ContactBook, at sequence: Int64) async throws -> ProjectedCaller? {
      try await mirror(accounts, "alice", book, at: sequence)
      let source = ProjectionSource<SIPContent>.calls(key: stage.key)
      let account = try await accounts.account(alice.id)
      return try await accounts.ledger.read { try source.member($0, account) }
    }
    let open = try #require(try await called(ContactBook(contacts: [contact]), at: 1))
    #expect(open.reach.rawValue == "followed" && open.relations == [Name(stored: "bob"): .contact])
    let book = ContactBook(contacts: [contact], blocked: [.domain("example.social")])
    let closed = try #require(try await called(book, at: 2))
    #expect(closed.reach == .contacts && closed.relations.values.allSatisfy(\.isEmpty))
  }

  @Test("an errand that is over is forgotten after a while; what waits stays")
  func forgetting() async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link)
    let alice = try await asker(accounts)
    let done = try await accounts.add([Self.address("bob@x.example")], of: alice.id, by: .member)
    while try await accounts.runErrands() {}
    let waiting = try await accounts.add([Self.address("carol@x.example")], of: alice.id, by: .member)
    stage.clock.advance(Accounts.errandMemory + 1)
    try await accounts.tidy()
    await #expect(throws: AccountsError.noSuchContact) {
      try await accounts.progress(of: done.batch, account: alice.id)
    }
    #expect(try await accounts.progress(of: waiting.batch, account: alice.id).waiting == 1)
  }

  @Test("a member is told once a day that messages wait")
  func waiting() async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link, words: NoticeWords(["requests.waiting": "Look."]))
    _ = try await stage.member(in: accounts)
    let now = stage.clock.now()
    link.script.withLock {
      $0.requests = [
        MessageRequest(sender: Self.address("m@x.example"), first: now, last: now, count: 1, said: [])
      ]
    }
    for sequence in 1...3 { try await mirror(accounts, "alice", ContactBook(), at: Int64(sequence)) }
    #expect(link.script.withLock { $0.told } == ["alice: Look."])
    stage.clock.advance(86_401)
    try await mirror(accounts, "alice", ContactBook(), at: 4)
    #expect(link.script.withLock { $0.told }.count == 2)
  }

  @Test("only contacts can be chosen, only who is there can be removed or answered")
  func refusals() async throws {
    defer { stage.remove() }
    let accounts = try stage.open(link: link)
    let alice = try await stage.member(in: accounts)
    let bob = Self.address("bob@x.example")
    await #expect(throws: AccountsError.noSuchContact) {
      try await accounts.setChosen([bob], of: alice.id, by: .member)
    }
    await #expect(throws: AccountsError.noSuchContact) {
      try await accounts.removeContact(bob, of: alice.id, by: .member)
    }
    await #expect(throws: AccountsError.noSuchContact) {
      try await accounts.answer(asking: bob, accept: true, of: alice.id, by: .member)
    }
    await #expect(throws: AccountsError.self) { try await accounts.add([], of: alice.id, by: .member) }
    let many = (0...Accounts.mostAtOnce).map { Self.address("p\($0)@x.example") }
    await #expect(throws: AccountsError.self) { try await accounts.add(many, of: alice.id, by: .member) }
    #expect(acts().isEmpty)
  }
}
