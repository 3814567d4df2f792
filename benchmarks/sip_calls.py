#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""CPU that setting up and ending a call costs (INVITE, 407, INVITE with a proof, 180, 200, ACK, BYE, 200; by UDP): through our
configuration against a small Kamailio of the usual kind, the same two sipp and the same number of processes. Without any SDP,
and with one, for which both have rtpengine make room; its CPU is counted too.
With --hold, how many calls at once are held for 20 seconds before one fails.

    benchmarks/sip_calls.py [--rounds 30 --calls 50] [--hold]
"""
import argparse
import contextlib
import csv
import os
import secrets
import subprocess
import tempfile
from pathlib import Path

from measure import Side, family, keep, report, rounds
from sip_parties import Peer, enrol, free_ports, memory, ours, people, relay, run, scenario, sipp


class Line:
    """A caller and a callee at one server."""

    def __init__(self, name, folder, server, names, media):
        self.name, self.folder, self.server, self.media = name, folder, server, media
        self.caller, self.callee = free_ports(2, server.port + 200)
        self.words = people(folder, names[:1], [names[1]])
        register = people(folder, names[1:2])
        # The callee's contact is where its sipp answers: it registers from there first.
        run(sipp(folder, server.port, "-sf", scenario(folder, "register", REFRESHES=1), "-inf", register, "-m", 1, local=self.callee), folder)
        self.answering = subprocess.Popen(
            sipp(folder, server.port, "-sf", scenario(folder, "callee", media), local=self.callee), cwd=folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env={**os.environ, "TERM": "dumb"})

    def call(self, count, rate=100, hold=0, seconds=120, statistics=None):
        more = ["-trace_stat", "-stf", statistics, "-fd", 1] if statistics else []
        run(sipp(self.folder, self.server.port, "-sf", scenario(self.folder, "caller", self.media, HOLD=hold), "-inf", self.words, "-m", count,
                 "-l", 10_000, "-r", rate, "-timeout", seconds, *more, local=self.caller), self.folder, seconds + 30)

    def side(self, *more):
        return Side(self.name, self.call, lambda: [pid for process in (self.server.process, *more) for pid in family(process.pid)])

    def stop(self):
        self.answering.kill()
        self.answering.wait()


def most_held(line, folder, limit=6000):
    """More calls at once in each step, all held for 20 seconds, until one fails."""
    held = 0
    count = 500
    while count <= limit:
        statistics = Path(folder) / f"held{count}.csv"
        try:
            line.call(count, rate=max(50, count // 10), hold=20_000, seconds=60, statistics=statistics)
        except RuntimeError:
            return held, f"at {count} one failed"
        with open(statistics) as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
        if int(last["FailedCall(C)"]):
            return held, f"at {count} one failed"
        held = count
        count = int(count * 1.6)
    return held, "more were not tried"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--calls", type=int, default=50, help="in each round")
    options.add_argument("--hold", action="store_true")
    options = options.parse_args()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-sip-", dir=memory()))
        os.chmod(folder, 0o755)
        names = [f"m{secrets.token_hex(8)}" for _ in range(1000)]

        def running(server):
            stack.callback(server.stop)
            return server.start()

        bare = running(Peer(Path(folder) / "peer", names))
        engine = running(relay(Path(folder) / "relay"))
        relayed = running(Peer(Path(folder) / "relayed", names, "WITH_MEDIA", media=engine.control_port))
        own = ours(Path(folder) / "ours", mediaControlPort=engine.control_port)
        enrol(own.projection, names)
        running(own)
        pairs = {"without media": [Line("bare Kamailio", folder, bare, names, False), Line("ours", folder, own, names, False)],
                 "with media": [Line("bare Kamailio with rtpengine", folder, relayed, names, True),
                                Line("ours with rtpengine", folder, own, names[2:], True)]}
        lines = [line for pair in pairs.values() for line in pair]
        for line in lines:
            stack.callback(line.stop)
        sides = [line.side(engine.process) if line.media else line.side() for line in lines]
        if options.hold:
            rows = []
            for line in lines:
                held, then = most_held(line, folder)
                print(f"  {line.name:28} held {held} calls; {then}", flush=True)
                rows.append({"side": line.name, "cost": held, "unit": "calls", "then": then})
            keep("calls held before the first failure", rows)
            return
        rounds(sides, options.rounds, options.calls)
        for number, words in enumerate(pairs):
            pair = sides[2 * number:2 * number + 2]
            report(f"SIP call set up and ended by UDP, {words}", pair, pair[0], unit="µs", scale=1e6)


if __name__ == "__main__":
    main()
