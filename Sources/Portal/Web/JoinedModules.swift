// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// A module and all that it imports, as one script.
///
/// The client has some ninety modules. One by one, each comes with its headers and is compressed without the others, which doubles
/// what a browser loads. They are joined when the daemon starts: there is no build step, and what stands in `web/` is what
/// tests and readers see. Each imported module becomes a function that returns what it exports; the first one stays as it is.
///
/// This knows how `web/` is written, not all of the language. What it does not know it refuses, and the daemon does not start.
struct JoinedModules {
  struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
    let cause: String
    let remedy = "Write it as the other modules of web/ are written."

    init(_ name: String, _ what: String, _ line: some StringProtocol) { cause = "\(name): \(what): \(line)" }

    var description: String { "\(cause)\n\(remedy)" }
  }

  private struct Module {
    let name: String
    let exports: [String]
  }

  private let entry: String
  private let sources: [String: String]
  private var modules: [String: Module] = [:]
  /// Being read, the first one first.
  private var open: [String] = []
  /// What is loaded when it is needed, by `import()`.
  private var later: Set<String> = []
  private var text = "// SPDX-License-Identifier: AGPL-3.0-or-later\n"

  /// - Parameters:
  ///   - entry: the path of the first module. The script takes its place.
  ///   - sources: modules by their paths.
  static func script(of entry: String, in sources: [String: String]) throws(Failure) -> String {
    var all = JoinedModules(entry: entry, sources: sources)
    try all.add(entry)
    // It would be there twice: in the script, and by itself.
    for name in all.later.sorted() where all.modules[name] != nil {
      throw Failure(name, "is imported now and later", entry)
    }
    return all.text
  }

  private init(entry: String, sources: [String: String]) {
    self.entry = entry
    self.sources = sources
  }

  private mutating func add(_ name: String) throws(Failure) {
    guard let source = sources[name] else {
      throw Failure(name, "is imported and is not there", open.last ?? "")
    }
    // An imported module becomes a function, which does not wait. What is not indented is outside of all others.
    if name != entry, let wait = source.firstMatch(of: #/(?m)^(?:[^\s\/*].*= )?(?:for )?await\b.*$/#) {
      throw Failure(name, "waits while it is loaded", wait.output)
    }
    open.append(name)
    var body: [String] = []
    var exports: [String] = []
    var statement = ""
    for line in try ScriptLines.needed(of: source, named: name) {
      if !statement.isEmpty || line.hasPrefix("import ") {
        statement += statement.isEmpty ? line : " " + line
        guard line.hasSuffix(";") else { continue }
        body.append(try taken(statement.dropLast(), by: name))
        statement = ""
      } else if name != entry, line.hasPrefix("export ") {
        let declaration = line.dropFirst("export ".count)
        if declaration == "{};" { continue }
        exports.append(try Self.declared(declaration, in: name))
        body.append(try leading(declaration, from: name))
      } else {
        body.append(try leading(line, from: name))
      }
    }
    guard statement.isEmpty else { throw Failure(name, "an import has no end", statement) }
    open.removeLast()
    let module = Module(name: "$\(modules.count)", exports: exports)
    modules[name] = module
    let code = body.joined(separator: "\n")
    text +=
      name == entry
      ? code + "\n" : "const \(module.name)=(()=>{\n\(code)\nreturn{\(exports.joined(separator: ","))}})();\n"
  }

  /// - Parameter statement: `import { a, b as c } from './d.js'` or `import * as d from './d.js'`.
  /// - Returns: the same from what the other module has returned.
  private mutating func taken(_ statement: Substring, by name: String) throws(Failure) -> String {
    let parts = statement.dropFirst("import ".count).components(separatedBy: " from ")
    guard parts.count == 2, parts[1].hasPrefix("'."), parts[1].hasSuffix("'") else {
      throw Failure(name, "an import that is not known", statement)
    }
    let other = Self.path(String(parts[1].dropFirst().dropLast()), from: name)
    guard !open.contains(other) else { throw Failure(name, "modules import each other", statement) }
    if modules[other] == nil { try add(other) }
    guard let module = modules[other] else { throw Failure(name, "an import that is not known", statement) }
    if parts[0].hasPrefix("* as ") { return "const \(parts[0].dropFirst("* as ".count))=\(module.name);" }
    guard parts[0].hasPrefix("{"), parts[0].hasSuffix("}") else {
      throw Failure(name, "an import that is not known", statement)
    }
    var names: [String] = []
    for one in parts[0].dropFirst().dropLast().split(separator: ",") {
      let words = one.split(separator: " ").map(String.init)
      guard let first = words.first else { continue }
      guard module.exports.contains(first) else {
        throw Failure(name, "\(other) does not export \(first)", statement)
      }
      names.append(words.count == 3 && words[1] == "as" ? "\(first):\(words[2])" : first)
    }
    return "const{\(names.joined(separator: ","))}=\(module.name);"
  }

  /// The name in `function a(`, `class A {` or `const a =`. What may change (`let`) could not be handed on.
  private static func declared(_ declaration: Substring, in name: String) throws(Failure) -> String {
    for kind in ["function ", "async function ", "class ", "const "] where declaration.hasPrefix(kind) {
      let word = declaration.dropFirst(kind.count).prefix {
        $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$"
      }
      if !word.isEmpty { return String(word) }
    }
    throw Failure(name, "an export that is not known", declaration)
  }

  /// The line, in which `import('…')` leads from where the script stands. In a comment, `import('…').Name` names a type.
  private mutating func leading(_ line: Substring, from name: String) throws(Failure) -> String {
    guard line.utf8.contains(UInt8(ascii: "(")) else { return String(line) }
    // It would be taken from where the script stands.
    if name != entry, line.contains(", import.meta.url)") {
      throw Failure(name, "an address relative to an imported module", line)
    }
    guard line.contains("import('.") else { return String(line) }
    let up = entry.split(separator: "/").dropLast().map { _ in "../" }.joined()
    var led = ""
    var rest = line
    while let found = rest.firstMatch(of: #/\bimport\('(?<path>\.[^']+)'\)(?!\.[A-Z])/#) {
      let other = Self.path(String(found.path), from: name)
      guard sources[other] != nil else { throw Failure(name, "is imported and is not there", line) }
      later.insert(other)
      led += rest[..<found.path.startIndex] + (up.isEmpty ? "./" : up) + other
      rest = rest[found.path.endIndex...]
    }
    return led + rest
  }

  private static func path(_ relative: String, from name: String) -> String {
    var parts = name.split(separator: "/").dropLast()
    for part in relative.split(separator: "/") {
      if part == ".." { parts = parts.dropLast() } else if part != "." { parts.append(part) }
    }
    return parts.joined(separator: "/")
  }
}
