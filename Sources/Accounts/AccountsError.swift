// SPDX-License-Identifier: AGPL-3.0-or-later

import Directory

/// Why a use case did not do what was asked. Nothing was changed unless the code says otherwise.
public struct AccountsError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: String, Sendable, CaseIterable {
    /// No such account.
    case noSuchAccount
    /// No such device, or not this member's.
    case noSuchDevice
    /// The home server does not let this member in now.
    case keptOut
    /// The admin has switched the account off here.
    case disabledHere
    /// This installation has not set up what is asked for.
    case notSetUp
    /// The member has not switched the service on.
    case serviceOff
    /// As many devices as are allowed.
    case tooManyDevices
    /// A link that works once, for a short while, does not work (any more).
    case linkUnknown
    /// The name belongs to another account, whose data was not wiped yet.
    case nameTaken
    /// The browser's answer belongs to no sign-in that was begun there, or one that is over.
    case signInUnknown
    /// Another member than the expected one came back.
    case otherMember
    /// Written down, but the engines could not be told yet: they may still let the device in. It is tried again
    /// until it holds.
    case notYetInForce
    /// The account is being deleted.
    case beingDeleted
    /// Not on the member's contact list, or not waiting for an answer.
    case noSuchContact
    /// Not in the member's history.
    case noSuchCall
    /// Nobody was named who could be added, or too many at once.
    case badChoice
    /// The chat server cannot be asked now.
    case chatServerAway
    /// A ticket was used already, is too old, or never was one.
    case ticketSpent
    /// The token belongs to another app than the home server's own page.
    case otherApp
    /// The home server does not know the token of its page (any more), or a browser has to show a new one.
    case signedOut
    /// The browser has no web session that could be renewed.
    case noWebSession
    /// Which app the home server's page is was not set up.
    case pageNotSetUp
    /// The home server cannot be asked now. It says nothing of the member.
    case homeServerAway
    /// The home server has to be told by the member first that this may be done in their name.
    case permissionNeeded
    /// The home server takes no reports from us.
    case cannotReport
  }

  public let code: Code
  public let cause: String
  public let remedy: String

  public init(_ code: Code, cause: String, remedy: String) {
    self.code = code
    self.cause = cause
    self.remedy = remedy
  }

  public var description: String { "\(cause) \(remedy)" }
}

extension AccountsError {
  static let noSuchAccount = AccountsError(
    .noSuchAccount, cause: "There is no such account.",
    remedy: "“trunkline accounts list” shows all; members appear there once they have signed in.")
  static let noSuchDevice = AccountsError(
    .noSuchDevice, cause: "There is no such device.",
    remedy: "Look at the list of devices; it may be gone already.")
  static let keptOut = AccountsError(
    .keptOut, cause: "The home server does not let this account in now.",
    remedy: "When it does again, everything here works as before.")
  static let disabledHere = AccountsError(
    .disabledHere, cause: "An admin has switched this account off here.",
    remedy: "“trunkline accounts enable” lets it in again.")

  /// Why an account is not admitted; `nil` if it is.
  static func refusal(of account: Account) -> AccountsError? {
    if account.deletedAt != nil { return beingDeleted }
    if account.disabledAt != nil { return disabledHere }
    return account.standing.admits ? nil : keptOut
  }

  static func serviceOff(_ service: Service) -> AccountsError {
    let cause =
      switch service {
      case .xmpp: "Chat is switched off for this account."
      case .sip: "Calls are switched off for this account."
      }
    return AccountsError(.serviceOff, cause: cause, remedy: "Switch it on first.")
  }

  static func notOffered(_ service: Service) -> AccountsError {
    let cause =
      switch service {
      case .xmpp: "This server does not offer chat."
      case .sip: "This server does not offer calls."
      }
    return AccountsError(
      .notSetUp, cause: cause, remedy: "An admin can switch that on in the configuration file.")
  }

  static let noSuchContact = AccountsError(
    .noSuchContact, cause: "There is nobody of that address to do this with.",
    remedy: "Look at the list again; it may have changed meanwhile.")
  static let noSuchCall = AccountsError(
    .noSuchCall, cause: "There is no such call in the history.",
    remedy: "Look at the history again; it may be gone already.")
  static let badCall = AccountsError(
    .badChoice, cause: "What was said of the call does not go together.",
    remedy: "Say how one call with somebody else went.")
  static let chatServerAway = AccountsError(
    .chatServerAway, cause: "The chat server cannot be asked at the moment.",
    remedy: "Try again in a minute; chats go on meanwhile.")
  static let permissionNeeded = AccountsError(
    .permissionNeeded, cause: "The home server has not been told that this may be done in the member's name.",
    remedy: "Sign in there once more and allow it; that holds for a quarter of an hour and one report.")
  static let cannotReport = AccountsError(
    .cannotReport, cause: "The home server takes no reports from here.",
    remedy: "Report on the home server itself, and refuse the message here.")
  static let linkUnknown = AccountsError(
    .linkUnknown, cause: "This link was used already, is too old, or never was one.",
    remedy: "Remove the device and add it again: that makes a new link.")
  static let signInUnknown = AccountsError(
    .signInUnknown, cause: "This sign-in is over or was not begun in this browser.", remedy: "Begin again.")
  static let otherMember = AccountsError(
    .otherMember, cause: "Somebody else has signed in than the member who was asked.",
    remedy: "Sign out on the home server and sign in as yourself.")
  static let beingDeleted = AccountsError(
    .beingDeleted, cause: "This account is being deleted here.", remedy: "Wait until that is done.")
}
