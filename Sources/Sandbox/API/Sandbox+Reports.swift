// SPDX-License-Identifier: AGPL-3.0-or-later

import Foundation
import HTTPTypes

/// What a member told the moderators.
struct FiledReport: Codable, Sendable, Equatable {
  let id: Int
  /// Account ids.
  let from: String
  let about: String
  let comment: String
  let category: String
  let forwarded: Bool
  let createdAt: Date
}

extension Sandbox {
  /// Reports to the moderators.
  func addReportRoutes(_ routes: RouteTable) {
    routes.on(.post, "/api/v1/reports", .api) { exchange in
      let member = try exchange.member("write", "write:reports")
      let fields = exchange.fields
      guard let about = fields.filled("account_id").flatMap(exchange.world.member(id:)) else {
        throw Refusal.notFound
      }
      let comment = fields["comment"] ?? ""
      guard comment.count <= 1_000 else {
        throw Refusal(422, "Validation failed: Comment is too long (maximum is 1000 characters)")
      }
      let category = fields.filled("category") ?? "other"
      guard ["other", "spam", "legal", "violation"].contains(category) else {
        throw Refusal(422, "Validation failed: Category is not included in the list")
      }
      let (forwarded, now) = (fields.isTrue("forward") && !about.isLocal, exchange.now)
      let report = try await state.change { world in
        let report = FiledReport(
          id: world.nextID(), from: member.id, about: about.id, comment: comment, category: category,
          forwarded: forwarded, createdAt: now)
        world.filed = (world.filed ?? []) + [report]
        return report
      }
      return .json(
        Self.json(report).merged(with: [
          "action_taken": false, "action_taken_at": nil, "status_ids": [], "rule_ids": nil,
          "target_account": accountJSON(about, world: exchange.world),
        ]))
    }
    routes.on(.get, "/sandbox/reports", .control) { exchange in
      .json(
        .array(
          (exchange.world.filed ?? []).map { report in
            Self.json(report).merged(with: [
              "from": JSON(exchange.world.member(id: report.from)?.acct),
              "about": JSON(exchange.world.member(id: report.about)?.acct),
            ])
          }))
    }
  }

  private static func json(_ report: FiledReport) -> JSON {
    [
      "id": .string(String(report.id)), "category": .string(report.category),
      "comment": .string(report.comment), "forwarded": .bool(report.forwarded),
      "created_at": JSON(report.createdAt),
    ]
  }
}
