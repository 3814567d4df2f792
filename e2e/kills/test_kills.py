# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands that are killed with SIGKILL: never half a credential, and what was printed holds."""
import json
import os
import random
import signal
import time

import pytest
from holdings import check, engine_view, opens

FAIL_POINTS = ["before-ledger", "in-ledger", "after-ledger", "before-projection", "after-projection", "after-push"]
STORED = FAIL_POINTS[2:]
SEED = int(os.environ.get("TRUNKLINE_KILL_SEED", "1"))
KILLS = int(os.environ.get("TRUNKLINE_KILLS", "40"))


@pytest.mark.parametrize("point", FAIL_POINTS)
def test_issuing_killed_at_a_fail_point_is_whole_or_nothing(installation, point):
    first = installation.first["id"]
    code, printed, _ = installation.run("devices", "add", "alice", "--name", "New", fail_point=point)
    assert (code, printed) == (-signal.SIGKILL, "")
    assert first in engine_view(installation)["alice"]
    installation.prepare()
    assert len(check(installation)["alice"]) == (2 if point in STORED else 1)
    new = installation.add()
    check(installation)
    assert opens(installation, "alice", new["id"], new["passwords"]["xmpp"])


@pytest.mark.parametrize("point", FAIL_POINTS)
def test_revoking_killed_at_a_fail_point_is_done_or_not_begun(installation, point):
    kept, gone = installation.first["id"], installation.add()["id"]
    code, printed, _ = installation.run("devices", "revoke", "alice", gone, fail_point=point)
    assert (code, printed) == (-signal.SIGKILL, "")
    assert kept in engine_view(installation)["alice"]
    installation.prepare()
    assert (gone in check(installation)["alice"]) == (point not in STORED)
    # Who is not sure does it again.
    installation.must("devices", "revoke", "alice", gone)
    assert set(engine_view(installation)["alice"]) == set(check(installation)["alice"]) == {kept}


@pytest.mark.parametrize("point", FAIL_POINTS)
def test_disabling_killed_at_a_fail_point_is_done_or_not_begun(installation, point):
    code, printed, _ = installation.run("accounts", "disable", "alice", fail_point=point)
    assert (code, printed) == (-signal.SIGKILL, "")
    installation.prepare()
    check(installation)
    assert ("alice" in engine_view(installation)) == (point not in STORED)


@pytest.mark.parametrize("point", ["before-projection", "after-projection"])
def test_the_next_command_finishes_what_a_killed_one_began(installation, point):
    """Nobody runs “prepare” between two commands."""
    gone = installation.add()["id"]
    installation.run("devices", "revoke", "alice", gone, fail_point=point)
    installation.add()
    assert gone not in check(installation)["alice"]
    assert gone not in engine_view(installation)["alice"]


class Record:
    """What was acknowledged, and what may be."""

    def __init__(self, installation):
        self.installation = installation
        self.live = {installation.first["id"]: installation.first["passwords"]["xmpp"]}
        self.revoked = set()
        self.strangers = set()  # of killed commands: whole devices whose password nobody saw
        self.outcomes = {"not begun": 0, "stored": 0, "acknowledged": 0}

    def attempt(self, generator, stop):
        """Starts a command, lets `stop` kill it, and checks what is left. Returns whether it was killed."""
        revoking = generator.choice(sorted(self.live)) if len(self.live) > 3 else None
        arguments = ["revoke", "alice", revoking] if revoking else ["add", "alice", "--name", "Phone", "--json"]
        process = self.installation.start("devices", *arguments)
        stop(process)
        printed, complaints = process.communicate(timeout=60)
        assert process.returncode in (0, -signal.SIGKILL), complaints
        password = self.live.pop(revoking, None)
        before = set(self.live) | self.strangers
        acknowledged = None
        if revoking and "is revoked" in printed:
            acknowledged = revoking
            self.revoked.add(revoking)
        elif not revoking and printed.strip().endswith("}"):
            issued = json.loads(printed)
            acknowledged = issued["id"]
            self.live[acknowledged] = issued["passwords"]["xmpp"]

        # First as an engine sees it that asks nobody, then after the start of ours.
        self.hold(set(engine_view(self.installation)["alice"]))
        self.installation.prepare()
        now = set(check(self.installation)["alice"])
        self.hold(now)
        unknown = now - before - set(self.live)
        assert len(unknown) <= (0 if acknowledged else 1), "devices from nowhere"
        if revoking and not acknowledged:
            assert unknown <= {revoking}
            if revoking in now:
                self.live[revoking] = password
            else:
                self.revoked.add(revoking)
        else:
            self.strangers |= unknown
        if not revoking and acknowledged:
            assert opens(self.installation, "alice", acknowledged, self.live[acknowledged])
        stored = unknown if not revoking else now & {revoking} == set()
        self.outcomes["acknowledged" if acknowledged else "stored" if stored else "not begun"] += 1
        return process.returncode == -signal.SIGKILL

    def hold(self, devices):
        assert set(self.live) | self.strangers <= devices, "an acknowledged device is gone"
        assert not self.revoked & devices, "an acknowledged revocation has come undone"


