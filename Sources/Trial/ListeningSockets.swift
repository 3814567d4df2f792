// SPDX-License-Identifier: AGPL-3.0-or-later

/// Reads the kernel's tables of sockets (`/proc/net/tcp`, `udp`, and their `6`).
enum ListeningSockets {
  /// The inodes of the sockets that listen at a port, whatever their address.
  static func inodes(at port: Int, _ transport: PortPlan.Port.Transport = .tcp, in table: String) -> [UInt64]
  {
    // A TCP socket that listens, or a UDP socket that is not bound to one peer.
    let state = transport == .tcp ? "0A" : "07"
    return table.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      // sl, local address:port in hexadecimal, remote, state, …, the inode as the tenth field.
      guard fields.count >= 10, fields[3] == state, let colon = fields[1].lastIndex(of: ":"),
        Int(fields[1][fields[1].index(after: colon)...], radix: 16) == port
      else { return nil }
      return UInt64(fields[9])
    }
  }
}
