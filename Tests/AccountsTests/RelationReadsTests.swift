// SPDX-License-Identifier: AGPL-3.0-or-later

import HomeServer
import Testing

@testable import Accounts

/// Readings at the home server take turns, a few at a time.
@Suite struct RelationReadsTests {
  @Test(.timeLimit(.minutes(1))) func whoHasToWaitForTheHomeServerHoldsNobodyUp() async throws {
    let reads = RelationReads(most: 1)
    let (waits, end) = AsyncStream.makeStream(of: Void.self)
    await reads.begin(1) { try await reads.limits.resting { for await _ in waits { break } } }
    await reads.begin(2) {}
    try await reads.join(3) {}
    #expect(await reads.isUnderWay(1))
    end.yield()
    try await reads.join(1) {}
    try await reads.join(4) {}
    #expect(await reads.count == 0, "and the one place is there again")
  }

  @Test(.timeLimit(.minutes(1))) func whoIsGivenUpWhileWaitingHandsThePlaceOn() async throws {
    let reads = RelationReads(most: 1)
    await reads.begin(1) { try await reads.limits.resting { try await Task.sleep(for: .seconds(600)) } }
    try await reads.join(2) {}
    await reads.close()
    #expect(await reads.count == 0)
    await #expect(throws: CancellationError.self) { try await reads.join(3) {} }
  }
}
