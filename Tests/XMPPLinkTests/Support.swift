// SPDX-License-Identifier: AGPL-3.0-or-later

import Credentials
import Directory
import Synchronization
import Testing

@testable import XMPPLink

let domain = "social.localhost"
let component = "trunkline.social.localhost"
let sharedSecret = Secret("not a real secret")

/// What a refusal is called; nil if nothing was refused.
func code(_ work: () throws(LinkError) -> Void) -> LinkError.Code? {
  do {
    try work()
    return nil
  } catch {
    return error.code
  }
}

/// How a question ends: nil with an answer.
func ending(_ work: () async throws(LinkError) -> Void) async -> LinkError.Code? {
  do {
    try await work()
    return nil
  } catch {
    return error.code
  }
}

/// The elements of an XML text within a component's stream.
func elements(_ text: String) throws -> [Element] {
  let events = StanzaParser().feed(Array((header + text).utf8))
  return try events.compactMap { event in
    switch event {
    case .element(let element): element
    case .failed(let error): throw error
    default: nil
    }
  }
}

func element(_ text: String) throws -> Element { try #require(try elements(text).first) }

let header =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'"
  + " from='\(component)' id='3BF96D32'>"

extension RandomBytes {
  /// A new value for each call, and the same ones each time.
  static var counting: RandomBytes {
    let calls = Counter()
    return RandomBytes { count in
      let call = calls.next()
      return (0..<count).map { UInt8(truncatingIfNeeded: call >> (5 * ($0 % 12))) }
    }
  }
}

final class Counter: Sendable {
  private let value = Mutex(0)

  func next() -> Int {
    value.withLock { value in
      value += 1
      return value
    }
  }
}
