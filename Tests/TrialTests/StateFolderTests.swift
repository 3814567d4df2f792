// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Glibc
import Testing

@testable import Trial

@Suite("Trial: the state folder")
struct StateFolderTests {
  /// A folder that is gone after the test.
  final class Scratch {
    let path: String
    init() throws {
      var template = Array("/tmp/trial-XXXXXX".utf8CString)
      path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  static let own = Cast(
    daemon: .current, sandbox: .current, prosody: .current, nginx: .current, kamailio: .current,
    rtpengine: .current, coturn: .current, isSeparated: false)

  static func mode(_ path: String) -> mode_t {
    var about = Glibc.stat()
    return lstat(path, &about) == 0 ? about.st_mode & 0o7777 : 0
  }

  @Test("secrets are nobody else's, are long, and are kept")
  func secrets() throws {
    let scratch = try Scratch()
    let layout = try StateLayout(root: scratch.path + "/state")
    let folder = StateFolder(layout: layout, cast: Self.own)
    try folder.prepare()
    try folder.prepareSecrets()
    let key = try Data(contentsOf: URL(filePath: layout.ledgerKey))
    #expect(Data(base64Encoded: key)?.count == 32)
    for path in [
      layout.ledgerKey, layout.webhookSecret, layout.sandboxControlToken, layout.sandboxWebhookSecret,
      layout.componentSecret, layout.sipControlToken, layout.turnSecret, layout.turnControlPassword,
    ] {
      #expect(Self.mode(path) == 0o600)
    }
    let both = try [layout.webhookSecret, layout.sandboxWebhookSecret].map {
      try Data(contentsOf: URL(filePath: $0))
    }
    #expect(both[0] == both[1] && both[0] != key)
    try folder.prepareSecrets()
    #expect(try Data(contentsOf: URL(filePath: layout.ledgerKey)) == key)
  }

  @Test("the projection's folder hands its group on, and modes that were changed are set right again")
  func modes() throws {
    let scratch = try Scratch()
    let layout = try StateLayout(root: scratch.path + "/state")
    let folder = StateFolder(layout: layout, cast: Self.own)
    try folder.prepare()
    chmod(layout.projection, 0o777)
    chmod(layout.secrets, 0o755)
    try folder.prepare()
    #expect(Self.mode(layout.projection) == 0o2750)
    #expect(Self.mode(layout.secrets) == 0o700)
    #expect(Self.mode(layout.sipProjection) == 0o2750)
    // Its group reads coturn's secrets; what the daemon writes there is of that group.
    #expect(Self.mode(layout.engines + "/coturn") == 0o2750)
  }

  @Test("a folder belongs to one domain: a trial of another is refused and changes nothing")
  func claim() throws {
    let scratch = try Scratch()
    let layout = try StateLayout(root: scratch.path + "/state")
    let folder = StateFolder(layout: layout, cast: Self.own)
    let other = TrialHosts(domain: "trial.home.arpa")
    try folder.prepare()
    try folder.claim(other)
    try folder.claim(other)
    let error = #expect(throws: TrialError.self) { try folder.claim(.loopback) }
    #expect(error?.code == .stateFolder && error?.remedy.contains("TRUNKLINE_STATE") == true)
    #expect(try String(contentsOfFile: layout.domain, encoding: .utf8) == "trial.home.arpa\n")
    // One of a time before there were names is this machine's own.
    unlink(layout.domain)
    try Data().write(to: URL(filePath: layout.configuration))
    #expect(throws: TrialError.self) { try folder.claim(other) }
    try folder.claim(.loopback)
  }

  @Test("a file in the place of a folder is an error with a remedy")
  func fileInTheWay() throws {
    let scratch = try Scratch()
    try Data().write(to: URL(filePath: scratch.path + "/state"))
    let folder = StateFolder(layout: try StateLayout(root: scratch.path + "/state"), cast: Self.own)
    let error = #expect(throws: TrialError.self) { try folder.prepare() }
    #expect(error?.code == .stateFolder)
    #expect(error?.remedy.contains("TRUNKLINE_STATE") == true)
  }

  @Test("a symbolic link in the place of a folder is not followed")
  func linkInTheWay() throws {
    let scratch = try Scratch()
    try FileManager.default.createSymbolicLink(atPath: scratch.path + "/state", withDestinationPath: "/tmp")
    let folder = StateFolder(layout: try StateLayout(root: scratch.path + "/state"), cast: Self.own)
    #expect(throws: TrialError.self) { try folder.prepare() }
  }

  @Test("two trials in one state folder: the second is told who the first is")
  func lock() throws {
    let scratch = try Scratch()
    let layout = try StateLayout(root: scratch.path + "/state")
    try StateFolder(layout: layout, cast: Self.own).prepare()
    var first: StateLock? = try StateLock(layout: layout)
    let error = #expect(throws: TrialError.self) { try StateLock(layout: layout) }
    #expect(error?.code == .alreadyRunning)
    #expect(error?.cause.contains("\(getpid())") == true)
    #expect(StateLock.holder(of: layout) == getpid())
    first = nil
    #expect(first == nil && StateLock.holder(of: layout) == nil)
    _ = try StateLock(layout: layout)
  }

  @Test("a folder that others cannot enter is found on the way")
  func reachability() throws {
    let scratch = try Scratch()
    #expect(StateLocation.firstClosedFolder(above: scratch.path + "/a/b") == scratch.path)
    chmod(scratch.path, 0o711)
    #expect(StateLocation.firstClosedFolder(above: scratch.path + "/a") == nil)
  }

  @Test("a named folder that the engines' users cannot reach is an error; an unnamed one moves, and says so")
  func location() throws {
    let scratch = try Scratch()
    let error = #expect(throws: TrialError.self) {
      try StateLocation.resolve(named: scratch.path + "/state", checkout: "/x", isSeparated: true)
    }
    #expect(error?.cause.contains(scratch.path) == true)
    let moved = try StateLocation.resolve(named: nil, checkout: scratch.path, isSeparated: true)
    #expect(moved.layout.root.hasPrefix("/var/lib/trunkline-trial-"))
    #expect(moved.remark?.contains(scratch.path) == true)
    let kept = try StateLocation.resolve(named: nil, checkout: scratch.path, isSeparated: false)
    #expect(kept.layout.root == scratch.path + "/.trial" && kept.remark == nil)
    let hosts = TrialHosts(domain: "trial.home.arpa")
    let named = try StateLocation.resolve(
      named: nil, hosts: hosts, checkout: scratch.path, isSeparated: false)
    #expect(named.layout.root == scratch.path + "/.trial-trial.home.arpa")
    let movedToo = try StateLocation.resolve(
      named: nil, hosts: hosts, checkout: scratch.path, isSeparated: true)
    #expect(movedToo.layout != moved.layout)
  }

  @Test("a log that has grown is moved away, and only so many are kept")
  func rotation() throws {
    let scratch = try Scratch()
    let log = LogFile(path: scratch.path + "/x.log")
    for number in 1...6 {
      try Data("\(number)23456789".utf8).write(to: URL(filePath: log.path))
      log.rotate(largest: 5)
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
    #expect(names == ["x.log.1", "x.log.2", "x.log.3"])
    log.note("hello", at: Date(timeIntervalSince1970: 0))
    log.rotate(largest: 1_000)
    #expect(log.end(lines: 3) == "[trial 1970-01-01T00:00:00Z] hello")
  }
}
