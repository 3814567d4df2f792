// SPDX-License-Identifier: AGPL-3.0-or-later

import Metrics
import Synchronization

/// One series: the values of a metric for one label set.
protocol MetricSeries: AnyObject, Sendable {
  /// Its lines, each ending with a line feed.
  func lines(_ name: String, _ labels: MetricLabels) -> String
}

/// Only ever grows. What is negative or not a number is ignored.
final class CounterSeries: MetricSeries, CounterHandler, FloatingPointCounterHandler {
  private let total = Mutex<Double>(0)

  func increment(by amount: Int64) { increment(by: Double(amount)) }

  func increment(by amount: Double) {
    guard amount.isFinite, amount > 0 else { return }
    total.withLock { $0 += amount }
  }

  func reset() { total.withLock { $0 = 0 } }

  func lines(_ name: String, _ labels: MetricLabels) -> String {
    "\(name)\(labels.text()) \(MetricText.number(total.withLock { $0 }))\n"
  }
}

/// The value of the moment.
final class GaugeSeries: MetricSeries, RecorderHandler, MeterHandler {
  private let value = Mutex<Double>(0)

  func record(_ value: Int64) { set(Double(value)) }
  func record(_ value: Double) { set(value) }
  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { self.value.withLock { $0 = value } }

  func increment(by amount: Double) {
    guard amount.isFinite else { return }
    value.withLock { $0 += amount }
  }

  func decrement(by amount: Double) { increment(by: -amount) }

  func lines(_ name: String, _ labels: MetricLabels) -> String {
    "\(name)\(labels.text()) \(MetricText.number(value.withLock { $0 }))\n"
  }
}

/// How values are spread: with bounds a histogram, without a summary that has no quantiles.
final class DistributionSeries: MetricSeries, RecorderHandler, TimerHandler {
  /// For times, in seconds: from a cached page to a home server that hangs.
  static let timerBounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

  private struct State {
    /// One a bound; values above the last are only in `count`.
    var buckets: [UInt64]
    var count: UInt64 = 0
    var sum: Double = 0
  }

  private let bounds: [Double]
  private let state: Mutex<State>

  init(bounds: [Double]) {
    self.bounds = bounds
    state = Mutex(State(buckets: Array(repeating: 0, count: bounds.count)))
  }

  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    guard value.isFinite else { return }
    let index = bounds.firstIndex { value <= $0 }
    state.withLock { state in
      if let index { state.buckets[index] += 1 }
      state.count += 1
      state.sum += value
    }
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

  func lines(_ name: String, _ labels: MetricLabels) -> String {
    let state = state.withLock { $0 }
    var text = ""
    if !bounds.isEmpty {
      var below: UInt64 = 0
      for (bound, bucket) in zip(bounds, state.buckets) {
        below += bucket
        text += "\(name)_bucket\(labels.text(and: "le=\"\(MetricText.number(bound))\"")) \(below)\n"
      }
      text += "\(name)_bucket\(labels.text(and: "le=\"+Inf\"")) \(state.count)\n"
    }
    text += "\(name)_sum\(labels.text()) \(MetricText.number(state.sum))\n"
    return text + "\(name)_count\(labels.text()) \(state.count)\n"
  }
}