def kill_often(record, generator, stop) -> int:
    """Makes attempts until enough of them were killed; how many it took."""
    kills = attempts = 0
    while kills < KILLS:
        attempts += 1
        assert attempts < KILLS * 4, "the commands end before they can be killed"
        kills += record.attempt(generator, stop)
    return attempts


def test_kills_at_random_moments(installation):
    generator = random.Random(SEED)
    record = Record(installation)
    length = installation.duration("devices", "add", "alice", "--name", "Slow")
    record.strangers = set(check(installation)["alice"]) - set(record.live)

    def stop(process):
        time.sleep(generator.uniform(0, length))  # the moment itself is what is tested
        process.kill()

    attempts = kill_often(record, generator, stop)
    print(f"\n{KILLS} kills in {attempts} commands of {length:.3f} s: {record.outcomes}")


def test_kills_while_the_ledger_is_being_written(installation):
    """Where it matters most: between the first write to the ledger's WAL and the end."""
    generator = random.Random(SEED + 1)
    record = Record(installation)
    wal = installation.ledger_file.with_name("ledger.sqlite-wal")

    def state():
        try:
            found = wal.stat()
            return (found.st_size, found.st_mtime_ns) if found.st_size else None
        except FileNotFoundError:
            return None

    def wait_for_a_write(process):
        before = state()
        while process.poll() is None and state() in (before, None):
            pass

    def practised() -> float:
        practice = installation.start("devices", "add", "alice", "--name", "Slow")
        wait_for_a_write(practice)
        start = time.monotonic()
        practice.communicate(timeout=60)
        return time.monotonic() - start

    # The shortest: one that was held up would have all others end before they are killed.
    rest = min(practised() for _ in range(3))
    record.strangers = set(check(installation)["alice"]) - set(record.live)

    def stop(process):
        wait_for_a_write(process)
        time.sleep(generator.uniform(0, rest))
        process.kill()

    attempts = kill_often(record, generator, stop)
    print(f"\n{KILLS} kills in {attempts} commands, in the last {rest:.3f} s of each: {record.outcomes}")


def test_a_killed_first_start_leaves_nothing_that_a_second_cannot_mend(empty):
    generator = random.Random(SEED + 2)
    length = None
    kills = 0
    for _ in range(15):
        start = time.monotonic()
        process = empty.start("prepare")
        if length is not None:
            time.sleep(generator.uniform(0.3 * length, length))
            process.kill()
        process.communicate(timeout=60)
        kills += process.returncode == -signal.SIGKILL
        length = length or time.monotonic() - start
        empty.prepare()
        for file in (empty.ledger_file, empty.projection_file):
            for suffix in ("", "-wal", "-shm"):
                file.with_name(file.name + suffix).unlink(missing_ok=True)
    empty.prepare()
    empty.add_account("alice")
    empty.add()
    assert len(check(empty)["alice"]) == 1
    assert kills > 0
