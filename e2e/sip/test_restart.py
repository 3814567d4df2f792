# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kamailio ends, or is killed, and is back: what survives, and what does not."""
import sqlite3
import threading
import time

from sip_client import Answered, Phone, eventually, talk


def test_registrations_and_calls_survive_a_kill(own, member, phone):
    server = own()
    alice, bob = member(devices=2, server=server), member(server=server)
    caller, callee = (phone(one.devices[0], server=server, register=True) for one in (alice, bob))
    call, _ = talk(caller, callee, bob)
    assert eventually(lambda: len(server.kept("registrations.sqlite", "SELECT * FROM contacts")) == 2)
    assert eventually(lambda: server.kept("run/calls.sqlite", "SELECT state FROM dialog") == [(4,)])
    before = server.registrations(alice), server.registrations(bob)
    server.stop(kill=True)
    server.start()
    assert (server.registrations(alice), server.registrations(bob)) == before
    assert server.status()["calls"] == 1
    # A new call rings where it rang before.
    other = phone(alice.devices[1], server=server)
    second = other.call(bob.name)
    callee.reply(callee.ring(), 486, "Busy Here")
    second.expect(180, 486)
    # The call goes on, and its end reaches the other side.
    caller.send(call.text("INFO", sequence=8))
    callee.reply(callee.expect("INFO"), 200)
    caller.send(call.text("BYE", sequence=9))
    callee.reply(callee.expect("BYE"), 200)
    caller.expect(200, cseq=["9", "BYE"])
    assert server.status()["calls"] == 0
    # The phone's next registration takes the place of the one that was remembered.
    assert callee.register().status == 200 and len(server.registrations(bob)) == 1


def test_registrations_of_many_members_in_one_second_survive_a_kill(own, member, phone):
    server = own()
    members = [member(server=server) for _ in range(12)]
    for one in members:
        phone(one.devices[0], server=server, register=True)
    assert eventually(lambda: len(server.kept("registrations.sqlite", "SELECT * FROM contacts")) == 12)
    server.stop(kill=True)
    server.start()
    assert server.status()["registrations"] == 12


def test_calls_that_ended_before_a_kill_are_not_counted_after_it(own, member, phone):
    """Many that end at once, while others begin: two processes want to write, and one is told that the file is locked."""
    server = own()
    alice, bob = member(server=server), member(server=server)
    caller, callee = (phone(one.devices[0], server=server, register=True) for one in (alice, bob))
    rows = lambda: {row[0] for row in server.kept("run/calls.sqlite", "SELECT callid FROM dialog WHERE state IN (3, 4)")}
    ending = [talk(caller, callee, bob)[0] for _ in range(60)]
    assert eventually(lambda: len(rows()) == 60)
    staying = [talk(caller, callee, bob)[0] for _ in range(20)]
    for call in ending:
        call.sequence += 1
        caller.send(call.text("BYE"))
        callee.reply(callee.expect("BYE"), 200)
        caller.expect(200, cseq=[str(call.sequence), "BYE"])
    kept = {call.call_id for call in staying}
    assert eventually(lambda: rows() == kept, 4)  # before the dialog module's own time
    server.stop(kill=True)
    server.start()
    assert server.status()["calls"] == 20 and rows() == kept
    assert server.kept("run/calls.sqlite", "SELECT count(DISTINCT hash_id) FROM dialog_vars") == [(20,)]


def test_a_call_that_is_in_the_file_and_nowhere_else_is_taken_out(own, member, phone):
    server = own()
    alice, bob = member(server=server), member(server=server)
    caller, callee = (phone(one.devices[0], server=server, register=True) for one in (alice, bob))
    talk(caller, callee, bob)
    rows = lambda: server.kept("run/calls.sqlite", "SELECT hash_id FROM dialog")
    assert eventually(lambda: len(rows()) == 1)
    staying = rows()
    db = sqlite3.connect(server.state / "run/calls.sqlite", timeout=5, isolation_level=None)
    db.row_factory = sqlite3.Row
    row = {**db.execute("SELECT * FROM dialog").fetchone(), "id": None, "hash_id": staying[0][0] + 1_000_000}
    db.execute(f"INSERT INTO dialog ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", [*row.values()])
    db.close()
    assert eventually(lambda: rows() == staying, 15)
    assert server.status()["calls"] == 1


