// SPDX-License-Identifier: AGPL-3.0-or-later

/// The label set of one series, checked and in a fixed order.
struct MetricLabels: Hashable, Sendable {
  /// As in `name="value"`, sorted by name.
  private let pairs: [String]

  /// Of several dimensions with the same name the first counts; those without a usable name are left out.
  init(_ dimensions: [(String, String)]) {
    var seen: Set<String> = []
    var named: [(String, String)] = []
    for (dimension, value) in dimensions {
      guard let name = MetricText.labelName(dimension), seen.insert(name).inserted else { continue }
      named.append((name, value))
    }
    pairs = named.sorted { $0.0 < $1.0 }.map { "\($0.0)=\(MetricText.quoted($0.1))" }
  }

  /// Behind a metric name: `{…}`, or nothing if there are no labels.
  func text(and extra: String? = nil) -> String {
    let all = extra.map { pairs + [$0] } ?? pairs
    return all.isEmpty ? "" : "{\(all.joined(separator: ","))}"
  }

  var order: String { pairs.joined(separator: ",") }
}
