// SPDX-License-Identifier: AGPL-3.0-or-later

/// Refuses values that could mean something else than they should in an engine's language.
struct ConfigurationCheck: Sendable {
  /// As a person calls the engine.
  let engine: String

  func invalid(_ cause: String, _ remedy: String) -> EngineError {
    EngineError(.configuration, cause: "\(engine): \(cause).", remedy: remedy)
  }

  func hostName(_ text: String) throws {
    guard PlainValue.isHostName(text) else {
      throw invalid("“\(text)” is no host name", "Write it in small letters, such as example.social.")
    }
  }

  func interfaces(_ addresses: [String]) throws {
    guard !addresses.isEmpty else {
      throw invalid("it has no address to listen at", "Name at least one of this machine's addresses.")
    }
    guard Set(addresses).count == addresses.count else {
      throw invalid("an address stands twice", "Name each address once.")
    }
    for address in addresses { try self.address(address) }
  }

  func address(_ text: String) throws {
    guard PlainValue.isAddress(text) else {
      throw invalid("“\(text)” is no IP address", "Name one such as 198.51.100.7 or 2001:db8::7.")
    }
  }

  /// Ports that one program listens at.
  func ports(_ ports: [Int]) throws {
    for port in ports where !PlainValue.isPort(port) {
      throw invalid("the port \(port) does not exist", "Name a port from 1 to 65535.")
    }
    guard Set(ports).count == ports.count else {
      throw invalid("two of its ports are the same", "Give each a number of its own.")
    }
  }

  func range(_ ports: ClosedRange<Int>) throws {
    guard ports.lowerBound >= 1024, ports.upperBound <= 65_535, ports.count >= 2 else {
      throw invalid(
        "the ports \(ports.lowerBound)-\(ports.upperBound) cannot be used",
        "Name a range from 1024 to 65535, such as 30000-39999.")
    }
  }

  func paths(_ paths: [String]) throws {
    for path in paths where !PlainValue.isPath(path) {
      throw invalid(
        "the path “\(path)” cannot be written into its configuration",
        "Use an absolute path of letters, digits and . _ - + / only.")
    }
  }

  func positive(_ number: Int, _ what: String) throws {
    guard number > 0 else { throw invalid("\(what) cannot be \(number)", "Give a number above 0.") }
  }
}
