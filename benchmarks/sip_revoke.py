#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a device that is revoked to its registration that is gone from Kamailio and its closed connection, and to the end of its call
that the other party hears, with many others live. Either Kamailio alone, told as the daemon tells it: the projection is written,
then Kamailio is asked to look (POST /follow). Or with --api the whole way, from the member's DELETE at a trial's JSON API.

    benchmarks/sip_revoke.py [--members 10 --devices 20 --calls 50] [--api [--executable .build/release/trunkline-trial]]
"""
import argparse
import contextlib
import os
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

from measure import executable, keep, milliseconds
from sip_parties import memory, ours

from sip_client import Answered, Phone  # noqa: E402, from e2e/sip, which sip_parties puts on the path


class Alone:
    """Kamailio, and a projection that is written here."""

    def __init__(self, stack):
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-sip-", dir=memory()))
        os.chmod(folder, 0o755)
        self.server = ours(Path(folder) / "ours")
        stack.callback(self.server.stop)
        self.server.start()

    def devices(self, name, count):
        return self.server.projection.add_member(name, devices=count).devices

    def revoke(self, device):
        """When that began to count, and the seconds until it was acknowledged."""
        self.server.projection.revoke(device)
        start = time.perf_counter()
        self.server.follow()
        took = time.perf_counter() - start
        assert device.id not in [one["device"] for one in self.server.registrations(device.member)]
        return start, took


class Whole:
    """A trial, and members who ask its API."""

    def __init__(self, stack, program):
        from revoke import Trial, api, free_offset, new_member, new_state
        self.api, self.new_member = api, new_member
        folder = new_state("bench")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        self.trial = Trial(state=folder / "state", offset=free_offset(), executable=program)
        stack.callback(self.trial.destroy)
        self.trial.start()
        self.trial.sandbox("PUT", "/sandbox/settings", json={"limits": "none"})
        self.server = SimpleNamespace(port=self.trial.port("sip"))

    def devices(self, stem, count):
        member = self.new_member(self.trial, stem, chat=False)
        member.sign_in()
        member.switch(True, "calls")
        member.csrf = self.api(member, "GET", "session")["csrf_token"]
        self.api(member, "PATCH", "privacy", json={"calls": "everyone"})
        for number in range(count):
            issued = self.api(member, "POST", "devices", json={"name": f"Device {number}", "calls": "other"})
            member.devices.append(SimpleNamespace(member=member, id=issued["device"]["id"], password=issued["passwords"][0]["password"]))
        return member.devices

    def revoke(self, device):
        start = time.perf_counter()
        answer = self.api(device.member, "DELETE", f"devices/{device.id}")
        took = time.perf_counter() - start
        assert answer["ended"] >= 1, answer
        return start, took


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


def timed(wait, *arguments):
    """What it returns, and when."""
    return wait(*arguments), time.perf_counter()


def measured(world, members, devices, calls):
    """The seconds to a registration that is gone, to its closed connection, and to the end of a call."""
    live = [(device, phone(world.server, device, "tcp")) for number in range(members) for device in world.devices(f"member{number}", devices)]
    print(f"{len(live)} phones are registered", flush=True)
    talking = []
    for number in range(calls):
        caller, callee = world.devices(f"caller{number}", 1)[0], world.devices(f"callee{number}", 1)[0]
        ends = phone(world.server, caller, "udp"), phone(world.server, callee, "udp")
        talk(*ends, callee.member.name)
        talking.append((caller, ends))
    print(f"{len(talking)} calls are going on", flush=True)
    gone, closed, heard = [], [], []
    with ThreadPoolExecutor(1) as waiting:
        for device, (_, other) in talking:
            ended = waiting.submit(timed, other.expect, "BYE")
            start, _ = world.revoke(device)
            bye, at = ended.result()
            heard.append(at - start)
            other.reply(bye, 200)
        for device, one in live:
            ended = waiting.submit(timed, one.wait_closed)
            start, took = world.revoke(device)
            gone.append(took)
            was_closed, at = ended.result()
            assert was_closed
            closed.append(at - start)
    return {"revoke to registration gone": gone, "revoke to connection closed": closed, "revoke to the end of the call": heard}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--members", type=int, default=10)
    options.add_argument("--devices", type=int, default=20)
    options.add_argument("--calls", type=int, default=50)
    options.add_argument("--api", action="store_true", help="the whole way, through a trial")
    options.add_argument("--executable", type=Path)
    options = options.parse_args()
    with contextlib.ExitStack() as stack:
        world = Whole(stack, options.executable or executable("trunkline-trial")) if options.api else Alone(stack)
        found = measured(world, options.members, options.devices, options.calls)
    rows = []
    for name, values in found.items():
        print(f"{name:30} {milliseconds(values)}")
        rows.append({"side": name, "text": milliseconds(values)})
    keep(f"revoking {'by the API ' if options.api else ''}with {options.members * options.devices} phones registered and {options.calls} calls", rows)


if __name__ == "__main__":
    main()
