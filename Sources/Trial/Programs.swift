// SPDX-License-Identifier: AGPL-3.0-or-later

/// The engines' programs, as Debian's packages install them.
struct Programs: Sendable, Hashable {
  var prosody: String
  var nginx: String
  var rtpengine: String
  var coturn: String

  /// - Throws: ``TrialError`` that names the package of the first that is missing.
  static func find() throws -> Programs {
    let programs = Programs(
      prosody: try Tool.find("prosody", package: "prosody"), nginx: try Tool.find("nginx", package: "nginx"),
      rtpengine: try Tool.find("rtpengine", package: "rtpengine-daemon"),
      coturn: try Tool.find("turnserver", package: "coturn"))
    // A script of ours runs these two.
    _ = try Tool.find("kamailio", package: "kamailio")
    _ = try Tool.find("sqlite3", package: "sqlite3")
    for (module, package) in kamailioModules { try requireModule(module, package: package) }
    return programs
  }

  /// One module of each package that Kamailio's configuration loads from: without it Kamailio only says that it cannot
  /// open a file.
  private static let kamailioModules = [
    ("db_sqlite", "kamailio-sqlite-modules"), ("tls", "kamailio-tls-modules"),
    ("websocket", "kamailio-websocket-modules"), ("uuid", "kamailio-extra-modules"),
    ("app_lua", "kamailio-lua-modules"),
  ]

  private static func requireModule(_ module: String, package: String) throws {
    let folders = ["x86_64-linux-gnu/", "aarch64-linux-gnu/", ""].map { "/usr/lib/\($0)kamailio/modules" }
    guard !folders.contains(where: { Tool.isThere("\($0)/\(module).so") }) else { return }
    throw TrialError(
      code: .missing,
      cause: "Kamailio's module \(module) is not here: the package \(package) is not installed.",
      remedy: "Run dist/install-requirements, or type “make up”.")
  }
}
