// SPDX-License-Identifier: AGPL-3.0-or-later

extension SettingsFile {
  /// Ports of calls that two keys claim. Each value has passed its check.
  ///
  /// Only what one machine can never do is refused: two engines may well share a number at different addresses.
  static func collisions(in entries: [String: Entry]) -> [SettingsError.Problem] {
    func value(_ key: String) -> String? { entries[key]?.values.first ?? Setting.named[key]?.fallback }
    func place(_ keys: [String]) -> String {
      keys.reversed().lazy.compactMap { entries[$0]?.place }.first ?? "default"
    }
    var problems: [SettingsError.Problem] = []
    let isOn = [
      "sip": value("sip.enabled") == "yes", "media": value("sip.enabled") == "yes",
      "turn": value("turn.enabled") == "yes",
    ]
    let active = Setting.all.filter { setting in
      isOn[String(setting.key.prefix { $0 != "." })] == true
    }
    var takers: [String: String] = [:]
    for setting in active where setting.key.hasSuffix("port") {
      guard let port = value(setting.key) else { continue }
      if let other = takers[port] {
        problems.append(
          .init(
            place: place([other, setting.key]), cause: "“\(other)” and “\(setting.key)” are both \(port).",
            remedy: "Give each a port of its own."))
      }
      takers[port] = setting.key
    }
    let ranges = active.filter { $0.kind == .ports }.compactMap { setting in
      value(setting.key).flatMap(Setting.ports).map { (key: setting.key, ports: $0) }
    }
    for (index, range) in ranges.enumerated() {
      for other in ranges[..<index] where other.ports.overlaps(range.ports) {
        problems.append(
          .init(
            place: place([other.key, range.key]), cause: "“\(other.key)” and “\(range.key)” overlap.",
            remedy: "Give each a range of its own."))
      }
      for (port, key) in takers.sorted(by: { $0.key < $1.key })
      where Int(port).map(range.ports.contains) ?? false {
        problems.append(
          .init(
            place: place([range.key, key]), cause: "“\(key)” lies within “\(range.key)”.",
            remedy: "Move one of them."))
      }
    }
    return problems
  }
}
