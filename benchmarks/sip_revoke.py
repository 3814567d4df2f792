#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a device that is gone from the projection to its registration that is gone from Kamailio and its closed connection, and to
the end of its call that the other party hears, with many others live. As the daemon does it: the projection is written, then
Kamailio is told to look (POST /follow).

    benchmarks/sip_revoke.py [--members 10 --devices 20 --calls 50]
"""
import argparse
import os
import tempfile
import time
from pathlib import Path

from measure import keep, milliseconds
from sip_parties import memory, ours

from sip_client import Answered, Phone  # noqa: E402, from e2e/sip, which sip_parties puts on the path


def phone(server, device, transport):
    made = Phone(server, transport=transport, name=device.member.name, password=device.password)
    assert made.register().status == 200
    return made


def talk(caller, callee, name):
    """A call without an SDP: nothing but signalling has to end."""
    call = caller.call(name, body="")
    invite = callee.ring()
    call.expect(180)
    answered = Answered(callee, invite, body="")
    call.expect(200)
    answered.wait()
    return call


def revoke(server, device):
    """When the projection was written, and the seconds until Kamailio says that it has looked."""
    server.projection.revoke(device)
    start = time.perf_counter()
    server.follow()
    return start, time.perf_counter() - start


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--members", type=int, default=10)
    options.add_argument("--devices", type=int, default=20)
    options.add_argument("--calls", type=int, default=50)
    options = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="trunkline-sip-", dir=memory()) as folder:
        os.chmod(folder, 0o755)
        server = ours(Path(folder) / "ours")
        try:
            server.start()
            members = [server.projection.add_member(f"member{number}", devices=options.devices) for number in range(options.members)]
            live = [(device, phone(server, device, "tcp")) for member in members for device in member.devices]
            print(f"{len(live)} phones are registered")
            callers = [server.projection.add_member(f"caller{number}") for number in range(options.calls)]
            callees = [server.projection.add_member(f"callee{number}") for number in range(options.calls)]
            calls = []
            for caller, callee in zip(callers, callees):
                ends = phone(server, caller.devices[0], "udp"), phone(server, callee.devices[0], "udp")
                talk(*ends, callee.name)
                calls.append((caller.devices[0], *ends))
            print(f"{server.status()['calls']} calls are going on")
            heard, gone, closed = [], [], []
            for device, _, other in calls:
                start, _ = revoke(server, device)
                bye = other.expect("BYE")
                heard.append(time.perf_counter() - start)
                other.reply(bye, 200)
            for device, one in live:
                start, took = revoke(server, device)
                assert device.id not in [one["device"] for one in server.registrations(device.member)]
                gone.append(took)
                assert one.wait_closed()
                closed.append(time.perf_counter() - start)
        finally:
            server.stop()
    rows = []
    for name, values in (("revoke to registration gone", gone), ("revoke to connection closed", closed),
                         ("revoke to the end of the call", heard)):
        print(f"{name:30} {milliseconds(values)}")
        rows.append({"side": name, "text": milliseconds(values)})
    keep(f"revoking with {len(live)} phones registered and {len(calls)} calls", rows)


if __name__ == "__main__":
    main()
