#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a clean checkout to a trial that is ready, with the shares of installing, building and starting: the steps of `make up`
in a fresh clone of what is committed here. Takes as long as that takes: many minutes.

    benchmarks/checkout.py [--keep FOLDER]
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from measure import ROOT, keep

sys.path[:0] = [str(ROOT / "e2e")]

from trial import Trial, free_offset, new_state  # noqa: E402


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--keep", type=pathlib.Path, help="clone into this folder and leave it there")
    chosen = options.parse_args()
    clone = chosen.keep or pathlib.Path(tempfile.mkdtemp(prefix="trunkline-checkout-")) / "trunkline"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True)
    steps = {}

    def step(name, work):
        start = time.monotonic()
        work()
        steps[name] = time.monotonic() - start
        print(f"  {name:28} {steps[name]:8.1f} s", flush=True)

    state = new_state("checkout")
    trial = Trial(state=state / "state", offset=free_offset(), executable=clone / ".build/debug/trunkline-trial")
    quiet = {"cwd": clone, "check": True, "stdout": subprocess.DEVNULL}
    try:
        step("install packages", lambda: subprocess.run(["dist/install-requirements", "build", "engines"], **quiet))
        step("fetch Swift packages", lambda: subprocess.run(["swift", "package", "resolve"], **quiet))
        step("build", lambda: subprocess.run(["dist/build"], **quiet))
        step("start, for the first time", lambda: trial.start())
        trial.stop()
        step("build again, unchanged", lambda: subprocess.run(["dist/build"], **quiet))
        step("start again", lambda: trial.start())
    finally:
        trial.destroy()
        shutil.rmtree(state, ignore_errors=True)
        if not chosen.keep:
            shutil.rmtree(clone.parent, ignore_errors=True)
    load = os.getloadavg()[2]
    print(f"  together until ready         {sum(list(steps.values())[:4]):8.1f} s   (load of the last 15 minutes: {load:.1f})")
    keep("clean checkout to ready", [{"side": name, "cost": value, "unit": "s"} for name, value in steps.items()] + [
        {"side": "load", "cost": load, "unit": ""}])


if __name__ == "__main__":
    main()
