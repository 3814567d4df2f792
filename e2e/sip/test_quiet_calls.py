# SPDX-License-Identifier: AGPL-3.0-or-later
"""A call that the member's reach or a mute kept away leaves a quiet line; a block leaves none, nor does what says who exists."""
import contextlib
import sqlite3
import time

import pytest
from sip_client import eventually


def lines(server, member=None):
    if not server.observed("SELECT 1 FROM sqlite_master WHERE name = 'quiet_calls'"):
        return []
    found = server.observed("SELECT name, caller, at FROM quiet_calls ORDER BY at, rowid")
    return [line for line in found if member is None or line[0] == member.name]


def readable(server, member):
    try:
        return lines(server, member)
    except sqlite3.OperationalError:
        return []


def refused(caller, *callees):
    for callee in callees:
        caller.call(callee if isinstance(callee, str) else callee.name).expect(480)


def change(server, sql, *parameters):
    """As if time had passed: nobody but a test writes here."""
    db = sqlite3.connect(server.state / "observations.sqlite", timeout=5)
    db.execute(sql, parameters)
    db.commit()
    db.close()


@pytest.fixture
def caller(member, phone):
    return phone(member().devices[0], register=True)


def test_reach_and_mute_leave_a_line_with_who_and_when(server, member, phone, caller):
    unreached, muting = member(reach="contacts"), member()
    server.projection.write(("INSERT INTO relations VALUES (?,?,'fm')", (muting.name, caller.name)))
    phone(muting.devices[0], register=True)
    refused(caller, unreached, muting)  # whether they are online or not
    for one in (unreached, muting):
        assert eventually(lambda: len(lines(server, one)) == 1)
        [(_, who, at)] = lines(server, one)
        assert who == caller.name and abs(at - time.time()) < 10


def test_what_is_blocked_offline_unknown_or_no_member_leaves_none(server, member, caller):
    blocked, blocking, offline, refusing, out = member(reach="contacts"), member(reach="contacts"), member(), member(devices=0), member(reach=None)
    server.projection.write(("INSERT INTO relations VALUES (?,?,'bm')", (blocking.name, caller.name)),
                            ("INSERT INTO relations VALUES (?,?,'b')", (caller.name, blocked.name)))
    refused(caller, blocked, blocking, offline, refusing, out, "no_such_member", caller.name)
    last = member(reach="contacts")
    refused(caller, last)
    assert eventually(lambda: lines(server, last))
    noted = {line[0] for line in lines(server)}
    assert noted.isdisjoint({one.name for one in (blocked, blocking, offline, refusing, out)} | {"no_such_member", caller.name, "-"})


def test_calls_of_one_caller_within_a_minute_are_one_line(server, member, phone, caller):
    alice, marker = member(reach="contacts"), member(reach="contacts")
    other = phone(member().devices[0], register=True)
    refused(caller, alice, alice)
    refused(other, alice)
    assert eventually(lambda: len(lines(server, alice)) == 2)
    refused(caller, alice, marker)
    assert eventually(lambda: lines(server, marker))
    assert sorted(line[1] for line in lines(server, alice)) == sorted([caller.name, other.name])
    change(server, "UPDATE quiet_calls SET at = at - 61 WHERE name = ?", alice.name)
    refused(caller, alice)
    assert eventually(lambda: [line[1] for line in lines(server, alice)].count(caller.name) == 2)


def test_the_newest_fifty_lines_of_a_member_are_kept(server, member, caller):
    alice, other = member(reach="contacts"), member(reach="contacts")
    refused(caller, other)
    assert eventually(lambda: lines(server, other))
    now = int(time.time())
    change(server, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) "
                   "INSERT INTO quiet_calls SELECT ?, 'caller' || i, ? - i FROM n", alice.name, now - 100)
    refused(caller, alice)
    assert eventually(lambda: len(lines(server, alice)) == 50)
    assert lines(server, alice)[-1][1] == caller.name and lines(server, alice)[0][1] == "caller49"
    assert len(lines(server, other)) == 1


def test_who_is_no_member_any_more_leaves_no_line(server, member, phone):
    alice, bob, carol = member(reach="contacts"), member(), member(reach="contacts")
    caller = phone(bob.devices[0], register=True)
    refused(caller, alice, carol)
    assert eventually(lambda: lines(server, alice) and lines(server, carol))
    server.projection.remove(alice)
    assert eventually(lambda: not lines(server, alice))
    assert lines(server, carol)
    server.projection.remove(bob)  # who called
    assert eventually(lambda: not lines(server, carol))


def test_lines_survive_a_restart_go_after_a_month_and_when_their_member_went_meanwhile(own, member, phone):
    server = own()
    bob = member(server=server)
    caller = phone(bob.devices[0], server=server, register=True)
    kept, old, gone = (member(server=server, reach="contacts") for _ in range(3))
    refused(caller, kept, old, gone)
    assert eventually(lambda: len(lines(server)) == 3)
    server.stop(kill=True)
    change(server, "UPDATE quiet_calls SET at = at - ? WHERE name = ?", 31 * 86400, old.name)
    db = server.projection.db
    db.execute("DELETE FROM members WHERE name = ?", (gone.name,))  # and its step of the change log is long gone
    server.start()
    assert eventually(lambda: [line[0] for line in lines(server)] == [kept.name], 8)
    refused(caller, kept)
    refused(caller, last := member(server=server, reach="contacts"))
    assert eventually(lambda: lines(server, last))
    assert len(lines(server, kept)) == 1  # within the same minute


def logged(server, words):
    return server.log.read_text(errors="replace").count(words)


@contextlib.contextmanager
def reading(server):
    """A reader in the middle of the file; what it gives waits until Kamailio has given up writing for now."""
    reader = sqlite3.connect(f"file:{server.state / 'observations.sqlite'}?mode=ro", uri=True, isolation_level=None)
    before = logged(server, "database is locked")
    with contextlib.closing(reader):
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM quiet_calls").fetchone()
        yield lambda: eventually(lambda: logged(server, "database is locked") > before)
        reader.execute("COMMIT")


def test_a_reader_in_the_middle_of_the_file_costs_no_line(server, member, caller):
    alice, bob = member(reach="contacts"), member(reach="contacts")
    refused(caller, alice)
    assert eventually(lambda: lines(server, alice))
    with reading(server) as has_given_up:
        refused(caller, bob)
        assert has_given_up()
    assert eventually(lambda: readable(server, bob), 8)


def test_what_waited_for_a_reader_is_written_once(server, member, phone, caller):
    """Whatever else is written then ends the waiting, too."""
    vain = logged(server, "no transaction is active")
    alice, bob, carol = (member(reach="contacts") for _ in range(3))
    refused(caller, alice)
    assert eventually(lambda: lines(server, alice))
    with reading(server) as has_given_up:
        refused(caller, bob)
        phone(member().devices[0], register=True)
        assert has_given_up()
    assert eventually(lambda: readable(server, bob), 8)
    refused(caller, carol)
    assert eventually(lambda: readable(server, carol), 8)
    assert logged(server, "no transaction is active") == vain


def test_a_reader_in_the_middle_of_the_file_keeps_no_line_of_who_is_gone(server, member, caller):
    alice = member(reach="contacts")
    refused(caller, alice)
    assert eventually(lambda: lines(server, alice))
    with reading(server) as has_given_up:
        server.projection.remove(alice)
        assert has_given_up()
    assert eventually(lambda: not lines(server, alice), 8)
