# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each call that has ended leaves one line, from which histories and notices of missed calls are made."""
import sqlite3
import time

import pytest
from sip_client import Answered, eventually, talk


def lines(server, *members):
    """(caller, callee, how) of what has ended, the oldest first; of these members, if any are named."""
    try:
        found = server.observed("SELECT caller, callee, how, at, answered, ended, call FROM ended_calls ORDER BY id")
    except sqlite3.OperationalError:
        return []
    names = {one.name for one in members}
    return [row for row in found if not names or names & set(row[:2])]


def hows(server, *members):
    return [row[2] for row in lines(server, *members)]


def change(server, sql, *parameters):
    """As if time had passed: nobody but a test writes here."""
    db = sqlite3.connect(server.state / "observations.sqlite", timeout=5)
    db.execute(sql, parameters)
    db.commit()
    db.close()


def hang_up(call, phone):
    """The calling side does, and the other answers."""
    call.sequence += 1
    call.phone.send(call.text("BYE"))
    phone.reply(phone.expect("BYE"), 200)
    call.phone.expect(200, cseq=[str(call.sequence), "BYE"])


@pytest.fixture
def pair(member, phone):
    """Two members and a phone of each."""
    alice, bob = member(), member()
    return alice, bob, phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)


def test_an_answered_call_says_when_it_began_was_answered_and_ended(server, pair):
    alice, bob, alices, bobs = pair
    call, _ = talk(alices, bobs, bob)
    assert not lines(server, alice)
    hang_up(call, bobs)
    assert eventually(lambda: lines(server, alice))
    [(caller, callee, how, at, answered, ended, name)] = lines(server, alice)
    assert (caller, callee, how) == (alice.name, bob.name, "answered")
    assert time.time() - 10 < at <= answered <= ended <= time.time() + 1
    assert len(name) == 64 and call.call_id not in name


def test_what_was_cancelled_or_nobody_answered_is_missed(server, pair, member):
    alice, bob, alices, bobs = pair
    call = alices.call(bob.name)
    invite = bobs.ring()
    call.expect(180)
    call.cancel()
    bobs.reply(bobs.expect("CANCEL"), 200)
    bobs.reply(invite, 487, "Request Terminated")
    call.expect(487)
    assert eventually(lambda: hows(server, bob) == ["missed"])
    offline = member()
    alices.call(offline.name).expect(480)
    assert eventually(lambda: hows(server, offline) == ["missed"])


@pytest.mark.parametrize("status, rang, how", [
    (603, False, "declined"), (486, True, "declined"), (600, True, "declined"), (486, False, "missed"), (480, True, "missed")])
def test_declined_is_what_a_person_declined(server, pair, status, rang, how):
    """A device that says 486 without ringing is one whose owner is talking."""
    alice, bob, alices, bobs = pair
    call = alices.call(bob.name)
    invite = bobs.ring() if rang else bobs.expect("INVITE")
    bobs.reply(invite, status, "No")
    call.expect(status)
    assert eventually(lambda: hows(server, alice, bob) == [how])


def test_a_call_that_one_device_declined_and_another_answered_is_answered(server, member, phone):
    alice, bob = member(), member(devices=2)
    alices = phone(alice.devices[0], register=True)
    first, second = (phone(device, register=True) for device in bob.devices)
    call = alices.call(bob.name)
    declined = first.ring()
    call.expect(180)
    ringing = second.ring()
    call.expect(180)
    first.reply(declined, 486, "Busy Here")
    answered = Answered(second, ringing)
    call.expect(200)
    answered.wait()
    hang_up(call, second)
    assert eventually(lambda: hows(server, bob) == ["answered"])


def test_reach_mute_block_and_names_of_nobody_are_one_word(server, member, phone):
    """From which the caller's history is made: it says of all of them what it says of who was offline."""
    caller = phone(member().devices[0], register=True)
    unreached, muting, blocking, gone = member(reach="contacts"), member(), member(), member(reach=None)
    server.projection.write(("INSERT INTO relations VALUES (?,?,'m')", (muting.name, caller.name)),
                            ("INSERT INTO relations VALUES (?,?,'b')", (blocking.name, caller.name)))
    called = [unreached.name, muting.name, blocking.name, gone.name, "nobody_at_all"]
    for name in called:
        caller.call(name).expect(480)
    assert eventually(lambda: len([row for row in lines(server) if row[0] == caller.name]) == 5)
    assert {row[1:3] for row in lines(server) if row[0] == caller.name} == {(name, "refused") for name in called}


def test_who_is_blocked_while_it_rings_leaves_no_missed_call(server, pair):
    alice, bob, alices, bobs = pair
    call = alices.call(bob.name)
    bobs.ring()
    call.expect(180)
    server.projection.relate(bob, alice, "b")
    server.follow()
    call.expect(480)
    assert eventually(lambda: hows(server, bob) == ["refused"])


