// SPDX-License-Identifier: AGPL-3.0-or-later

public import Foundation

extension Setting {
  /// What is asked of other domains.
  static let discovery: [Setting] = [
    Setting(
      "discovery.enabled", .flag, default: "yes",
      "Whether other domains are asked whether their people can be reached by chat."),
    Setting(
      "discovery.name_server", .listen,
      "The name server to ask; those of this machine if not given."),
    Setting(
      "discovery.allow_private", .flag, default: "no",
      "Whether names of others may lead to private addresses and to this machine; for trials only."),
    Setting(
      "discovery.ca_file", .path,
      "Trust the certificates in this file too, when other domains are asked about their people; for trials only."
    ),
  ]
}

extension Settings {
  /// What is asked of other domains.
  public struct Discovery: Sendable, Equatable {
    /// `address:port`; `nil`: those of this machine.
    public let nameServer: String?
    public let allowsPrivate: Bool
    public let caFile: URL?
  }
}

extension Settings.Discovery {
  /// `nil` where it is switched off.
  init?(_ file: SettingsFile) {
    guard file.values("discovery.enabled") == ["yes"] else { return nil }
    nameServer = file.values("discovery.name_server").first
    allowsPrivate = file.values("discovery.allow_private") == ["yes"]
    caFile = file.values("discovery.ca_file").first.map { URL(filePath: $0) }
  }
}
