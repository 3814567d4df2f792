// SPDX-License-Identifier: AGPL-3.0-or-later

/// Where everything lies in the state folder.
public struct StateLayout: Sendable, Hashable {
  /// The state folder, absolute, without a slash at the end.
  public let root: String

  /// A Unix socket's path has at most 107 bytes; the longest of ours is this much longer than the state folder.
  static let longestRoot = 107 - "/xmpp/prosody/run/trunkline.sock".utf8.count

  /// - Throws: ``TrialError`` if the folder's name cannot be used by every part of the trial.
  public init(root: String) throws {
    var root = root
    while root.count > 1, root.hasSuffix("/") { root.removeLast() }
    guard root.hasPrefix("/"), root != "/" else {
      throw TrialError(
        code: .badValue, cause: "“\(root)” is no absolute path of a folder.",
        remedy: "Set TRUNKLINE_STATE to a folder such as /var/tmp/trunkline.")
    }
    guard root.utf8.count <= Self.longestRoot else {
      throw TrialError(
        code: .stateFolder, cause: "The path of the state folder \(root) is too long for the sockets in it.",
        remedy: "Set TRUNKLINE_STATE to a folder whose path has at most \(Self.longestRoot) bytes.")
    }
    let plain = root.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "._-+/".utf8.contains(byte)
      }
    }
    guard plain else {
      throw TrialError(
        code: .stateFolder,
        cause:
          "The path of the state folder \(root) has characters that cannot stand in every configuration file.",
        remedy: "Set TRUNKLINE_STATE to a path of letters, digits and . _ - + / only.")
    }
    self.root = root
  }

  /// Holds the domain that the folder was made for.
  public var domain: String { root + "/domain" }
  public var configuration: String { root + "/trunkline.yaml" }
  public var daemon: String { root + "/daemon" }
  public var secrets: String { root + "/secrets" }
  public var ledgerKey: String { secrets + "/ledger.key" }
  public var webhookSecret: String { secrets + "/webhook.secret" }
  /// What the daemon shows to Prosody.
  public var componentSecret: String { secrets + "/component.secret" }
  /// What the daemon shows to Kamailio.
  public var sipControlToken: String { secrets + "/sip-control.token" }
  /// What TURN credentials are made from.
  public var turnSecret: String { secrets + "/turn.secret" }
  /// What the daemon shows to coturn.
  public var turnControlPassword: String { secrets + "/turn-control.password" }
  public var sandbox: String { root + "/sandbox" }
  public var sandboxControlToken: String { sandbox + "/control.token" }
  public var sandboxWebhookSecret: String { sandbox + "/webhook.secret" }
  public var authority: String { root + "/ca" }
  public var authorityCertificate: String { authority + "/ca.pem" }
  public var authorityKey: String { authority + "/ca.key" }
  public var tls: String { root + "/tls" }
  public var xmpp: String { root + "/xmpp" }
  public var projection: String { xmpp + "/projection" }
  public var prosody: String { xmpp + "/prosody" }
  public var sip: String { root + "/sip" }
  public var sipProjection: String { sip + "/projection" }
  public var kamailio: String { sip + "/kamailio" }
  public var media: String { root + "/media" }
  public var rtpengine: String { media + "/rtpengine" }
  public var coturn: String { media + "/coturn" }
  public var engines: String { root + "/engines" }
  public var prosodyConfiguration: String { engines + "/prosody/prosody.cfg.lua" }
  public var kamailioConfiguration: String { engines + "/kamailio/kamailio.cfg" }
  public var rtpengineConfiguration: String { engines + "/rtpengine/rtpengine.conf" }
  public var coturnConfiguration: String { engines + "/coturn/turnserver.conf" }
  public var nginxConfiguration: String { engines + "/nginx/nginx.conf" }
  public var nginx: String { root + "/nginx" }
  public var program: String { root + "/program" }
  public var executable: String { program + "/bin/trunkline" }
  public var trialExecutable: String { program + "/bin/trunkline-trial" }
  public var share: String { program + "/share/trunkline" }
  public var trialFiles: String { program + "/trial/sandbox" }
  public var libraries: String { program + "/lib" }
  public var logs: String { root + "/logs" }
  public var run: String { root + "/run" }
  public var lock: String { run + "/lock" }
  public var status: String { run + "/status.json" }

  public func certificate(of engine: String) -> String { "\(tls)/\(engine)/chain.pem" }
  public func certificateKey(of engine: String) -> String { "\(tls)/\(engine)/key.pem" }
  public func log(of child: String) -> String { "\(logs)/\(child).log" }
  public func pidFile(of child: String) -> String { "\(run)/\(child).pid" }
}
