// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation

/// The part of JSON Schema 2020-12 that the API's document uses. A keyword that it does not know is a fault too, so
/// that nothing in the document goes unchecked.
struct JSONSchema {
  /// The whole OpenAPI document, for `$ref`.
  let document: [String: Any]

  private static let annotations: Set<String> = ["description"]
  private static let known: Set<String> = [
    "$ref", "type", "enum", "const", "properties", "required", "additionalProperties", "items", "minLength",
    "maxLength", "pattern", "format",
  ]

  /// What does not fit; empty if all does.
  func faults(_ value: Any, _ schema: [String: Any], at path: String = "$") -> [String] {
    if let reference = schema["$ref"] as? String {
      guard let target = resolve(reference) else { return ["\(path): \(reference) leads nowhere"] }
      return faults(value, target, at: path)
    }
    var faults = schema.keys.filter { !Self.known.contains($0) && !Self.annotations.contains($0) }
      .map { "\(path): the schema's keyword \($0) is not checked" }
    if let types = schema["type"] as? [String] ?? (schema["type"] as? String).map({ [$0] }) {
      if !types.contains(where: { Self.isOf($0, value) }) { faults.append("\(path): not of type \(types)") }
    }
    if let choices = schema["enum"] as? [String], !choices.contains(value as? String ?? "") {
      faults.append("\(path): not one of \(choices)")
    }
    if let constant = schema["const"] as? String, value as? String != constant {
      faults.append("\(path): not \(constant)")
    }
    if let text = value as? String { faults += textFaults(text, schema, path) }
    if let object = value as? [String: Any] { faults += objectFaults(object, schema, path) }
    if let items = schema["items"] as? [String: Any], let array = value as? [Any] {
      for (index, item) in array.enumerated() { faults += self.faults(item, items, at: "\(path)[\(index)]") }
    }
    return faults
  }

  private func textFaults(_ text: String, _ schema: [String: Any], _ path: String) -> [String] {
    var faults: [String] = []
    if let least = schema["minLength"] as? Int, text.unicodeScalars.count < least {
      faults.append("\(path): too short")
    }
    if let most = schema["maxLength"] as? Int, text.unicodeScalars.count > most {
      faults.append("\(path): too long")
    }
    if let pattern = schema["pattern"] as? String, text.range(of: pattern, options: .regularExpression) == nil
    {
      faults.append("\(path): “\(text)” does not match \(pattern)")
    }
    if schema["format"] as? String == "date-time", (try? Date(text, strategy: .iso8601)) == nil {
      faults.append("\(path): “\(text)” is not a moment")
    }
    return faults
  }

  private func objectFaults(_ object: [String: Any], _ schema: [String: Any], _ path: String) -> [String] {
    var faults: [String] = []
    let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
    for name in schema["required"] as? [String] ?? [] where object[name] == nil {
      faults.append("\(path): “\(name)” is missing")
    }
    for (name, value) in object {
      if let property = properties[name] {
        faults += self.faults(value, property, at: "\(path).\(name)")
      } else if schema["additionalProperties"] as? Bool == false {
        faults.append("\(path): “\(name)” is not in the schema")
      }
    }
    return faults
  }

  private func resolve(_ reference: String) -> [String: Any]? {
    guard reference.hasPrefix("#/") else { return nil }
    var place: Any? = document
    for name in reference.dropFirst(2).split(separator: "/") {
      place = (place as? [String: Any])?[String(name)]
    }
    return place as? [String: Any]
  }

  private static func isOf(_ type: String, _ value: Any) -> Bool {
    switch type {
    case "null": value is NSNull
    case "string": value is String
    case "array": value is [Any]
    case "object": value is [String: Any]
    case "boolean": isBoolean(value)
    case "integer": !isBoolean(value) && value is Int
    default: false
    }
  }

  /// Foundation reads `true` and `1` into the same type; only how it is written again tells them apart.
  private static func isBoolean(_ value: Any) -> Bool {
    guard value is Bool, let data = try? JSONSerialization.data(withJSONObject: [value]) else { return false }
    return data == Data("[true]".utf8) || data == Data("[false]".utf8)
  }
}
