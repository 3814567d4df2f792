// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Directory
public import HTTPTypes
import HomeServer
import Hummingbird

/// Why a page or a call of the API does not do what was asked, in the terms of the edge: which words are shown, with
/// which status. Everything that modules throw becomes one of these at the edge, and nothing else leaves.
public struct PortalError: Error, Sendable, Equatable {
  /// Names an entry under `errors` in the catalogue, and the problem type of the API.
  public struct Kind: Sendable, Hashable {
    public let name: String
    public let status: HTTPResponse.Status

    public static let serverUnreachable = Kind(name: "server_unreachable", status: .badGateway)
    public static let serverSlow = Kind(name: "server_slow", status: .gatewayTimeout)
    public static let serverWrong = Kind(name: "server_wrong", status: .badGateway)
    public static let denied = Kind(name: "denied", status: .forbidden)
    public static let linkExpired = Kind(name: "link_expired", status: .badRequest)
    public static let notFound = Kind(name: "not_found", status: .notFound)
    public static let wrongMethod = Kind(name: "wrong_method", status: .methodNotAllowed)
    public static let badRequest = Kind(name: "bad_request", status: .badRequest)
    public static let tooLarge = Kind(name: "too_large", status: .contentTooLarge)
    public static let formExpired = Kind(name: "form_expired", status: .forbidden)
    public static let originUntold = Kind(name: "origin_untold", status: .forbidden)
    public static let tooMany = Kind(name: "too_many", status: .tooManyRequests)
    public static let disabled = Kind(name: "disabled", status: .forbidden)
    public static let suspended = Kind(name: "suspended", status: .forbidden)
    public static let nameTaken = Kind(name: "name_taken", status: .conflict)
    public static let beingDeleted = Kind(name: "being_deleted", status: .conflict)
    public static let otherMember = Kind(name: "other_member", status: .forbidden)
    public static let notLocal = Kind(name: "not_local", status: .forbidden)
    public static let software = Kind(name: "software", status: .badGateway)
    public static let deviceLimit = Kind(name: "device_limit", status: .conflict)
    public static let serviceOff = Kind(name: "service_off", status: .conflict)
    public static let linkUnknown = Kind(name: "link_unknown", status: .notFound)
    public static let badChoice = Kind(name: "bad_choice", status: .badRequest)
    public static let permissionNeeded = Kind(name: "permission_needed", status: .forbidden)
    public static let cannotReport = Kind(name: "cannot_report", status: .conflict)
    public static let chatServerAway = Kind(name: "chat_server_away", status: .serviceUnavailable)
    public static let keptOut = Kind(name: "kept_out", status: .forbidden)
    public static let otherApp = Kind(name: "other_app", status: .forbidden)
    public static let ticketSpent = Kind(name: "ticket_spent", status: .unauthorized)
    public static let noWebSession = Kind(name: "no_web_session", status: .conflict)
    public static let pageNotSetUp = Kind(name: "not_set_up", status: .serviceUnavailable)
    public static let homeServerAway = Kind(name: "home_server", status: .badGateway)
    public static let signedOut = Kind(name: "signed_out", status: .unauthorized)
    public static let signInNotRecent = Kind(name: "sign_in_not_recent", status: .forbidden)
    public static let unavailable = Kind(name: "unavailable", status: .serviceUnavailable)
    public static let `internal` = Kind(name: "internal", status: .internalServerError)

    /// As programs read it.
    var code: String { name.replacing("_", with: "-") }
  }

  public let kind: Kind
  /// How long to wait, in seconds.
  public let retryAfter: Int?
  /// The methods that there are.
  public let allowed: [HTTPRequest.Method]

  public init(_ kind: Kind, retryAfter: Int? = nil, allowed: [HTTPRequest.Method] = []) {
    self.kind = kind
    self.retryAfter = retryAfter
    self.allowed = allowed
  }

  /// The words of the edge for what a module threw. What is not expected is `internal`: it is logged, not shown.
  init(describing error: any Error) {
    switch error {
    case let error as PortalError: self = error
    case let error as HomeServerError:
      self.init(Self.kind(error), retryAfter: error.retryAfter.map { Int($0.components.seconds) })
    case let error as AccountsError: self.init(Self.kind(error))
    case is DirectoryError: self.init(.badRequest)
    case let error as any HTTPResponseError: self.init(Self.kind(error.status))
    case is DecodingError: self.init(.badRequest)
    default: self.init(LowerFault(error) == nil ? .internal : .unavailable)
    }
  }

  private static func kind(_ error: HomeServerError) -> Kind {
    switch error.code {
    case .timedOut, .rateLimited: .serverSlow
    case .unreachable, .untrusted, .serverFailed: .serverUnreachable
    case .denied: .denied
    case .stateMismatch, .codeRefused: .linkExpired
    case .loginDisabled, .loginPending: .suspended
    case .notLocal, .nameRefused: .notLocal
    case .softwareRefused: .software
    default: .serverWrong
    }
  }

  private static func kind(_ error: AccountsError) -> Kind {
    switch error.code {
    case .noSuchAccount, .noSuchDevice, .noSuchContact, .noSuchCall: .notFound
    case .badChoice: .badChoice
    case .chatServerAway: .chatServerAway
    case .permissionNeeded: .permissionNeeded
    case .cannotReport: .cannotReport
    case .disabledHere: .disabled
    case .keptOut: .suspended
    case .notSetUp: .notFound
    case .nameTaken: .nameTaken
    case .beingDeleted: .beingDeleted
    case .serviceOff: .serviceOff
    case .linkUnknown: .linkUnknown
    case .tooManyDevices: .deviceLimit
    case .signInUnknown: .linkExpired
    case .otherMember: .otherMember
    case .notYetInForce: .unavailable
    case .ticketSpent: .ticketSpent
    case .otherApp: .otherApp
    case .signedOut: .signedOut
    case .noWebSession: .noWebSession
    case .pageNotSetUp: .pageNotSetUp
    case .homeServerAway: .homeServerAway
    }
  }

  private static func kind(_ status: HTTPResponse.Status) -> Kind {
    switch status.code {
    case 401: .signedOut
    case 404: .notFound
    case 405: .wrongMethod
    case 413: .tooLarge
    case 429: .tooMany
    case 400..<500: .badRequest
    default: .internal
    }
  }
}
