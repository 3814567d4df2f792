# SPDX-License-Identifier: AGPL-3.0-or-later
"""The projection is lost, damaged or replaced: nobody gets in who should not, who is in stays, and it heals."""
import pytest
from sip_client import eventually


@pytest.fixture
def server(own):
    return own()


def attempt(phone, device, server):
    one = phone(device, server=server)
    status = one.register().status
    one.close()
    return status


def test_replaced_by_another_file_kamailio_refuses_and_starts_again(server, member, phone):
    alice = member(devices=2, server=server)
    kept = phone(alice.devices[0], server=server, register=True)
    revoked = alice.devices.pop(1)
    server.projection.replace()
    assert eventually(lambda: attempt(phone, revoked, server) == 503, 5)
    assert server.process.wait(15) == 0  # whoever started it starts it again; not sooner than 10 seconds after the last time
    server.start()
    assert attempt(phone, revoked, server) == 401
    assert kept.register().status == 200


def test_an_epoch_that_differs_for_a_moment_is_nothing(server, member, phone):
    alice = member(server=server)
    epoch, _ = server.projection.position()
    server.projection.say_epoch("another")
    assert server.answers() == 200  # it has looked, and noted that
    server.projection.say_epoch(epoch)
    assert attempt(phone, alice.devices[0], server) == 200
    assert server.process.poll() is None


def test_damaged(server, member, phone):
    alice, bob = member(devices=2, server=server), member(server=server)
    settled = phone(alice.devices[0], server=server, register=True)
    callee = phone(bob.devices[0], server=server, register=True)
    server.projection.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    server.projection.db.close()
    with open(server.projection.path, "r+b") as file:
        file.write(b"rubbish " * 4096)
    assert attempt(phone, alice.devices[1], server) == 503
    assert settled.register().status == 503
    call = settled.call(bob.name)
    assert (call.refused or call.expect(503)).status == 503
    assert callee.hears_nothing("INVITE", 0.2)
    assert {one["device"] for one in server.registrations(alice)} == {alice.devices[0].id}  # who is in stays
    assert server.follow_answer()[0] == 503


def test_an_unknown_schema_lets_nobody_in(server, member, phone):
    alice = member(server=server)
    server.projection.db.execute("UPDATE position SET schema = 3")
    assert eventually(lambda: attempt(phone, alice.devices[0], server) == 503)
    server.projection.db.execute("UPDATE position SET schema = 2")
    assert eventually(lambda: attempt(phone, alice.devices[0], server) == 200)


def test_a_writer_in_the_middle_of_a_transaction_hinders_nobody(server, member, phone):
    alice = member(server=server)
    server.projection.db.execute("BEGIN IMMEDIATE")
    server.projection.db.execute("DELETE FROM credentials")
    assert attempt(phone, alice.devices[0], server) == 200
    server.projection.db.execute("ROLLBACK")


def test_kamailio_may_read_the_projection_and_not_write_it(server, member):
    if not server.as_user:
        pytest.skip("needs root, to be two users")
    import subprocess
    script = f"import sqlite3; sqlite3.connect('{server.projection.path}').execute('DELETE FROM credentials')"
    # Debian's Python: another one may lie where Kamailio's user cannot go.
    result = subprocess.run(server.command("/usr/bin/python3", "-c", script), capture_output=True, text=True, cwd="/")
    assert "readonly database" in result.stderr
    result = subprocess.run(server.command("touch", str(server.projection.folder / "x")), capture_output=True, cwd="/")
    assert result.returncode != 0


def test_logins_need_nobody_but_kamailio(server, member, phone):
    """Nothing else is running in these tests; here the writer's connection is closed too, and Kamailio has been started again."""
    alice = member(server=server)
    server.stop()
    server.projection.db.execute("UPDATE position SET sequence = sequence + 1")
    server.projection.leave()
    server.start()
    assert attempt(phone, alice.devices[0], server) == 200


def test_a_projection_that_comes_after_kamailio_is_taken_up(server, member, phone):
    alice = member(server=server)
    server.stop()
    folder = server.projection.folder
    away = folder.with_name("away")
    folder.rename(away)
    server.begin()
    assert eventually(lambda: server.answers() == 503)
    assert attempt(phone, alice.devices[0], server) == 503
    away.rename(folder)
    assert eventually(lambda: server.answers() == 200)
    assert attempt(phone, alice.devices[0], server) == 200
