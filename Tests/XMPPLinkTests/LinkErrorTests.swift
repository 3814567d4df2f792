// SPDX-License-Identifier: AGPL-3.0-or-later

import Testing
import XMPPLink

@Suite struct LinkErrorTests {
  @Test func saysWhatToDo() {
    let error = LinkError(.unreachable, cause: "Nothing answers.", remedy: "Try again.")
    #expect(error.remedy == "Try again.")
  }
}
