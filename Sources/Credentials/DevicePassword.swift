// SPDX-License-Identifier: AGPL-3.0-or-later

/// The password of one device for one service: made here, never chosen, shown once.
///
/// 28 characters of Crockford's base 32 in seven groups of four: 140 bits, of which no stretching is needed, in
/// a form that can be typed on a phone. The hyphens are part of the password, so that it is what it looks like.
public struct DevicePassword: Sendable, Equatable {
  public static let bits = 140

  public let secret: Secret

  public static func make(random: RandomBytes) -> DevicePassword {
    let characters = Array(random.base32(bits / 5))
    let groups = stride(from: 0, to: characters.count, by: 4).map { String(characters[$0..<$0 + 4]) }
    return DevicePassword(secret: Secret(groups.joined(separator: "-")))
  }

  public init(secret: Secret) { self.secret = secret }
}
