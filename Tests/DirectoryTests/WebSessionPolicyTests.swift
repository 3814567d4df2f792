// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory
import Testing

@Suite struct WebSessionPolicyTests {
  @Test(
    arguments: [
      ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox (Linux)"),
      (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
        "Edge (Windows)"
      ),
      (
        "Mozilla/5.0 (Linux; Android 16; Pixel) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
        "Chrome (Android)"
      ),
      (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/604.1",
        "Safari (iPhone)"
      ),
      ("curl/8", "Browser"), ("", "Browser"), ("\u{202E}Firefox/<b>", "Firefox"),
    ])
  func aBrowserIsCalledByWordsThatWeKnow(agent: String, name: String) throws {
    #expect(DeviceName(browser: agent).text == name)
    #expect(try DeviceName(name).text == name, "it can be a device's name")
  }

  @Test func itIsRenewedLongBeforeItEnds() {
    let now = Timestamp(seconds: 1_800_000_000)
    let policy = WebSessionPolicy()
    #expect(policy.renewal(before: now + 900, now: now) == 600)
    #expect(policy.renewal(before: now + 90, now: now) == 60)
    #expect(policy.renewal(before: now + 1, now: now) == 1)
    #expect(policy.renewal(before: now, now: now + 5) == 1)
  }

  @Test func noMemberChoosesABrowserAsAnApp() throws {
    #expect(App.choices.count == App.allCases.count - 2)
    for app in [App.browser, .browserPhone] {
      #expect(!App.choices.contains(app))
      #expect(throws: DirectoryError.self) { try App(checking: app.rawValue) }
    }
  }
}
