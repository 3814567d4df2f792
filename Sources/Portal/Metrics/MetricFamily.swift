// SPDX-License-Identifier: AGPL-3.0-or-later

/// All series of one metric.
struct MetricFamily: Sendable {
  enum Kind: String, Sendable { case counter, gauge, histogram, summary }

  let kind: Kind
  let help: String?
  var series: [MetricLabels: any MetricSeries] = [:]

  func text(_ name: String) -> String {
    guard !series.isEmpty else { return "" }
    var text = help.map { "# HELP \(name) \(MetricText.help($0))\n" } ?? ""
    text += "# TYPE \(name) \(kind.rawValue)\n"
    for (labels, series) in series.sorted(by: { $0.key.order < $1.key.order }) {
      text += series.lines(name, labels)
    }
    return text
  }

  /// The other sample names that a metric of this kind takes: two metrics must not meet in one of them.
  static func names(_ name: String, _ kind: Kind) -> [String] {
    switch kind {
    case .counter, .gauge: [name]
    case .summary: [name, name + "_sum", name + "_count"]
    case .histogram: [name, name + "_sum", name + "_count", name + "_bucket"]
    }
  }
}
