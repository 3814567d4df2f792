# SPDX-License-Identifier: AGPL-3.0-or-later
"""The projection is lost, damaged, locked or replaced: nobody gets in who should not, who is in stays, and it heals."""
import sqlite3
import time

import pytest
from server import Prosody

TEMPORARY = "<temporary-auth-failure/>"


@pytest.fixture
def server(folder):
    prosody = Prosody(folder / str(len(list(folder.iterdir()))))  # a short path: a socket lies in it
    try:
        yield prosody.start()
        assert prosody.tracebacks() == []
    finally:
        prosody.stop()


def attempt(connect, device):
    raw = connect()
    raw.open()
    return raw.scram(device.member.name, device.password)


def recovers(connect, device):
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if attempt(connect, device) == "success":
            return True
    return False


def test_deleted_then_made_again(server, member, connect):
    alice = member(devices=2)
    raw = connect().login(alice.devices[0])
    server.projection.delete()
    assert TEMPORARY in attempt(connect, alice.devices[0])
    assert server.ask("follow") == "failed unreadable"
    assert raw.silent("<stream:error")
    revoked = alice.devices.pop(1)
    server.projection.create(server.projection.path)
    server.projection.db = server.projection.connect()
    assert recovers(connect, alice.devices[0])
    assert "<not-authorized/>" in attempt(connect, revoked)
    assert raw.silent("<stream:error")


def test_replaced_while_running(server, member, connect):
    alice = member(devices=2)
    kept, ended = connect().login(alice.devices[0]), connect().login(alice.devices[1])
    revoked = alice.devices.pop(1)
    server.projection.replace()
    assert attempt(connect, alice.devices[0]) == "success"
    assert "<not-authorized/>" in attempt(connect, revoked)
    server.follow()
    ended.expect("<stream:error>.*?not-authorized")
    assert kept.silent("<stream:error")


def test_damaged(server, member, connect):
    alice = member()
    raw = connect().login(alice.devices[0])
    server.projection.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    server.projection.db.close()
    with open(server.projection.path, "r+b") as file:
        file.write(b"rubbish " * 4096)
    assert TEMPORARY in attempt(connect, alice.devices[0])
    assert raw.silent("<stream:error")
    server.projection.path.unlink()
    server.projection.create(server.projection.path)
    server.projection.db = server.projection.connect()
    assert recovers(connect, alice.devices[0])
    assert raw.silent("<stream:error")


def test_a_damaged_row_or_an_unknown_schema_lets_nobody_in(server, member, connect):
    alice = member()
    db = server.projection.db
    db.execute("UPDATE members SET devices = 'rubbish' || devices")
    assert TEMPORARY in attempt(connect, alice.devices[0])
    db.execute("UPDATE members SET devices = ?, sha256_salt = '?'", (alice.row()[-1],))
    assert TEMPORARY in attempt(connect, alice.devices[0])
    server.projection.save(alice)
    db.execute("UPDATE position SET schema = 3")
    assert TEMPORARY in attempt(connect, alice.devices[0])
    db.execute("UPDATE position SET schema = 2")
    assert recovers(connect, alice.devices[0])


@pytest.mark.alone
def test_locked(server, member, connect):
    alice = member()
    raw = connect().login(alice.devices[0])
    server.projection.delete()
    new = server.projection.path.with_suffix(".new")
    server.projection.create(new)
    locker = sqlite3.connect(new, isolation_level=None)
    locker.execute("PRAGMA journal_mode = DELETE")
    locker.execute("BEGIN EXCLUSIVE")
    new.rename(server.projection.path)
    start = time.monotonic()
    assert TEMPORARY in attempt(connect, alice.devices[0])
    assert time.monotonic() - start < 1 and raw.silent("<stream:error")
    locker.execute("ROLLBACK")
    locker.close()
    server.projection.db = server.projection.connect()
    assert recovers(connect, alice.devices[0])
    assert raw.silent("<stream:error")


def test_a_writer_in_the_middle_of_a_transaction_hinders_nobody(server, member, connect):
    alice = member()
    server.projection.db.execute("BEGIN IMMEDIATE")
    server.projection.db.execute("DELETE FROM members")
    assert attempt(connect, alice.devices[0]) == "success"
    server.projection.db.execute("ROLLBACK")


def test_prosody_may_read_the_projection_and_not_write_it(server, member):
    if not server.as_user:
        pytest.skip("needs root, to be two users")
    import subprocess
    script = f"import sqlite3; sqlite3.connect('{server.projection.path}').execute('DELETE FROM members')"
    # Debian's Python: another one may lie where Prosody's user cannot go.
    result = subprocess.run(server.command("/usr/bin/python3", "-c", script), capture_output=True, text=True, cwd="/")
    assert "readonly database" in result.stderr
    result = subprocess.run(server.command("touch", str(server.projection.folder / "x")), capture_output=True, cwd="/")
    assert result.returncode != 0


def test_logins_go_on_after_prosody_restarts_or_is_killed(server, member, connect):
    alice = member()
    for kill in (False, True):
        server.stop(kill=kill)
        server.start()
        assert attempt(connect, alice.devices[0]) == "success"
