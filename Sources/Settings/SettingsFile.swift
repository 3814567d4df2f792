// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import Yams

/// The keys and values of a configuration, each with its place, checked against ``Setting/all``.
public struct SettingsFile: Sendable {
  struct Entry: Sendable {
    let values: [String]
    let place: String
  }

  let entries: [String: Entry]

  /// Reads YAML text, and lets the environment override it.
  ///
  /// - Throws: ``SettingsError`` with every problem at once: what is no YAML, unknown keys, doubled keys, bad
  ///   values, missing keys; each with its line or variable.
  public init(yaml: String, name: String, environment: [String: String]) throws {
    var problems: [SettingsError.Problem] = []
    var entries: [String: Entry] = [:]
    do {
      if let root = try Parser(yaml: yaml).singleRoot() {
        try SettingsFile.collect(root, prefix: "", file: name, into: &entries, problems: &problems)
      }
    } catch let error as YamlError {
      throw SettingsError(SettingsFile.problems(describing: error, yaml: yaml, file: name))
    }
    for (variable, value) in environment.sorted(by: { $0.key < $1.key })
    where variable.hasPrefix("TRUNKLINE__") {
      guard let setting = Setting.all.first(where: { $0.variable == variable }) else {
        problems.append(
          .init(
            place: variable, cause: "No key is overridden by this variable.",
            remedy: "Remove it, or look up its name with “trunkline config show”."))
        continue
      }
      let values = setting.kind.isList ? value.split(separator: " ").map(String.init) : [value]
      entries[setting.key] = Entry(values: values, place: variable)
    }
    for (key, entry) in entries.sorted(by: { $0.key < $1.key }) {
      guard let setting = Setting.named[key], let complaint = setting.complaint(about: entry.values) else {
        continue
      }
      problems.append(.init(place: entry.place, cause: complaint.cause, remedy: complaint.remedy))
    }
    for setting in Setting.all where entries[setting.key] == nil {
      switch setting.need {
      case .never: continue
      case .always:
        problems.append(.init(place: name, cause: "“\(setting.key)” is missing.", remedy: setting.summary))
      case .with(let flag):
        guard let entry = entries[flag], entry.values == ["yes"] else { continue }
        problems.append(
          .init(
            place: entry.place, cause: "“\(setting.key)” is missing, and “\(flag)” is on.",
            remedy: setting.summary))
      }
    }
    if problems.isEmpty { problems = SettingsFile.collisions(in: entries) }
    guard problems.isEmpty else { throw SettingsError(problems) }
    self.entries = entries
  }

  /// Values of a key: as set, else the default.
  func values(_ key: String) -> [String] {
    entries[key]?.values ?? Setting.named[key]?.fallback?.split(separator: " ").map(String.init) ?? []
  }

  /// Every key with its value in force and where it comes from, for `config show`.
  public var listing: [(setting: Setting, value: String?, place: String)] {
    Setting.all.map { setting in
      let values = values(setting.key)
      return (
        setting, values.isEmpty ? nil : values.joined(separator: " "),
        entries[setting.key]?.place ?? (setting.fallback == nil ? "not set" : "default")
      )
    }
  }

  private static func collect(
    _ node: Node, prefix: String, file: String, into entries: inout [String: Entry],
    problems: inout [SettingsError.Problem]
  ) throws {
    guard case .mapping(let mapping) = node else {
      problems.append(
        .init(
          place: place(node, file),
          cause: prefix.isEmpty ? "The file is no list of keys." : "“\(prefix)” holds keys, not a value.",
          remedy: "Write “key: value” lines; see the example that came with Trunkline."))
      return
    }
    var seen: Set<String> = []
    for (keyNode, value) in mapping {
      let word = keyNode.string ?? ""
      let key = prefix.isEmpty ? word : "\(prefix).\(word)"
      guard seen.insert(word).inserted else {
        problems.append(
          .init(place: place(keyNode, file), cause: "“\(key)” stands twice.", remedy: "Keep one of them."))
        continue
      }
      if Setting.all.contains(where: { $0.key.hasPrefix(key + ".") }) {
        try collect(value, prefix: key, file: file, into: &entries, problems: &problems)
        continue
      }
      guard let setting = Setting.named[key] else {
        let near = nearest(to: key)
        problems.append(
          .init(
            place: place(keyNode, file), cause: "There is no key “\(key.prefix(80))”.",
            remedy: near.map { "Did you mean “\($0)”?" }
              ?? "Remove it; “trunkline config show” lists all keys."))
        continue
      }
      switch value {
      case .scalar(let scalar): entries[key] = Entry(values: [scalar.string], place: place(value, file))
      case .sequence(let sequence) where sequence.allSatisfy({ $0.scalar != nil }):
        entries[key] = Entry(values: sequence.compactMap { $0.scalar?.string }, place: place(value, file))
      default:
        problems.append(
          .init(
            place: place(value, file), cause: "“\(key)” holds keys where a value belongs.",
            remedy: setting.summary))
      }
    }
  }

  private static func place(_ node: Node, _ file: String) -> String {
    node.mark.map { "\(file):\($0.line)" } ?? file
  }

  /// The known key that differs least, if it differs by little.
  private static func nearest(to key: String) -> String? {
    let ranked = Setting.all.map { ($0.key, distance(Array(key.prefix(80)), Array($0.key))) }
    return ranked.min { $0.1 < $1.1 }.flatMap { $0.1 <= 3 ? $0.0 : nil }
  }

  private static func distance(_ left: [Character], _ right: [Character]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        (diagonal, row[j + 1]) = (row[j + 1], min(row[j] + 1, row[j + 1] + 1, diagonal + (a == b ? 0 : 1)))
      }
    }
    return row[right.count]
  }

  private static func problems(describing error: YamlError, yaml: String, file: String) -> [SettingsError
    .Problem]
  {
    if case .duplicatedKeysInMapping(let keys, _) = error {
      return keys.sorted().map { key in
        // Yams says only where the mapping begins; the last such line is the one too many.
        let number = yaml.split(separator: "\n", omittingEmptySubsequences: false)
          .lastIndex { $0.drop { $0.isWhitespace }.hasPrefix("\(key):") }
        return .init(
          place: file + (number.map { ":\($0 + 1)" } ?? ""), cause: "“\(key.prefix(80))” stands twice.",
          remedy: "Keep one of them.")
      }
    }
    let line =
      switch error {
      case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
        ":\(mark.line)"
      default: ""
      }
    return [
      .init(
        place: file + line, cause: "This is not YAML.",
        remedy: "Check indentation, colons and quotes around this line.")
    ]
  }
}
