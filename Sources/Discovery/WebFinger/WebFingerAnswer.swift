// SPDX-License-Identifier: AGPL-3.0-or-later

public import Directory

/// What came of asking an account's own server about it (RFC 7033).
public enum WebFingerAnswer: Sendable, Hashable {
  /// The server knows the account, and names these addresses as its own; often none.
  case states([StatedAddress])
  /// There is no such account, or no WebFinger.
  case nobody
  case failed(WebFingerFailure)
}

/// Why there was no answer that can be used.
public enum WebFingerFailure: String, Error, Sendable, CaseIterable {
  /// The domain's name is not known, or DNS did not answer.
  case noAddress
  /// The name leads where we do not connect to: into our own network, or nowhere.
  case forbiddenAddress
  case unreachable
  /// TLS failed, or the certificate is for another name.
  case untrusted
  case timedOut
  case tooLarge
  /// Not HTTP, not JSON, or not what RFC 7033 describes.
  case notUnderstood
  /// The answer is about somebody else.
  case otherSubject
  /// Too many redirects, or one that leaves https.
  case redirected
  /// The server refuses or is not in order.
  case refused
}
