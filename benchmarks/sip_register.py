#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""CPU that Kamailio spends on one registration (REGISTER, 401, REGISTER with a proof, 200) by UDP and MD5: ours, where each
member has 5 devices and the phone's stands last, against auth_db with one row for each name, the same number of processes.
With --members, ours among so many members with 5 devices against ours among 1,000.

    benchmarks/sip_register.py [--rounds 30 --phones 50 --refreshes 10] [--members 100000] [--devices 5]
"""
import argparse
import os
import secrets
import tempfile
from pathlib import Path

from measure import Side, family, report, rounds
from sip_parties import Peer, enrol, free_ports, memory, ours, people, run, scenario, sipp


def side(name, folder, server, names, options):
    """`work(n)` lets each of the phones register n times."""
    local = free_ports(1, server.port + 200)[0]
    phones = people(folder, names)

    def work(times):
        run(sipp(folder, server.port, "-sf", scenario(folder, "register", REFRESHES=times), "-inf", phones, "-m", len(names),
                 "-l", len(names), "-r", 2000, local=local), folder)
    one = Side(name, work, lambda: family(server.process.pid))
    one.phones = len(names)
    return one


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--members", type=int, help="compare so many members against 1,000")
    options.add_argument("--devices", type=int, default=5, help="of each member")
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
