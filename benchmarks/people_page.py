#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The portal's page of people, for a member who follows 5,000 and for one who follows 50: the first page, a later one, a search.
Both members' requests take turns; each round gives one ratio.

    swift build -c release
    benchmarks/people_page.py [--many 5000] [--few 50] [--rounds 40] [--executable .build/release/trunkline-trial]
"""
import argparse
import pathlib
import shutil
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "e2e"), str(ROOT / "e2e/journeys"), str(ROOT / "e2e/prosody")]

from measure import executable, keep  # noqa: E402
from conftest import new_state  # noqa: E402
from people import new_member  # noqa: E402
from trial import Trial, free_offset, wait_until  # noqa: E402


def follower(trial, count):
    """A member who follows so many, and whose list has been taken over."""
    member = new_member(trial, "follows", devices=1)
    trial.sandbox("POST", f"/sandbox/members/{member.name}/crowd", json={"count": count, "ties": "mutual"})
    member.sign_in()

    def read():
        time.sleep(0.5)
        return member.browser.api("GET", "/api/v1/people").json().get("mutual", 0) >= count
    wait_until(read, 120, f"{count} people being taken over")
    return member


def seconds(member, path):
    # Slower than the portal's limit for one member.
    time.sleep(0.15)
    start = time.perf_counter()
    page = member.browser.get(path)
    taken = time.perf_counter() - start
    assert page.status == 200, page
    return taken


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--many", type=int, default=5_000)
    parser.add_argument("--few", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--executable", type=pathlib.Path)
    arguments = parser.parse_args()
    folder = new_state("people")
    trial = Trial(state=folder / "state", offset=free_offset(), executable=arguments.executable or executable("trunkline-trial"))
    try:
        trial.start()
        few, many = follower(trial, arguments.few), follower(trial, arguments.many)
        rows = []
        for what, path in (("the first page", "/people/find"), ("a search", "/people/find?search=sof")):
            ratios, took = [], []
            for number in range(arguments.rounds):
                order = (few, many) if number % 2 else (many, few)
                times = {member: seconds(member, path) for member in order}
                ratios.append(times[many] / times[few])
                took.append(times[many])
            low, middle, high = statistics.quantiles(ratios, n=4)
            print(f"{what}: {arguments.many} people against {arguments.few}: {middle:.2f} times ({low:.2f} to {high:.2f}), "
                  f"median {statistics.median(took) * 1000:.0f} ms")
            rows.append({"side": what, "ratio": middle, "low": low, "high": high, "seconds": statistics.median(took)})
        keep(f"the page of people, {arguments.many} against {arguments.few}", rows)
    finally:
        trial.destroy()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