def test_what_was_revoked_while_kamailio_was_down_is_out_when_it_is_back(own, member, phone):
    server = own()
    alice, bob = member(server=server), member(server=server)
    caller, callee = (phone(one.devices[0], server=server, register=True) for one in (alice, bob))
    talk(caller, callee, bob)
    assert eventually(lambda: len(server.kept("registrations.sqlite", "SELECT * FROM contacts")) == 2)
    assert eventually(lambda: server.kept("run/calls.sqlite", "SELECT state FROM dialog") == [(4,)])
    server.stop(kill=True)
    server.projection.revoke(alice.devices[0])
    server.start()
    callee.reply(callee.expect("BYE"), 200)
    assert server.registrations(alice) == [] and len(server.registrations(bob)) == 1
    assert eventually(lambda: server.status()["calls"] == 0)


def test_a_damaged_memory_keeps_nobody_out(own, member, phone):
    server = own()
    server.stop()
    for name in ("run/calls.sqlite", "registrations.sqlite", "observations.sqlite"):
        for suffix in ("-wal", "-shm"):
            (server.state / (name + suffix)).unlink(missing_ok=True)
        (server.state / name).write_bytes(b"rubbish " * 4096)
    server.start()
    alice = member(server=server)
    assert phone(alice.devices[0], server=server).register().status == 200
    assert b"rubbish" not in (server.state / "run/calls.sqlite").read_bytes()


def test_observations_say_when_a_device_was_here_and_whether_it_still_is(own, member, phone):
    server = own()
    alice = member(devices=2, server=server)
    one = phone(alice.devices[0], server=server, agent='Zoiper "5" \\ <x>\'é')
    two = phone(alice.devices[1], "ws", server=server)
    assert one.register().status == two.register().status == 200
    rows = lambda: dict((row[0], row[1:]) for row in server.observed("SELECT device, name, address, app, online FROM seen"))
    assert eventually(lambda: len(rows()) == 2)
    assert rows()[alice.devices[0].id] == (alice.name, "127.0.0.1", "Zoiper .5. . .x....", 1)
    assert rows()[alice.devices[1].id] == (alice.name, "203.0.113.9", "test phone", 1)
    assert server.registrations(alice)[0]["agent"] in ("Zoiper .5. . .x....", "test phone")
    assert abs(server.observed("SELECT max(connected_at) FROM seen")[0][0] - time.time()) < 10
    assert one.register(expires=0).status == 200
    assert eventually(lambda: rows()[alice.devices[0].id][3] == 0)
    two.close()
    assert eventually(lambda: rows()[alice.devices[1].id][3] == 0, 15)
    assert (server.state / "observations.sqlite").stat().st_mode & 0o777 == 0o640


def test_killed_under_load_and_back_within_seconds(own, member, phone):
    """Registrations over UDP that were a second old are still there; requests of the moment are lost, and repeated."""
    server = own()
    alice = member(devices=4, server=server)
    settled = [phone(device, server=server, register=True) for device in alice.devices]
    assert eventually(lambda: len(server.kept("registrations.sqlite", "SELECT * FROM contacts")) == 4)
    busy = [member(server=server) for _ in range(4)]
    failures, successes, stop = [], [], threading.Event()

    def load(one):
        while not stop.is_set():
            sender = Phone(server, one.name, one.devices[0].password)
            try:
                (successes if sender.register().status == 200 else failures).append(time.monotonic())
            except TimeoutError:
                failures.append(time.monotonic())
            sender.close()
    threads = [threading.Thread(target=load, args=(one,)) for one in busy]
    for thread in threads:
        thread.start()
    assert eventually(lambda: len(successes) >= 40)
    killed = time.monotonic()
    server.stop(kill=True)
    server.start()
    back = time.monotonic() - killed
    assert eventually(lambda: any(moment > killed + back for moment in successes))
    stop.set()
    for thread in threads:
        thread.join()
    print(f"back after {back:.2f} s, {len(successes)} registrations, {len(failures)} lost")
    assert back < 5
    assert {one["device"] for one in server.registrations(alice)} == {device.id for device in alice.devices}
    caller = phone(busy[0].devices[0], server=server)
    call = caller.call(alice.name)
    invites = [one.ring() for one in settled]
    answered = Answered(settled[2], invites[2])
    while call.expect(180, 200).status != 200:
        pass
    answered.wait()
