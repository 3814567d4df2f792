// SPDX-License-Identifier: AGPL-3.0-or-later

/// What a machine has, and so what the engines of calls may take of it.
public struct MachineCapacity: Sendable, Hashable {
  public var processors: Int
  public var memoryMegabytes: Int

  public init(processors: Int, memoryMegabytes: Int) {
    self.processors = max(1, processors)
    self.memoryMegabytes = max(512, memoryMegabytes)
  }

  /// Processes that take requests: most of the time each waits for a lock or for SQLite.
  var workers: Int { min(max(processors * 2, 4), 32) }

  /// Memory that Kamailio's processes share: a sixteenth of the machine's, from 128 MB to 2 GB.
  var sharedMegabytes: Int { min(max(memoryMegabytes / 16, 128), 2048) }

  /// Connections of phones. One with TLS takes about 64 KB of the shared memory; half of it is for them.
  var connections: Int { sharedMegabytes * 8 }
}
