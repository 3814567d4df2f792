// SPDX-License-Identifier: AGPL-3.0-or-later

import Discovery
import Testing

@Suite struct DiscoveryErrorTests {
  @Test func saysWhatToDo() {
    let error = DiscoveryError(.unreachable, cause: "Nothing answers.", remedy: "Try again.")
    #expect(error.remedy == "Try again.")
  }
}
