#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Memory of each process of a trial in which nobody is signed in: the proportional share (PSS) of its pages, some seconds after
all is ready.

    swift build -c release
    benchmarks/memory.py [--seconds 30] [--executable .build/release/trunkline-trial]
"""
import argparse
import pathlib
import shutil
import sys
import time

from measure import ROOT, executable, family, keep, proportional

sys.path[:0] = [str(ROOT / "e2e")]

from trial import Trial, free_offset, new_state  # noqa: E402


def words(pid):
    """The program and what tells it from its siblings: the end of its command line."""
    line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    program = pathlib.Path(line.split(" ")[0]).name
    for word in ("serve", "sandbox", "up"):
        if line.endswith(word) or f" {word} " in line:
            return f"{program} {word}"
    if line.startswith("nginx:"):
        return " ".join(line.split()[:2])
    return "prosody" if program.startswith("lua") else program


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=int, default=30)
    options.add_argument("--executable", type=pathlib.Path)
    chosen = options.parse_args()
    folder = new_state("memory")
    trial = Trial(state=folder / "state", offset=free_offset(), executable=chosen.executable or executable("trunkline-trial"))
    try:
        trial.start()
        time.sleep(chosen.seconds)
        rows = [{"side": words(pid), "cost": proportional(pid) / 2**20, "unit": "MiB"} for pid in family(trial.process.pid)]
    finally:
        trial.destroy()
        shutil.rmtree(folder, ignore_errors=True)
    for row in sorted(rows, key=lambda row: -row["cost"]):
        print(f"  {row['side']:40} {row['cost']:7.1f} MiB")
    print(f"  {'together':40} {sum(row['cost'] for row in rows):7.1f} MiB")
    keep(f"memory, idle for {chosen.seconds} s", rows)


if __name__ == "__main__":
    main()
