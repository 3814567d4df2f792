// SPDX-License-Identifier: AGPL-3.0-or-later

/// What an engine that speaks UDP is asked, to find out whether it is ready; pure.
enum DatagramQuestion: Sendable, Hashable {
  /// A REGISTER without credentials: a challenge shows that Kamailio reads its projection and lets people in.
  case sip(domain: String)
  /// A STUN binding request (RFC 8489, section 6).
  case stun
  /// rtpengine's ping.
  case media

  /// - Parameter nonce: 12 bytes that belong to this question alone.
  func bytes(nonce: [UInt8]) -> [UInt8] {
    let id = Self.hexadecimal(nonce)
    switch self {
    case .sip(let domain):
      return Array(
        [
          "REGISTER sip:\(domain) SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK\(id)",
          "Max-Forwards: 1", "From: <sip:probe@\(domain)>;tag=\(id)", "To: <sip:probe@\(domain)>",
          "Call-ID: \(id)",
          "CSeq: 1 REGISTER", "Contact: <sip:probe@127.0.0.1>", "Content-Length: 0", "", "",
        ].joined(separator: "\r\n").utf8)
    case .stun: return [0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xA4, 0x42] + nonce
    case .media: return Array("\(id) d7:command4:pinge".utf8)
    }
  }

  /// Whether these bytes say that it is ready.
  func isAnswered(by answer: [UInt8], nonce: [UInt8]) -> Bool {
    let id = Self.hexadecimal(nonce)
    switch self {
    case .sip:
      let text = String(decoding: answer, as: UTF8.self)
      return text.hasPrefix("SIP/2.0 401 ") && text.contains(id)
    case .stun:
      return answer.count >= 20 && answer[0] == 0x01 && answer[1] == 0x01 && Array(answer[8..<20]) == nonce
    case .media: return answer == Array("\(id) d6:result4:ponge".utf8)
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}