def test_what_never_was_a_call_leaves_nothing(server, pair, member, phone):
    alice, bob, alices, bobs = pair
    alices.call("not.a.member").expect(480)                          # no name of anybody
    alices.call(alice.name).expect(480)                              # nobody but the phone that calls
    alices.call(bob.name, uri="sip:bob@elsewhere.example").expect(403)
    wrong = phone(alice.devices[0], password="wrong")
    wrong.call(bob.name)
    bobs.register(expires=0)
    alices.call(bob.name).expect(480)
    assert eventually(lambda: lines(server, alice))
    assert [row[1] for row in lines(server, alice)] == [bob.name]


def test_of_each_caller_the_newest_two_hundred_are_kept(server, pair):
    alice, bob, alices, bobs = pair
    now = int(time.time())
    change(server, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 230) INSERT INTO ended_calls "
                   "(call, caller, callee, at, ended, how) SELECT ? || i, ?, ?, ?, ?, 'missed' FROM n", bob.name, alice.name, bob.name, now, now)
    call, _ = talk(alices, bobs, bob)
    hang_up(call, bobs)
    assert eventually(lambda: len(lines(server, alice)) == 200)
    assert hows(server, alice)[-1] == "answered"


def test_what_waits_while_the_file_is_being_read_is_written_afterwards(server, member, phone):
    """Many lines in one turn, as long as they get; and the newest two hundred are no more than that."""
    alice = member()
    caller = phone(alice.devices[0], register=True)
    caller.call("first").expect(480)
    assert eventually(lambda: lines(server, alice))
    [(before,)] = server.observed("SELECT seq FROM sqlite_sequence WHERE name = 'ended_calls'")
    reader = sqlite3.connect(server.state / "observations.sqlite", isolation_level=None)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM ended_calls").fetchall()
        caller.call("second").expect(480)
        # That one's line cannot be committed, so what follows waits in memory.
        assert eventually(lambda: (server.state / "observations.sqlite-journal").exists())
        for number in range(330):
            caller.call(f"nobody_{number:023}").expect(480)
        assert lines(server, alice)[0][1] == "first"
    finally:
        reader.close()
    assert eventually(lambda: server.observed("SELECT seq - ? FROM sqlite_sequence WHERE name = 'ended_calls'", before) == [(331,)], 20)
    assert [len(row[1]) for row in lines(server, alice)] == [30] * 200


def test_who_is_no_member_any_more_is_in_no_line(server, pair, member):
    alice, bob, alices, bobs = pair
    carol = member(reach="contacts")
    hang_up(talk(alices, bobs, bob)[0], bobs)
    alices.call(carol.name).expect(480)
    assert eventually(lambda: len(lines(server, alice)) == 2)
    server.projection.remove(carol)
    server.projection.remove(bob)
    assert eventually(lambda: not lines(server, bob))
    assert lines(server, carol)  # whom alice called in vain, which says nothing of whether there is or was anybody
    server.projection.remove(alice)
    assert eventually(lambda: not lines(server, alice))


def test_whose_account_goes_while_they_talk_is_in_no_line(server, pair):
    alice, bob, alices, bobs = pair
    talk(alices, bobs, bob)
    server.projection.remove(bob)
    server.follow()
    for phone in (alices, bobs):
        phone.reply(phone.expect("BYE"), 200)
    alices.call("nobody_here").expect(480)
    assert eventually(lambda: lines(server, alice))
    assert not lines(server, bob)


def test_a_call_that_lasts_through_a_restart_has_one_line(own, member, phone):
    server = own()
    alice, bob = member(server=server), member(server=server)
    alices, bobs = (phone(one.devices[0], server=server, register=True) for one in (alice, bob))
    ended, _ = talk(alices, bobs, bob)
    hang_up(ended, bobs)
    assert eventually(lambda: hows(server) == ["answered"])
    [(epoch,)] = server.observed("SELECT epoch FROM ended_calls_epoch")
    call, _ = talk(alices, bobs, bob)
    in_memory = "SELECT 1 FROM dialog JOIN dialog_vars USING (hash_entry, hash_id) WHERE callid = ? AND dialog_key = 'callee'"
    assert eventually(lambda: server.kept("run/calls.sqlite", in_memory, call.call_id))
    server.stop(kill=True)
    server.start()
    old = int(time.time()) - 8 * 86400
    assert hows(server) == ["answered"]
    hang_up(call, bobs)
    assert eventually(lambda: len(lines(server)) == 2)
    *_, (caller, callee, how, at, answered, finished, _) = lines(server)
    assert (caller, callee, how) == (alice.name, bob.name, "answered") and at <= answered <= finished <= at + 60
    change(server, "UPDATE ended_calls SET ended = ? WHERE id = (SELECT min(id) FROM ended_calls)", old)
    server.stop()
    server.projection.db.execute("DELETE FROM members WHERE name = ?", (bob.name,))  # and its step of the change log is long gone
    server.start()
    assert eventually(lambda: not lines(server), 8)
    assert server.observed("SELECT epoch FROM ended_calls_epoch") == [(epoch,)]
    assert server.observed("SELECT seq FROM sqlite_sequence WHERE name = 'ended_calls'") == [(2,)]  # no id is ever given twice
