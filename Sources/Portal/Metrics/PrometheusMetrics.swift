// SPDX-License-Identifier: AGPL-3.0-or-later

public import Metrics
import Synchronization

/// Collects what the program measures (swift-metrics) and writes it in Prometheus' text format, version 0.0.4.
///
/// Names follow Prometheus' customs: counters end in `_total`, timers are histograms in `_seconds`. Recorders that
/// summarise are summaries without quantiles. Two makers of the same metric and label set share one series.
///
/// Nothing here can fail its caller or fill the memory. A metric that has no usable name, that already is of
/// another type, or that would be one label set too many is not kept; `trunkline_metrics_refused_total` counts them.
public final class PrometheusMetrics: MetricsFactory {
  /// Of ``text()``.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// The counter of what was not kept.
  static let refusedName = "trunkline_metrics_refused_total"

  private struct State {
    var families: [String: MetricFamily] = [:]
    /// Which metric each sample name belongs to.
    var owners: [String: String] = [:]
  }

  private let state = Mutex(State())
  private let refused = CounterSeries()
  private let helps: [String: String]
  private let limit: Int

  /// - Parameters:
  ///   - helps: what each metric tells, by its name in the text.
  ///   - limit: the most label sets of one metric.
  public init(helps: [String: String] = PrometheusMetrics.helps, limit: Int = 500) {
    self.helps = helps
    self.limit = limit
  }

  /// All metrics that have a value, sorted by name.
  public func text() -> String {
    let families = state.withLock { $0.families }
    var refusals = MetricFamily(kind: .counter, help: helps[Self.refusedName])
    refusals.series[MetricLabels([])] = refused
    return families.merging([Self.refusedName: refusals]) { _, own in own }
      .sorted { $0.key < $1.key }.map { $0.value.text($0.key) }.joined()
  }

  // MARK: Making

  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    series(label, suffix: "_total", dimensions, .counter, CounterSeries.init)
  }

  public func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    series(label, suffix: "_total", dimensions, .counter, CounterSeries.init)
  }

  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    series(label, suffix: "", dimensions, .gauge, GaugeSeries.init)
  }

  public func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    if aggregate {
      series(label, suffix: "", dimensions, .summary) { DistributionSeries(bounds: []) }
    } else {
      series(label, suffix: "", dimensions, .gauge, GaugeSeries.init)
    }
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    series(label, suffix: "_seconds", dimensions, .histogram) {
      DistributionSeries(bounds: DistributionSeries.timerBounds)
    }
  }

  /// The series of this name and label set; one that nobody reads if it cannot be kept.
  private func series<Series: MetricSeries>(
    _ label: String, suffix: String, _ dimensions: [(String, String)], _ kind: MetricFamily.Kind,
    _ make: () -> Series
  ) -> Series {
    let labels = MetricLabels(dimensions)
    let kept = MetricText.name(label).flatMap { bare -> Series? in
      let name = bare.hasSuffix(suffix) ? bare : bare + suffix
      return state.withLock { state in
        var family = state.families[name] ?? MetricFamily(kind: kind, help: helps[name])
        guard family.kind == kind else { return nil }
        if let known = family.series[labels] { return known as? Series }
        let names = MetricFamily.names(name, kind)
        guard family.series.count < limit, name != Self.refusedName,
          names.allSatisfy({ state.owners[$0, default: name] == name })
        else { return nil }
        let made = make()
        family.series[labels] = made
        state.families[name] = family
        for taken in names { state.owners[taken] = name }
        return made
      }
    }
    if let kept { return kept }
    refused.increment(by: 1.0)
    return make()
  }

  // MARK: Forgetting

  public func destroyCounter(_ handler: any CounterHandler) { forget(handler) }
  public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { forget(handler) }
  public func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
  public func destroyRecorder(_ handler: any RecorderHandler) { forget(handler) }
  public func destroyTimer(_ handler: any TimerHandler) { forget(handler) }

  private func forget(_ handler: AnyObject) {
    state.withLock { state in
      for (name, family) in state.families {
        guard let labels = family.series.first(where: { $0.value === handler })?.key else { continue }
        state.families[name]?.series[labels] = nil
        return
      }
    }
  }
}
