#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""CPU that Kamailio spends on one registration (REGISTER, 401, REGISTER with a proof, 200) by UDP and MD5: ours, where each
member has 5 devices and the phone's stands last, against auth_db with one row for each name, the same number of processes. Ours in
two ways: while nothing else happens, and while the projection changes 100 times a second, so that what is kept of it is of no use.
With --starting, no phone is known at its place: each comes from a new port each time, as one that was just started.
With --members, ours among so many members with 5 devices against ours among 1,000.

    benchmarks/sip_register.py [--rounds 30 --phones 50 --refreshes 10] [--starting] [--members 100000] [--devices 5]
"""
import argparse
import contextlib
import functools
import os
import secrets
import tempfile
import threading
from pathlib import Path

from measure import Side, family, report, rounds
from sip_parties import Peer, enrol, free_ports, memory, ours, people, run, scenario, sipp


def side(name, folder, server, names, options, around=contextlib.nullcontext):
    """`work(n)` lets each of the phones register n times."""
    ports = [free_ports(1, server.port + 200)[0]]
    phones = people(folder, names)

    def register(times):
        run(sipp(folder, server.port, "-sf", scenario(folder, "register", REFRESHES=times), "-inf", phones, "-m", len(names),
                 "-l", len(names), "-r", 2000, local=ports[-1]), folder)

    def work(times):
        with around():
            if not options.starting:
                register(times)
                return
            for _ in range(times):
                ports.append(free_ports(1, 12000 + (ports[-1] + 1) % 15000)[0])
                register(1)
    one = Side(name, work, lambda: family(server.process.pid))
    one.phones = len(names)
    return one


@contextlib.contextmanager
def changing(projection, each=0.01):
    """Meanwhile the projection changes, as if devices came and went elsewhere."""
    over = threading.Event()

    def change():
        with contextlib.closing(projection.connect()) as database:
            while not over.wait(each):
                database.executescript("BEGIN IMMEDIATE; UPDATE position SET sequence = sequence + 1;"
                                       "INSERT INTO changes SELECT sequence, 'somebody' FROM position; COMMIT")
    writer = threading.Thread(target=change)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--members", type=int, help="compare so many members against 1,000")
    options.add_argument("--devices", type=int, default=5, help="of each member")
    options.add_argument("--starting", action="store_true", help="each time from a new port")
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--phones", type=int, default=50)
    options.add_argument("--refreshes", type=int, default=10, help="of each phone in a round")
    options = options.parse_args()
    servers = []
    with tempfile.TemporaryDirectory(prefix="trunkline-sip-", dir=memory()) as folder:
        os.chmod(folder, 0o755)
        try:
            def crowd(members):
                names = [f"m{secrets.token_hex(8)}" for _ in range(members)]
                server = ours(Path(folder) / f"ours{members}")
                enrol(server.projection, names, options.devices)
                servers.append(server.start())
                return server, names[:options.phones]
            few, names = crowd(1000)
            title = f"SIP registration by UDP, MD5, {options.devices} devices a member"
            title += ", phones that start" if options.starting else ""
            if options.members:
                many, others = crowd(options.members)
                title += f", among {options.members} members"
                sides = [side("among 1000 members", folder, few, names, options),
                         side(f"among {options.members} members", folder, many, others, options)]
            else:
                plain = Peer(Path(folder) / "peer", names)
                servers.append(plain.start())
                careful = Peer(Path(folder) / "careful", names, "WITH_PROTECTION")
                servers.append(careful.start())
                sides = [side("auth_db, one row", folder, plain, names, options),
                         side("auth_db, each proof once", folder, careful, names, options),
                         side(f"ours, {options.devices} devices", folder, few, names, options)]
                if not options.starting:
                    restless, others = crowd(1001)
                    sides.append(side("ours, while the projection changes", folder, restless, others, options,
                                      functools.partial(changing, restless.projection)))
            rounds(sides, options.rounds, options.refreshes)
            for one in sides:
                one.costs = [cost / one.phones for cost in one.costs]
            report(title, sides, sides[0], unit="µs", scale=1e6)
            if not options.members:
                report(title + ", against each proof once", sides[1:], sides[1], unit="µs", scale=1e6)
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
