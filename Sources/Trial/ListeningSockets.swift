// SPDX-License-Identifier: AGPL-3.0-or-later

/// Reads the kernel's table of TCP sockets (`/proc/net/tcp`, `/proc/net/tcp6`).
enum ListeningSockets {
  /// The inodes of the sockets that listen at a port, whatever their address.
  static func inodes(at port: Int, in table: String) -> [UInt64] {
    table.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      // sl, local address:port in hexadecimal, remote, state (0A listens), …, the inode as the tenth field.
      guard fields.count >= 10, fields[3] == "0A", let colon = fields[1].lastIndex(of: ":"),
        Int(fields[1][fields[1].index(after: colon)...], radix: 16) == port
      else { return nil }
      return UInt64(fields[9])
    }
  }
}
