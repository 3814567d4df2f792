# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may call whom: as the callee's reach says, never across a block, and who is refused hears what they hear of who is offline."""
import pytest
from sip_client import Answered, eventually, talk

REACHES = ["everyone", "followed", "contacts"]
PASS = {"everyone": {"", "f", "k", "fk"}, "followed": {"f", "k", "fk"}, "contacts": {"k", "fk"}}


@pytest.fixture
def pair(member, phone):
    """A caller, and a callee of this reach, with a registered phone each."""
    def make(reach="everyone", **options):
        alice, bob = member(**options), member(reach=reach, **options)
        return alice, bob, *(phone(one.devices[0], register=True, **options) for one in (alice, bob))
    return make


def is_refused(caller, callee, name):
    caller.call(name).expect(480)
    return callee.hears_nothing("INVITE", 0.05)


def rings(caller, callee, name):
    call = caller.call(name)
    callee.reply(callee.ring(), 486, "Busy Here")
    while call.expect(180, 486).status != 486:
        pass
    return True


@pytest.mark.parametrize("flags", ["", "f", "k", "fk"])
@pytest.mark.parametrize("reach", REACHES)
def test_a_call_rings_if_the_callees_reach_allows_the_caller(server, pair, reach, flags):
    alice, bob, caller, callee = pair(reach)
    server.projection.relate(bob, alice, flags)
    may = flags in PASS[reach]
    assert (rings if may else is_refused)(caller, callee, bob.name)


@pytest.mark.parametrize("flags", ["f", "k", "fk"])
def test_what_the_caller_says_of_the_callee_opens_nothing(server, pair, flags):
    alice, bob, caller, callee = pair("followed")
    server.projection.relate(alice, bob, flags)
    assert is_refused(caller, callee, bob.name)


@pytest.mark.parametrize("who", ["callee", "caller"])
@pytest.mark.parametrize("more", ["", "f", "k", "fk"])
def test_a_block_of_either_side_holds_whatever_else_is_said(server, pair, who, more):
    alice, bob, caller, callee = pair()
    server.projection.relate(bob, alice, "".join(sorted(("b" if who == "callee" else "") + more)))
    server.projection.relate(alice, bob, "".join(sorted(("b" if who == "caller" else "") + more)))
    assert is_refused(caller, callee, bob.name)
    server.projection.relate(bob, alice, more)
    server.projection.relate(alice, bob, more)
    assert rings(caller, callee, bob.name)


def test_who_is_muted_by_the_callee_does_not_ring_and_the_one_who_mutes_may_call(server, pair):
    alice, bob, caller, callee = pair()
    server.projection.relate(bob, alice, "fkm")
    assert is_refused(caller, callee, bob.name)
    assert rings(callee, caller, alice.name)


@pytest.mark.parametrize("reach", REACHES)
def test_a_member_calls_their_own_other_device(server, member, phone, reach):
    alice = member(devices=2, reach=reach)
    one, other = (phone(device, register=True) for device in alice.devices)
    assert rings(one, other, alice.name)
    assert one.hears_nothing("INVITE", 0.05)  # the phone that calls does not ring


@pytest.mark.parametrize("reach", [None, "", "nobody", "everyones", "everyone:k"])
def test_a_reach_that_is_missing_or_unknown_lets_nobody_call(server, pair, reach):
    alice, bob, caller, callee = pair(reach)
    server.projection.relate(bob, alice, "fk")
    if reach == "":
        server.projection.write(("INSERT INTO members VALUES (?, '')", (bob.name,)))
    assert is_refused(caller, callee, bob.name)


