// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Directory
import Foundation
import HTTPTypes
import Hummingbird

extension API {
  @Sendable func listDevices(_ request: Request, _ context: PortalContext) async throws -> Response {
    let session = try reader(context)
    let overview = try await accounts.overview(of: session.account.id)
    return try answer(APIRecord.Devices(devices: overview.devices.map(APIRecord.Device.init)))
  }

  /// The one answer that has a password in it.
  @Sendable func addDevice(_ request: Request, _ context: PortalContext) async throws -> Response {
    let session = try writer(request, context)
    guard session.isRecent else {
      throw APIProblem(
        .signInNotRecent, cause: "The last sign-in was too long ago for this.",
        remedy: "Let the member sign in again, then ask once more.")
    }
    let body = try await JSONBody(request, context, fields: ["name", "app", "expires_at"])
    let text = try body.string("name")
    let name = try checked("name") { () throws(DirectoryError) in try DeviceName(text) }
    let appName = try body.string("app")
    let app = try checked("app") { () throws(DirectoryError) in try App(checking: appName) }
    let expiry = try body.optionalDate("expires_at").map { Timestamp($0) }
    let issued: IssuedDevice
    do {
      issued = try await accounts.addDevice(
        NewDevice(name: name, app: app, expiresAt: expiry), to: session.account.id, by: .member)
    } catch let error as DirectoryError {
      throw APIProblem(.badRequest, cause: error.cause, remedy: error.remedy, field: "expires_at")
    }
    guard let password = issued.passwords[.xmpp] else { throw PortalError(.internal) }
    return try answer(
      APIRecord.Issued(
        device: APIRecord.Device(issued.device), address: issued.handle.description,
        password: password.secret.reveal()), status: .created)
  }

  @Sendable func renameDevice(_ request: Request, _ context: PortalContext) async throws -> Response {
    let session = try writer(request, context)
    let text = try await JSONBody(request, context, fields: ["name"]).string("name")
    let name = try checked("name") { () throws(DirectoryError) in try DeviceName(text) }
    let id = try device(context)
    let overview = try await accounts.overview(of: session.account.id)
    // A revoked one is not in the list any more, and so has no name to change.
    guard let found = overview.devices.first(where: { $0.device.id == id }) else { throw Self.noSuchDevice }
    try await accounts.renameDevice(id, to: name, of: session.account.id, by: .member)
    return try answer(
      APIRecord.Device(
        found.device, name: name, lastConnectedAt: found.lastSight?.connectedAt,
        lastAddress: found.lastSight?.address,
        connected: found.isConnected))
  }

  /// Doing it again is as good as once.
  @Sendable func revokeDevice(_ request: Request, _ context: PortalContext) async throws -> Response {
    let session = try writer(request, context)
    let enforcement = try await accounts.revokeDevice(device(context), of: session.account.id, by: .member)
    return try answer(APIRecord.Ended(ended: Nullable(enforcement.ended)))
  }

  /// An id that cannot be one is like one that nobody has: nothing is learnt by trying.
  private func device(_ context: PortalContext) throws -> Device.ID {
    guard let text = context.parameters.get("id"), let id = try? Device.ID(text) else {
      throw Self.noSuchDevice
    }
    return id
  }

  private static let noSuchDevice = APIProblem(
    .notFound, cause: "There is no such device.",
    remedy: "Look at the list of devices; it may be gone already.")

  private func checked<Value>(
    _ field: String, _ make: () throws(DirectoryError) -> Value
  ) throws(APIProblem) -> Value {
    do {
      return try make()
    } catch {
      throw APIProblem(.badRequest, cause: error.cause, remedy: error.remedy, field: field)
    }
  }
}
