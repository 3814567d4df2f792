// SPDX-License-Identifier: AGPL-3.0-or-later

extension DeviceName {
  /// What a web session is called until its member says otherwise: the browser and the system that its `User-Agent`
  /// (RFC 9110, section 10.1.5) names, such as “Firefox (Linux)”. Of what the browser says only known words are used.
  public init(browser agent: String) {
    // Each says what the later ones are, too: Edge calls itself Chrome, and Chrome calls itself Safari.
    let browsers = [
      ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Vivaldi/", "Vivaldi"),
      ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chromium/", "Chromium"),
      ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ]
    let systems = [
      ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
      ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"), ("BSD", "BSD"),
    ]
    let agent = agent.prefix(300)
    func first(of words: [(String, String)]) -> String? { words.first { agent.contains($0.0) }?.1 }
    let browser = first(of: browsers) ?? "Browser"
    self.init(stored: first(of: systems).map { "\(browser) (\($0))" } ?? browser)
  }
}
