// SPDX-License-Identifier: AGPL-3.0-or-later

import HTTPTypes

/// Why a call of the API is refused, in words of its own where the catalogue's are too general for a program.
struct APIProblem: Error, Sendable, Equatable {
  let kind: PortalError.Kind
  /// What is wrong, in one plain sentence. It repeats nothing that was sent but names of fields that exist.
  let cause: String
  /// What to do about it, in one plain sentence.
  let remedy: String
  /// The field of the body that is at fault.
  let field: String?
  let headers: HTTPFields

  init(
    _ kind: PortalError.Kind, cause: String, remedy: String, field: String? = nil, headers: HTTPFields = [:]
  ) {
    self.kind = kind
    self.cause = cause
    self.remedy = remedy
    self.field = field
    self.headers = headers
  }
}

extension PortalError.Kind {
  /// The body is not JSON, or does not say that it is.
  static let wrongMediaType = PortalError.Kind(name: "wrong_media_type", status: .unsupportedMediaType)
}
