#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What issuing a durable credential costs, against the least that it must: the same derivations, and as many fdatasyncs of as
many bytes, in the same process and folder. Counts the system calls first (strace), then takes times of both in turn.

    swift build -c release --product issuing
    benchmarks/issuing.py [--count 400] [--folder ON_A_REAL_DISK] [--executable .build/release/issuing]
"""
import argparse
import os
import re
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from measure import executable, keep, percentile


def syncs_and_bytes(program, folder, count=24):
    """What the system is asked for between two lines of the program: medians, since a member's first device and the moments at
    which SQLite empties its log stand between some."""
    trace = Path(folder) / "trace"
    subprocess.run(["strace", "-f", "-e", "trace=fdatasync,fsync,pwrite64,write", "-e", "signal=none", "-o", str(trace),
                    str(program), str(Path(folder) / "counted"), str(count), "0", "0"], check=True, stdout=subprocess.DEVNULL)
    steps, syncs, size = [], None, 0
    for line in trace.read_text(errors="replace").splitlines():
        if re.search(r" write\(1, ", line):
            if syncs is not None:
                steps.append((syncs, size))
            syncs, size = 0, 0
        elif syncs is not None and re.search(r" (fdatasync|fsync)\(", line):
            syncs += 1
        elif syncs is not None and (written := re.search(r" pwrite64\(.* = (\d+)$", line)):
            size += int(written.group(1))
    return statistics.median_low(step[0] for step in steps), statistics.median_low(step[1] for step in steps)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--count", type=int, default=400)
    options.add_argument("--folder", help="where to work; a memory file system would make the syncs free")
    options.add_argument("--executable", type=Path)
    chosen = options.parse_args()
    program = chosen.executable or executable("issuing")
    folder = tempfile.mkdtemp(prefix="trunkline-issuing-", dir=chosen.folder)
    try:
        syncs, size = syncs_and_bytes(program, folder)
        print(f"one credential: {syncs} fdatasyncs, {size} bytes written")
        os.sync()
        lines = subprocess.run([str(program), str(Path(folder) / "timed"), str(chosen.count), str(syncs), str(size)], check=True,
                               stdout=subprocess.PIPE, text=True).stdout.splitlines()[1:]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    pairs = [tuple(map(float, line.split())) for line in lines]
    rows = []
    for name, values in (("ours", [ours for ours, _ in pairs]), ("derivations and fdatasyncs", [peer for _, peer in pairs])):
        middle = statistics.median(values) * 1000
        rows.append({"side": name, "cost": middle, "unit": "ms"})
        print(f"  {name:26}  median {middle:7.3f} ms   99th percentile {percentile(values, 0.99) * 1000:7.3f} ms")
    ratios = [ours / peer for ours, peer in pairs]
    print(f"  {statistics.median(ratios):.3f} times (half of the {len(ratios)} pairs: {percentile(ratios, 0.25):.3f} to "
          f"{percentile(ratios, 0.75):.3f})")
    rows[0]["ratio"] = statistics.median(ratios)
    keep(f"issuing a credential: {syncs} fdatasyncs, {size} bytes", rows)


if __name__ == "__main__":
    main()
