// SPDX-License-Identifier: AGPL-3.0-or-later

import Metrics
import Testing

@testable import Portal

@Suite("The metrics")
struct PrometheusMetricsTests {
  private let metrics = PrometheusMetrics(
    helps: ["told_total": "Back\\slash,\nline and \"quote\"."], limit: 3)

  private func lines(_ prefix: String) -> [String] {
    metrics.text().split(separator: "\n").map(String.init).filter { $0.hasPrefix(prefix) }
  }

  private var refusals: String { lines("trunkline_metrics_refused_total").joined() }

  @Test("count, and never backwards")
  func counter() {
    let counter = Counter(label: "sign.ins", dimensions: [("b", "2"), ("a", "1")], factory: metrics)
    counter.increment()
    counter.increment(by: 41)
    counter.increment(by: -5)
    #expect(lines("# TYPE sign") == ["# TYPE sign_ins_total counter"])
    #expect(lines("sign") == [#"sign_ins_total{a="1",b="2"} 42"#])
    counter.reset()
    #expect(lines("sign") == [#"sign_ins_total{a="1",b="2"} 0"#])
  }

  @Test("count in fractions")
  func floatingPointCounter() {
    let counter = FloatingPointCounter(label: "work_total", factory: metrics)
    counter.increment(by: 0.25)
    counter.increment(by: 0.5)
    for odd in [Double.nan, .infinity, -1] { counter.increment(by: odd) }
    #expect(lines("work") == ["work_total 0.75"])
  }

  @Test("tell the value of the moment")
  func gauge() {
    let gauge = Gauge(label: "lag", factory: metrics)
    gauge.record(7)
    gauge.record(1.5)
    #expect(lines("# TYPE lag") == ["# TYPE lag gauge"])
    #expect(lines("lag") == ["lag 1.5"])
    for (value, text) in [(Double.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (1e300, "1e+300")] {
      gauge.record(value)
      #expect(lines("lag") == ["lag \(text)"])
    }
    let meter = Meter(label: "active", factory: metrics)
    meter.set(5)
    meter.increment(by: 2.0)
    meter.decrement()
    #expect(lines("active") == ["active 6"])
  }

  @Test("summarise what is recorded")
  func recorder() {
    let recorder = Recorder(label: "length", factory: metrics)
    recorder.record(2)
    recorder.record(0.5)
    recorder.record(Double.nan)
    #expect(lines("# TYPE length") == ["# TYPE length summary"])
    #expect(lines("length") == ["length_sum 2.5", "length_count 2"])
  }

  @Test("show how times are spread, in seconds")
  func timer() {
    let timer = Timer(label: "request.duration", dimensions: [("route", "/")], factory: metrics)
    timer.recordMilliseconds(1)
    timer.recordMilliseconds(40)
    timer.recordSeconds(60)
    #expect(lines("# TYPE request") == ["# TYPE request_duration_seconds histogram"])
    let shown = lines("request")
    #expect(shown.first == #"request_duration_seconds_bucket{route="/",le="0.001"} 1"#)
    #expect(shown.contains(#"request_duration_seconds_bucket{route="/",le="0.025"} 1"#))
    #expect(shown.contains(#"request_duration_seconds_bucket{route="/",le="0.05"} 2"#))
    #expect(shown.contains(#"request_duration_seconds_bucket{route="/",le="30"} 2"#))
    #expect(shown.contains(#"request_duration_seconds_bucket{route="/",le="+Inf"} 3"#))
    #expect(shown.contains(#"request_duration_seconds_sum{route="/"} 60.041"#))
    #expect(shown.last == #"request_duration_seconds_count{route="/"} 3"#)
  }

  @Test("escape label values and help texts")
  func escaping() {
    let odd = "a\"b\\c\nd\re\u{0}f"
    Counter(label: "told", dimensions: [("v", odd)], factory: metrics).increment()
    #expect(lines("told") == [#"told_total{v="a\"b\\c\nd e f"} 1"#])
    #expect(lines("# HELP told") == [#"# HELP told_total Back\\slash,\nline and "quote"."#])
    Counter(label: "told", dimensions: [("v", String(repeating: "x", count: 5_000))], factory: metrics)
      .increment()
    #expect(lines("told").allSatisfy { $0.count < 300 })
  }

  @Test(
    "get names that Prometheus knows",
    arguments: [
      ("http.server-time", "http_server_time_total"), ("2fa", "_2fa_total"), ("käse", "k_se_total"),
      ("a b\n# TYPE c", "a_b___TYPE_c_total"), ("ns:ok", "ns:ok_total"), ("done_total", "done_total"),
    ])
  func names(label: String, name: String) {
    Counter(label: label, factory: metrics).increment()
    #expect(lines(name) == ["\(name) 1"])
  }

  @Test("get label names that Prometheus knows, each once")
  func labelNames() {
    Timer(
      label: "t",
      dimensions: [
        ("le", "1"), ("http.route", "2"), ("__name", "3"), ("http-route", "4"), ("", "5"), ("é", "6"),
      ],
      factory: metrics
    ).recordSeconds(1)
    #expect(lines("t_seconds_count") == [#"t_seconds_count{_name="3",http_route="2",le_="1"} 1"#])
  }

  @Test("refuse what has no name, another type or too many label sets, without failing the caller")
  func refused() {
    Counter(label: "…", factory: metrics).increment()
    #expect(refusals == "trunkline_metrics_refused_total 1")
    Counter(label: "twice", factory: metrics).increment()
    Gauge(label: "twice_total", factory: metrics).record(1)
    #expect(lines("twice") == ["twice_total 1"])
    #expect(refusals == "trunkline_metrics_refused_total 2")
    Timer(label: "spread", factory: metrics).recordSeconds(1)
    Gauge(label: "spread_seconds_count", factory: metrics).record(1)
    Recorder(label: "spread_seconds", factory: metrics).record(1)
    #expect(refusals == "trunkline_metrics_refused_total 4")
    for number in 0..<10 {
      Counter(label: "wide", dimensions: [("n", "\(number)")], factory: metrics).increment()
    }
    #expect(lines("wide").count == 3)
    #expect(refusals == "trunkline_metrics_refused_total 11")
    Counter(label: "trunkline_metrics_refused", factory: metrics).increment(by: 100)
    #expect(refusals == "trunkline_metrics_refused_total 12")
  }

  @Test("are shared by all who name the same one, and gone when destroyed")
  func sharing() {
    let first = Counter(label: "same", dimensions: [("a", "1"), ("b", "2")], factory: metrics)
    let second = Counter(label: "same", dimensions: [("b", "2"), ("a", "1")], factory: metrics)
    first.increment()
    second.increment()
    #expect(lines("same") == [#"same_total{a="1",b="2"} 2"#])
    first.destroy()
    #expect(lines("same").isEmpty)
    #expect(lines("# TYPE same").isEmpty)
  }

  @Test("lose nothing when many write and read at once")
  func concurrency() async {
    let metrics = metrics
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for _ in 0..<500 {
            Counter(label: "many", factory: metrics).increment()
            Meter(label: "level", factory: metrics).increment()
            Timer(label: "busy", factory: metrics).recordMilliseconds(3)
          }
        }
      }
      group.addTask { for _ in 0..<20 { _ = metrics.text() } }
    }
    #expect(lines("many") == ["many_total 4000"])
    #expect(lines("level") == ["level 4000"])
    #expect(lines("busy_seconds_count") == ["busy_seconds_count 4000"])
  }
}
