#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The portal's page of people, for a member who follows 5,000 and for one who follows 50: the first page, and a search that finds
one of them. Both members' requests take turns; each round gives one ratio, of wall-clock time.

    swift build -c release
    benchmarks/people_page.py [--many 5000] [--few 50] [--rounds 40] [--executable .build/release/trunkline-trial]
"""
import argparse
import pathlib
import shutil
import sys
import time
from types import SimpleNamespace

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "e2e"), str(ROOT / "e2e/journeys"), str(ROOT / "e2e/prosody")]

from measure import executable, report  # noqa: E402
from people import new_member  # noqa: E402
from trial import Trial, free_offset, new_state, wait_until  # noqa: E402


def follower(trial, count):
    """A member who follows so many, and whose list has been taken over."""
    member = new_member(trial, "follows", devices=1)
    trial.sandbox("POST", f"/sandbox/members/{member.name}/crowd", json={"count": count, "ties": "mutual"})
    member.sign_in()

    def read():
        time.sleep(0.5)
        answer = member.browser.api("GET", "/api/v1/people").json()
        member.known = answer["people"][-1] if answer["people"] else None
        return answer["mutual"] >= count
    wait_until(read, 120, f"{count} people being taken over")
    return member


def seconds(member, path):
    # Slower than the portal's limit for one member.
    time.sleep(0.15)
    start = time.perf_counter()
    page = member.browser.get(path)
    taken = time.perf_counter() - start
    assert page.status == 200 and member.known["name"] in page.html, page
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
        for what, path in (("first page", lambda _: "/people/find"), ("search", lambda member: f"/people/find?q={member.known['handle']}")):
            sides = {member: SimpleNamespace(name=f"who follows {count}", costs=[])
                     for member, count in ((few, arguments.few), (many, arguments.many))}
            for number in range(arguments.rounds):
                for member in (few, many) if number % 2 else (many, few):
                    sides[member].costs.append(seconds(member, path(member)))
            report(f"the portal's page of people, {what}", list(sides.values()), sides[few])
    finally:
        trial.destroy()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
