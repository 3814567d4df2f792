// SPDX-License-Identifier: AGPL-3.0-or-later

extension HomeServerError {
  /// What kind of failure it is. Open: a later version may know more.
  public struct Code: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    private init(_ rawValue: String) { self.rawValue = rawValue }
    public var description: String { rawValue }

    // The settings.
    /// The address, the connect address or the file with the extra trust root cannot be used.
    public static let badAddress = Code("bad-address")
    /// The shared secret of the webhooks, the redirect URI or another value given to us cannot be used.
    public static let badRequest = Code("bad-request")

    // The line: outages.
    /// No connection, or it was cut.
    public static let unreachable = Code("unreachable")
    /// The certificate is not trusted, or TLS failed in another way.
    public static let untrusted = Code("untrusted")
    public static let timedOut = Code("timed-out")
    /// The answer is longer than we read.
    public static let tooLarge = Code("too-large")
    /// The answer is not what the API promises.
    public static let notUnderstood = Code("not-understood")
    /// A redirect that is not followed.
    public static let redirected = Code("redirected")
    /// The server answered with an error of its own (5xx).
    public static let serverFailed = Code("server-failed")
    public static let rateLimited = Code("rate-limited")
    /// The caller's task was cancelled.
    public static let cancelled = Code("cancelled")

    // What the server said about the request.
    /// A status that we have no closer word for; see ``HomeServerError/status``.
    public static let refused = Code("refused")
    /// 404, or 410, in the API's own words.
    public static let notFound = Code("not-found")
    /// It wants a token for what other servers show to everybody.
    public static let tokenNeeded = Code("token-needed")
    public static let tokenRevoked = Code("token-revoked")
    /// The token does not stand for a member.
    public static let appOnlyToken = Code("app-only-token")
    public static let wrongScope = Code("wrong-scope")
    /// The member's login is disabled: suspended, frozen or deleted.
    public static let loginDisabled = Code("login-disabled")
    /// Not yet approved, or the e-mail address is not confirmed.
    public static let loginPending = Code("login-pending")
    /// It no longer knows the app: register anew.
    public static let registrationInvalid = Code("registration-invalid")

    // Signing in.
    /// Software, named by NodeInfo, that cannot be used safely.
    public static let softwareRefused = Code("software-refused")
    /// The answer comes from, or points to, another server than the one that was asked.
    public static let mixedUp = Code("mixed-up")
    /// The member said no.
    public static let denied = Code("denied")
    /// The callback has no state, or has one that does not belong to this browser's attempt.
    public static let stateMismatch = Code("state-mismatch")
    /// The server reported a problem through the browser.
    public static let signInFailed = Code("sign-in-failed")
    /// The code is unknown, expired, used before, or not made for us.
    public static let codeRefused = Code("code-refused")
    /// The account lives on another server.
    public static let notLocal = Code("not-local")
    /// The account's name cannot be an address here.
    public static let nameRefused = Code("name-refused")

    /// The token is not one of the home server's own page.
    public static let otherApp = Code("other-app")

    // Webhooks.
    public static let signatureMissing = Code("signature-missing")
    public static let signatureWrong = Code("signature-wrong")

    /// Whether it says nothing of whom or what was asked about.
    public var isOutage: Bool { Code.outages.contains(self) }

    static let outages: Set<Code> = [
      .unreachable, .untrusted, .timedOut, .tooLarge, .notUnderstood, .redirected, .serverFailed,
      .rateLimited,
      .cancelled,
    ]
  }
}
