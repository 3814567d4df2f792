// SPDX-License-Identifier: AGPL-3.0-or-later

import CAres
import Foundation
import Glibc
import Synchronization

/// The one thread that c-ares runs on.
///
/// c-ares is not safe to share, so nothing of it ever leaves ``run()``: questions come in through an inbox and a pipe that
/// wakes the thread, answers go out through each question's continuation. The thread sleeps in poll(2) while there is
/// nothing to do, and ends with ``close()``.
final class ResolverThread: Sendable {
  /// A question under way, with the c-ares channel that was made for it.
  private struct Flight {
    let channel: ares_channel
    let query: ResolverQuery
  }

  private struct Inbox {
    var queries: [ResolverQuery] = []
    var isClosed = false
  }

  private let inbox = Mutex(Inbox())
  private let wakeIn: CInt
  private let wakeOut: CInt
  private let nameServer: String?
  private let limits: Resolver.Limits

  private static let isLibraryReady = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS

  init(nameServer: String?, limits: Resolver.Limits) throws(DiscoveryError) {
    let noResources = DiscoveryError(
      .noResources, cause: "The resolver cannot be started.", remedy: "See whether memory or files ran out.")
    guard Self.isLibraryReady else { throw noResources }
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw noResources }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    wakeOut = ends[0]
    wakeIn = ends[1]
    self.nameServer = nameServer
    self.limits = limits
    guard let trial = Self.channel(nameServer, limits) else {
      Glibc.close(wakeOut)
      Glibc.close(wakeIn)
      throw Self.badNameServer
    }
    ares_destroy(trial)
    let thread = Thread { [self] in run() }
    thread.name = "trunkline-dns"
    thread.start()
  }

  static let badNameServer = DiscoveryError(
    .badNameServer, cause: "The name server is no address.",
    remedy: "Give an IP address, with a port if it is not 53: 127.0.0.1:5353 or [::1]:5353.")

  func ask(_ name: String, type: CInt) async -> ResolverQuery.Answer {
    // c-ares takes text that ends at the first zero.
    guard !name.utf8.contains(0), name.utf8.count <= 253 else { return .failed(.badName) }
    let query = ResolverQuery(name: name, type: type, deadline: .now + limits.overall)
    let isTaken = inbox.withLock { inbox in
      guard !inbox.isClosed else { return false }
      inbox.queries.append(query)
      wake()
      return true
    }
    guard isTaken else { return .failed(.busy) }
    return await withTaskCancellationHandler {
      await query.value()
    } onCancel: {
      // The thread drops it when it wakes.
      query.answer(.failed(.timedOut))
    }
  }

  func close() {
    inbox.withLock { inbox in
      guard !inbox.isClosed else { return }
      inbox.isClosed = true
      wake()
    }
  }

  /// Under the inbox's lock, which also keeps the pipe open.
  private func wake() {
    var byte: UInt8 = 0
    // A full pipe wakes as well.
    _ = write(wakeIn, &byte, 1)
  }

  private func run() {
    var flights: [Flight] = []
    var waiting: [ResolverQuery] = []
    while true {
      let (new, isClosed) = inbox.withLock { inbox in
        defer { inbox.queries = [] }
        return (inbox.queries, inbox.isClosed)
      }
      waiting += new
      if isClosed { break }
      let now = ContinuousClock.now
      flights.removeAll { flight in
        guard flight.query.isAnswered || flight.query.deadline <= now else { return false }
        // Answers what is open: its callback hears of the destruction.
        ares_destroy(flight.channel)
        return true
      }
      waiting.removeAll { query in
        if query.deadline <= now { query.answer(.failed(.timedOut)) }
        return query.isAnswered
      }
      while flights.count < limits.concurrent, !waiting.isEmpty {
        if let flight = begin(waiting.removeFirst()) { flights.append(flight) }
      }
      while waiting.count > limits.waiting { waiting.removeLast().answer(.failed(.busy)) }
      wait(for: flights, until: waiting.map(\.deadline).min())
    }
    for flight in flights { ares_destroy(flight.channel) }
    for query in waiting { query.answer(.failed(.busy)) }
    inbox.withLock { _ in
      Glibc.close(wakeIn)
      Glibc.close(wakeOut)
    }
  }

  private func begin(_ query: ResolverQuery) -> Flight? {
    guard let channel = Self.channel(nameServer, limits) else {
      query.answer(.failed(.unanswered))
      return nil
    }
    // c-ares calls back exactly once for each question, at the latest when the channel is destroyed.
    ares_query(
      channel, query.name, DNSMessage.internet, query.type,
      { argument, status, _, message, length in
        guard let argument else { return }
        let query = Unmanaged<ResolverQuery>.fromOpaque(argument).takeRetainedValue()
        if status == ARES_SUCCESS, let message {
          query.answer(.message(Array(UnsafeBufferPointer(start: message, count: Int(length)))))
          return
        }
        let failure: Lookup<ServiceRecord>? = DNSMessage.failure(status)
        switch failure {
        case .nothing: query.answer(.nothing)
        case .failed(let why): query.answer(.failed(why))
        case .found, nil: query.answer(.failed(.malformed))
        }
      }, Unmanaged.passRetained(query).toOpaque())
    return Flight(channel: channel, query: query)
  }

  /// Sleeps until something arrives, c-ares wants to try again, or a deadline is over; then lets c-ares look.
  private func wait(for flights: [Flight], until deadline: ContinuousClock.Instant?) {
    let now = ContinuousClock.now
    var pause = Duration.seconds(60)
    if let deadline { pause = min(pause, deadline - now) }
    var polled = [pollfd(fd: wakeOut, events: Int16(POLLIN), revents: 0)]
    var owners: [Flight?] = [nil]
    for flight in flights {
      if flight.query.isAnswered { pause = .zero }
      pause = min(pause, flight.query.deadline - now)
      var retry = timeval()
      if ares_timeout(flight.channel, nil, &retry) != nil {
        pause = min(pause, .seconds(retry.tv_sec) + .microseconds(retry.tv_usec))
      }
      var sockets = [ares_socket_t](repeating: -1, count: Int(ARES_GETSOCK_MAXNUM))
      let interest = UInt32(
        bitPattern: ares_getsock(flight.channel, &sockets, CInt(ARES_GETSOCK_MAXNUM)))
      for (index, socket) in sockets.enumerated() {
        let isRead = interest & (1 << index) != 0
        let isWrite = interest & (1 << (index + Int(ARES_GETSOCK_MAXNUM))) != 0
        guard isRead || isWrite else { continue }
        polled.append(
          pollfd(fd: socket, events: Int16((isRead ? POLLIN : 0) | (isWrite ? POLLOUT : 0)), revents: 0))
        owners.append(flight)
      }
    }
    let milliseconds = max(0, pause / .milliseconds(1)).rounded(.up)
    _ = poll(&polled, nfds_t(polled.count), CInt(milliseconds))
    if polled[0].revents != 0 {
      var bytes = [UInt8](repeating: 0, count: 512)
      while read(wakeOut, &bytes, bytes.count) > 0 {}
    }
    for (entry, owner) in zip(polled, owners) {
      guard let owner, entry.revents != 0 else { continue }
      let mayWrite = entry.revents & Int16(POLLOUT) != 0
      // Errors are read too: c-ares learns of them that way.
      ares_process_fd(owner.channel, entry.fd, mayWrite ? entry.fd : -1)
    }
    for flight in flights { ares_process_fd(flight.channel, -1, -1) }
  }

  /// A channel of c-ares for one question; `nil` if it cannot be made as wanted.
  private static func channel(_ nameServer: String?, _ limits: Resolver.Limits) -> ares_channel? {
    var options = ares_options()
    options.flags = CInt(ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS)
    options.timeout = CInt(max(1, limits.attempt / .milliseconds(1)))
    options.tries = CInt(limits.attempts)
    // What surely fits into one packet (DNS flag day 2020).
    options.ednspsz = 1232
    var channel: ares_channel?
    let made = ares_init_options(
      &channel, &options,
      CInt(ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ))
    guard made == ARES_SUCCESS, let channel else { return nil }
    guard let nameServer else { return channel }
    guard ares_set_servers_ports_csv(channel, nameServer) == ARES_SUCCESS else {
      ares_destroy(channel)
      return nil
    }
    return channel
  }
}