def test_every_refusal_is_the_answer_of_who_is_offline(server, pair, member):
    alice, bob, caller, _ = pair("contacts")
    blocking, muting, blocked = (pair()[1] for _ in range(3))
    server.projection.relate(blocking, alice, "b")
    server.projection.relate(muting, alice, "km")
    server.projection.relate(alice, blocked, "b")
    answers = [caller.call(one.name).expect(480) for one in (bob, blocking, muting, blocked, member(), member(reach="contacts"))]
    assert len({answer.start for answer in answers}) == 1
    assert len({tuple(name for name, _ in answer.headers) for answer in answers}) == 1


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_a_block_ends_a_call_in_progress_for_both(server, pair, who):
    alice, bob, caller, callee = pair()
    before = server.status()["calls"]
    talk(caller, callee, bob)
    server.projection.relate(*((alice, bob) if who == "caller" else (bob, alice)), "b")
    assert server.follow() == 1
    for one in (caller, callee):
        one.reply(one.expect("BYE"), 200)
    assert eventually(lambda: server.status()["calls"] == before)
    assert caller.register().status == callee.register().status == 200  # nobody is signed out


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_a_block_ends_a_ringing_call(server, pair, who):
    alice, bob, caller, callee = pair()
    before = server.status()["ringing"]
    call = caller.call(bob.name)
    invite = callee.ring()
    call.expect(180)
    server.projection.relate(*((alice, bob) if who == "caller" else (bob, alice)), "bfk")
    assert server.follow() == 1
    call.expect(480)
    callee.reply(callee.expect("CANCEL"), 200)
    callee.reply(invite, 487, "Request Terminated")
    assert eventually(lambda: server.status()["ringing"] == before)


def test_a_change_of_all_is_followed_too(server, pair):
    """The home server's admin decided: the change log says '*'."""
    alice, bob, caller, callee = pair()
    talk(caller, callee, bob)
    server.projection.write(("INSERT INTO relations VALUES (?,?,'b')", (bob.name, alice.name)), name="*")
    assert server.follow() == 1
    for one in (caller, callee):
        one.reply(one.expect("BYE"), 200)


@pytest.mark.parametrize("flags", ["m", ""])
def test_what_is_no_block_ends_no_call_that_talks_or_rings(server, pair, flags):
    alice, bob, caller, callee = pair("followed")
    server.projection.relate(bob, alice, "k")
    talk(caller, callee, bob)
    again = caller.call(bob.name)
    invite = callee.ring()
    again.expect(180)
    server.projection.change_reach(bob, "contacts")
    server.projection.relate(bob, alice, flags)
    assert server.follow() == 0
    answered = Answered(callee, invite)
    again.expect(200)
    answered.wait()
    assert callee.hears_nothing("BYE", 0.1)
    assert is_refused(caller, callee, bob.name)


def test_other_calls_go_on_when_a_block_ends_one(server, pair, member, phone):
    alice, bob, caller, callee = pair()
    carol = member()
    talk(caller, callee, bob)
    talk(caller, phone(carol.devices[0], register=True), carol)
    server.projection.relate(alice, member(), "b")
    assert server.follow() == 0
    server.projection.relate(bob, alice, "b")
    assert server.follow() == 1


def test_a_block_while_kamailio_was_down_ends_the_call_when_it_is_back(own, pair):
    server = own()
    alice, bob, caller, callee = pair(server=server)
    talk(caller, callee, bob)
    assert eventually(lambda: server.kept("run/calls.sqlite", "SELECT state FROM dialog") == [(4,)])
    server.stop(kill=True)
    server.projection.relate(bob, alice, "b")
    server.start()
    for one in (caller, callee):
        one.reply(one.expect("BYE"), 200)
    assert eventually(lambda: server.status()["calls"] == 0)


def test_a_block_between_the_question_and_the_ringing(own, pair):
    """This Kamailio waits a moment at that point, which only a test can ask it to (-A TEST_PAUSE_CALL)."""
    server = own(arguments=["-A", "TEST_PAUSE_CALL"])
    alice, bob, caller, callee = pair(server=server)
    call = caller.call(bob.name)
    assert eventually(lambda: "Pausing" in server.log.read_text(errors="replace"))
    server.projection.relate(bob, alice, "b")
    assert server.follow() == 1
    call.expect(480)
    assert callee.hears_nothing("INVITE", 2)
    assert server.status()["ringing"] == 0


def test_a_projection_that_cannot_say_who_may_call_lets_nobody_call(own, pair):
    server = own()
    alice, bob, caller, callee = pair(server=server)
    server.projection.db.execute("ALTER TABLE relations RENAME TO away")
    call = caller.call(bob.name)
    assert (call.refused or call.expect(503)).status == 503
    assert callee.hears_nothing("INVITE", 0.1)
    server.projection.db.execute("ALTER TABLE away RENAME TO relations")
    assert rings(caller, callee, bob.name)
