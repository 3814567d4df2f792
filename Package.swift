// swift-tools-version: 6.2
// Trunkline: chat (XMPP) and calls (SIP) for Mastodon servers.
// SPDX-License-Identifier: AGPL-3.0-or-later

import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  // Not what a newer compiler deprecates: that must not keep anybody from building this version.
  .treatAllWarnings(as: .error),
  .treatWarning("DeprecatedDeclaration", as: .warning),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let mustache: Target.Dependency = .product(name: "Mustache", package: "swift-mustache")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
  name: "trunkline",
  products: [
    .executable(name: "trunkline", targets: ["trunkline"]),
    .executable(name: "trunkline-trial", targets: ["trunkline-trial"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    // The pure core: no I/O, no clock, no randomness of its own.
    .target(name: "Directory", swiftSettings: settings),
    .target(name: "Credentials", dependencies: [crypto, cryptoExtras], swiftSettings: settings),

    // The edges.
    .target(
      name: "Settings", dependencies: ["Directory", "Credentials", yams],
      swiftSettings: settings),
    .target(
      name: "Storage",
      dependencies: ["Directory", "Credentials", crypto, cryptoExtras, grdb, grdbSQLite],
      swiftSettings: settings),
    .target(
      name: "Engines",
      dependencies: [
        "Directory", "Credentials", asyncHTTPClient, grdb, grdbSQLite, logging, mustache, nioCore,
        nioHTTP1, nioPosix,
      ],
      swiftSettings: settings),
    .target(
      name: "HomeServer",
      dependencies: [
        "Directory", "Credentials", asyncHTTPClient, crypto, logging, nioCore, nioHTTP1, nioSSL,
      ],
      swiftSettings: settings),
    .target(
      name: "Accounts",
      dependencies: [
        "Directory", "Credentials", "Storage", "Engines", "HomeServer", "XMPPLink", "Discovery", lifecycle,
        logging, metrics,
      ],
      swiftSettings: settings),
    .target(name: "CExpat", path: "Sources/CExpat", linkerSettings: [.linkedLibrary("expat")]),
    .target(name: "CAres", path: "Sources/CAres", linkerSettings: [.linkedLibrary("cares")]),
    .target(
      name: "XMPPLink",
      dependencies: ["Credentials", "Directory", "CExpat", crypto, lifecycle, logging, nioCore, nioPosix],
      swiftSettings: settings),
    .target(
      name: "Discovery",
      dependencies: ["Directory", "CAres", asyncHTTPClient, logging, nioCore, nioHTTP1, nioSSL],
      swiftSettings: settings),
    .target(name: "CQREncode", path: "Sources/CQREncode", linkerSettings: [.linkedLibrary("qrencode")]),
    .target(
      name: "Portal",
      dependencies: [
        "Accounts", "Credentials", "Directory", "HomeServer", "CQREncode", crypto, httpTypes, hummingbird,
        lifecycle, logging, metrics, mustache, nioCore,
      ],
      swiftSettings: settings),

    // The trial and the tests only; never packaged.
    .target(
      name: "Sandbox",
      dependencies: [
        asyncHTTPClient, crypto, httpTypes, hummingbird, lifecycle, logging, mustache, nioCore, nioHTTP1,
      ],
      swiftSettings: settings),
    .target(
      name: "Trial",
      dependencies: [
        "Settings", "Engines", "Sandbox", lifecycle, logging, subprocess, systemPackage, nioCore, nioPosix,
      ],
      swiftSettings: settings),

    .executableTarget(
      name: "trunkline",
      dependencies: [
        "Accounts", "Settings", "Credentials", "Directory", "Engines", "HomeServer", "Portal", "Storage",
        "XMPPLink", "Discovery", argumentParser, asyncHTTPClient, lifecycle, logging, metrics, nioCore,
        unixSignals,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "trunkline-trial",
      dependencies: ["Trial", "Sandbox", argumentParser, lifecycle, logging, unixSignals],
      swiftSettings: settings),
    .executableTarget(
      name: "issuing", dependencies: ["Accounts", "Credentials", "Directory", "Engines", "Storage", logging],
      path: "benchmarks/issuing", swiftSettings: settings),

    .testTarget(name: "DirectoryTests", dependencies: ["Directory"], swiftSettings: settings),
    .testTarget(name: "CredentialsTests", dependencies: ["Credentials", crypto], swiftSettings: settings),
    .testTarget(name: "SettingsTests", dependencies: ["Settings"], swiftSettings: settings),
    .testTarget(
      name: "StorageTests", dependencies: ["Storage", "Directory", "Credentials", grdb],
      swiftSettings: settings),
    .testTarget(
      name: "EnginesTests", dependencies: ["Engines", "Directory", "Credentials", grdb],
      swiftSettings: settings),
    .testTarget(
      name: "HomeServerTests",
      dependencies: [
        "HomeServer", "Sandbox", "Credentials", "Directory", asyncHTTPClient, crypto, hummingbird,
        hummingbirdTesting,
        logging, nioCore, nioHTTP1, nioPosix, nioSSL,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "XMPPLinkTests",
      dependencies: ["XMPPLink", "Credentials", "Directory", lifecycle, logging, nioCore, nioPosix],
      swiftSettings: settings),
    .testTarget(
      name: "DiscoveryTests",
      dependencies: [
        "Discovery", "Directory", asyncHTTPClient, logging, nioCore, nioHTTP1, nioPosix, nioSSL,
      ],
      swiftSettings: settings),
    .target(name: "CPowerCut", path: "Tests/CPowerCut", linkerSettings: [.linkedLibrary("sqlite3")]),
    .testTarget(
      name: "AccountsTests",
      dependencies: [
        "Accounts", "CPowerCut", "Credentials", "Directory", "Discovery", "Engines", "HomeServer", "Storage",
        "XMPPLink", grdb, logging,
      ],
      swiftSettings: settings),
    .testTarget(
      name: "PortalTests",
      dependencies: [
        "Portal", "Accounts", "Credentials", "Directory", "Engines", "HomeServer", "Sandbox", "Storage",
        asyncHTTPClient, crypto, grdb, httpTypes, hummingbird, hummingbirdTesting, logging, metrics, nioCore,
      ], swiftSettings: settings),
    .testTarget(
      name: "SandboxTests", dependencies: ["Sandbox", crypto, httpTypes, hummingbird, hummingbirdTesting],
      swiftSettings: settings),
    .testTarget(name: "TrialTests", dependencies: ["Trial"], swiftSettings: settings),
  ]
)
