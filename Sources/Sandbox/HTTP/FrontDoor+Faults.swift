// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes
import Hummingbird
import ServiceLifecycle

extension FrontDoor {
  /// Lets a request go wrong; nil when it is to be answered all the same, late or for somebody else.
  func spoil(_ fault: Fault) async throws -> Response? {
    switch fault.kind {
    case .status:
      var response = Response.json(["error": "Made to fail"], status: fault.status)
      for (name, value) in fault.headers {
        if let name = HTTPField.Name(name) { response.headers[name] = value }
      }
      return response
    case .hang:
      let pause = Duration.milliseconds(10)
      var left = fault.milliseconds.map { Duration.milliseconds($0) } ?? .seconds(86_400)
      while left > .zero, !Task.isShuttingDownGracefully, await sandbox.state.stands(fault) {
        try await Task.sleep(for: min(pause, left))
        left -= pause
      }
      return nil
    case .otherMember, .shiftingPages, .endlessPages, .samePage, .circlingPages:
      return nil
    case .notJSON:
      return Response.html("<!doctype html><title>Hm</title><p>We will be back soon.", status: 200)
    case .wrongShape:
      return .json(["data": [["unexpected": true], 7], "id": 7, "error": nil])
    case .oversize:
      let size = fault.bytes
      return Response(
        status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
        body: ResponseBody { writer in
          try await writer.write(ByteBuffer(string: "{\"id\":\""))
          let block = ByteBuffer(string: String(repeating: "9", count: 16_384))
          for _ in 0...(size / 16_384) { try await writer.write(block) }
          try await writer.write(ByteBuffer(string: "\"}"))
          try await writer.finish(nil)
        })
    case .drip:
      let (count, pause) = (min(fault.bytes, 1_000_000), fault.milliseconds ?? 100)
      return Response(
        status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
        body: ResponseBody { writer in
          for _ in 0..<count where !Task.isShuttingDownGracefully {
            try await writer.write(ByteBuffer(string: " "))
            try await Task.sleep(for: .milliseconds(pause))
          }
          try await writer.write(ByteBuffer(string: "{}"))
          try await writer.finish(nil)
        })
    }
  }
}
