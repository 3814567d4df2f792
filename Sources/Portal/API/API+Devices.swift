// SPDX-License-Identifier: AGPL-3.0-or-later

import Accounts
import Credentials
import Directory
import Foundation
import HTTPTypes
import Hummingbird

extension API {
  @Sendable func listDevices(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let overview = try await accounts.overview(of: session.account.id)
    return try answer(APIRecord.Devices(devices: overview.devices.map { APIRecord.Device($0) }))
  }

  /// The one answer that has passwords in it.
  @Sendable func addDevice(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let fields = Service.shown.map(\.apiName)
    let body = try await JSONBody(visit, fields: Set(["name", "expires_at"] + fields))
    let text = try body.string("name")
    let name = try checked("name") { () throws(DirectoryError) in try DeviceName(text) }
    let expiry = try body.optionalDate("expires_at").map { Timestamp($0) }
    let apps = try apps(body)
    let issued: IssuedDevice
    do {
      issued = try await accounts.addDevice(
        NewDevice(name: name, apps: apps, expiresAt: expiry), to: session.account.id, by: .member)
    } catch let error as DirectoryError {
      throw APIProblem(.badRequest, cause: error.cause, remedy: error.remedy, field: "expires_at")
    }
    // The device is there and its passwords can be used: a link that cannot be made must not lose them.
    let link = try? await accounts.offerProvisioning(of: issued).map {
      ProvisioningLink.address(of: $0, at: settings.portal).reveal()
    }
    return try answer(
      APIRecord.Issued(
        device: APIRecord.Device(issued.device), address: issued.handle.description,
        passwords: Service.shown.compactMap { service in
          issued.passwords[service].map { .init(service: service.apiName, password: $0.secret.reveal()) }
        }, provisioningURL: Nullable(link ?? nil)), status: .created)
  }

  /// The app for each service that the body names; at least one.
  private func apps(_ body: JSONBody) throws -> [Service: App] {
    var apps: [Service: App] = [:]
    for service in Service.shown {
      let field = service.apiName
      guard let text = try body.optionalString(field) else { continue }
      guard let app = App(rawValue: text), app.service == service, !app.isBrowser else {
        let known = service.apps.map(\.rawValue).joined(separator: ", ")
        throw APIProblem(
          .badRequest, cause: "“\(field)” is no app for \(field).", remedy: "It knows: \(known).",
          field: field)
      }
      apps[service] = app
    }
    guard !apps.isEmpty else {
      throw APIProblem(
        .badRequest, cause: "No app is named.",
        remedy: "Name an app for chat in “chat”, one for calls in “calls”, or both.", field: "chat")
    }
    return apps
  }

  @Sendable func renameDevice(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let text = try await JSONBody(visit, fields: ["name"]).string("name")
    let name = try checked("name") { () throws(DirectoryError) in try DeviceName(text) }
    let id = try device(visit)
    let overview = try await accounts.overview(of: session.account.id)
    // A revoked one is not in the list any more, and so has no name to change.
    guard let found = overview.devices.first(where: { $0.device.id == id }) else { throw Self.noSuchDevice }
    try await accounts.renameDevice(id, to: name, of: session.account.id, by: .member)
    return try answer(
      APIRecord.Device(found, name: name))
  }

  /// Doing it again is as good as once.
  @Sendable func revokeDevice(_ visit: Visit) async throws -> Response {
    let session = try visit.member()
    let enforcement = try await accounts.revokeDevice(device(visit), of: session.account.id, by: .member)
    return try answer(APIRecord.Ended(ended: Nullable(enforcement.ended)))
  }

  /// An id that cannot be one is like one that nobody has: nothing is learnt by trying.
  private func device(_ visit: Visit) throws -> Device.ID {
    guard let text = visit.parameter("id"), let id = try? Device.ID(text) else {
      throw Self.noSuchDevice
    }
    return id
  }

  private static let noSuchDevice = APIProblem(
    .notFound, cause: "There is no such device.",
    remedy: "Look at the list of devices; it may be gone already.")

  func checked<Value>(
    _ field: String, _ make: () throws(DirectoryError) -> Value
  ) throws(APIProblem) -> Value {
    do {
      return try make()
    } catch {
      throw APIProblem(.badRequest, cause: error.cause, remedy: error.remedy, field: field)
    }
  }
}
