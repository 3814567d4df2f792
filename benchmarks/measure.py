# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the benchmarks measure: the CPU time of processes from the scheduler's own nanoseconds, all sides in many short rounds
that follow each other, and one ratio for each round, so that whatever else the machine does falls on all sides alike."""
import json
import os
import pathlib
import platform
import signal
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks/results"

# Whoever is told to end ends what it has started, as after Ctrl-C.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def family(pid):
    """The process and all that descend from it."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, left = [], [pid]
    while left:
        found.append(left.pop())
        left += children.get(found[-1], [])
    return found


def cpu(*pids):
    """Seconds that the processes have run, all threads together. Threads that ended in between are not in it."""
    total = 0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except OSError:
                pass
    return total / 1e9


def proportional(*pids):
    """Bytes of memory that the processes hold, shared pages by their share (PSS). One that has ended holds none."""
    total = 0
    for pid in pids:
        try:
            rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total * 1024


def pin(core, *pids):
    """Keeps processes, and the threads that they have now, on one core."""
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {core})


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def milliseconds(seconds):
    """One line on a list of durations."""
    values = [1000 * value for value in seconds]
    return (f"median {statistics.median(values):7.2f} ms   99th percentile {percentile(values, 0.99):7.2f} ms   "
            f"maximum {max(values):7.2f} ms   ({len(values)})")


class Side:
    """One of the things that are compared: `work(n)` does it n times, and `pids()` are the processes whose CPU it costs."""

    def __init__(self, name, work, pids):
        self.name, self.work, self.pids = name, work, pids
        self.costs = []  # seconds for one, a value for each round

    def round(self, times):
        pids = self.pids()
        before = cpu(*pids)
        self.work(times)
        self.costs.append((cpu(*pids) - before) / times)


def rounds(sides, count, times, seconds=None):
    """Runs all sides `count` times, `times` each, beginning with another one each time; stops when `seconds` are over."""
    for side in sides:
        side.work(max(1, times // 2))  # warm
    end = time.monotonic() + (seconds or 1e9)
    for number in range(count):
        first = number % len(sides)
        for side in sides[first:] + sides[:first]:
            side.round(times)
        if time.monotonic() > end:
            break


def ratio(side, base):
    """The median of the rounds' ratios, and the quarter and three-quarter marks."""
    values = [cost / other for cost, other in zip(side.costs, base.costs)]
    return statistics.median(values), percentile(values, 0.25), percentile(values, 0.75)


def report(title, sides, base, unit="ms", scale=1000):
    """Prints a table and keeps it as JSON in benchmarks/results."""
    print(f"{title}; {len(base.costs)} rounds")
    width = max(len(side.name) for side in sides)
    rows = []
    for side in sides:
        middle, low, high = ratio(side, base)
        cost = statistics.median(side.costs) * scale
        rows.append({"side": side.name, "cost": cost, "unit": unit, "ratio": middle, "quartiles": [low, high]})
        print(f"  {side.name:{width}}  {cost:9.3f} {unit}  {middle:6.3f} times  (half of the rounds: {low:.3f} to {high:.3f})")
    keep(title, rows)


def keep(title, rows):
    RESULTS.mkdir(exist_ok=True)
    with open(os.environ.get("TRUNKLINE_RESULTS", RESULTS / "results.jsonl"), "a") as file:
        file.write(json.dumps({"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "machine": machine(),
                               "title": title, "rows": rows}) + "\n")


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} × {model}"


def executable(name):
    """The release build of a program of this checkout."""
    for folder in (".build/release", ".build-release/release"):
        if (ROOT / folder / name).exists():
            return ROOT / folder / name
    raise SystemExit(f"there is no release build of {name}: swift build -c release --product {name}")
