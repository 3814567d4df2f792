// SPDX-License-Identifier: AGPL-3.0-or-later

public import Accounts
import Foundation
public import Hummingbird
public import NIOCore

/// What a request carries on its way through the portal.
public struct PortalContext: RequestContext, RemoteAddressRequestContext {
  public var coreContext: CoreRequestContextStorage
  /// The peer of the connection: mostly nginx.
  public let remoteAddress: SocketAddress?
  /// Who is signed in; set by ``SessionMiddleware``, so that handlers never read the cookie themselves.
  public internal(set) var session: Session?
  /// Why it is not known who is signed in.
  var sessionFailure: (any Error)?
  /// For the log and for people who ask for help.
  public internal(set) var reference = ""
  /// The browser's address, as far as it can be believed.
  public internal(set) var clientAddress = ""
  /// Whether errors are answered as problem details (RFC 9457) and not as pages.
  public internal(set) var isAPI = false

  /// No form or document of ours is longer, in bytes.
  public var maxUploadSize: Int { 16_384 }

  public init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    remoteAddress = source.channel.remoteAddress
  }
}
