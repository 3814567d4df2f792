// SPDX-License-Identifier: AGPL-3.0-or-later

/// Everything that is wrong with a configuration, each with its place.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
  public struct Problem: Sendable, Equatable, CustomStringConvertible {
    /// Such as `trunkline.yaml:12` or `TRUNKLINE__PORTAL__LISTEN`.
    public let place: String
    public let cause: String
    public let remedy: String

    public init(place: String, cause: String, remedy: String) {
      self.place = place
      self.cause = cause
      self.remedy = remedy
    }

    public var description: String { "\(place): \(cause) \(remedy)" }
  }

  public let problems: [Problem]

  public init(_ problems: [Problem]) { self.problems = problems }

  public init(place: String, cause: String, remedy: String) {
    problems = [Problem(place: place, cause: cause, remedy: remedy)]
  }

  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
