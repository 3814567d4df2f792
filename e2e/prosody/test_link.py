# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the daemon asks over its link: who may ask, what is answered to nonsense, and that no change is ever missed."""
import time

import pytest
from link import LINK, Link, Refused
from server import Prosody
from viewers import DOMAIN, jid, online

QUESTIONS = {
    "changes": ("get", {}), "standing": ("get", {"name": "NAME"}), "requests": ("get", {"name": "NAME"}), "sight": ("get", {"name": "NAME"}),
    "contact": ("set", {"name": "NAME", "address": "bob@far.example", "do": "ask"}),
    "request": ("set", {"name": "NAME", "from": "bob@far.example", "do": "accept"}),
}


def question(what, name):
    kind, attributes = QUESTIONS[what]
    given = "".join(f" {key}='{value.replace('NAME', name)}'" for key, value in attributes.items())
    return kind, f"<{what} xmlns='{LINK}'{given}/>"


@pytest.mark.parametrize("what", QUESTIONS)
def test_nobody_but_the_component_is_answered(server, link, member, connect, what):
    alice = member()
    raw = connect().login(alice.devices[0])
    kind, text = question(what, alice.name)
    raw.send(f"<iq type='{kind}' id='x' to='{DOMAIN}'>{text}</iq>")
    assert "<forbidden" in raw.expect("<iq [^>]*id='x'[^>]*>.*?</iq>").group()
    with pytest.raises(Refused, match="forbidden"):
        link.ask(kind, text, sender="somebody@" + link.name)
    assert link.roster(alice) == {}


@pytest.mark.parametrize("what", [what for what in QUESTIONS if what != "changes"])
def test_a_name_without_a_member_is_not_found(link, what):
    for name in ("ghost", "", "ghost@social.localhost", "x" * 2000, "é", "&quot;", "*"):
        with pytest.raises(Refused, match="item-not-found"):
            link.ask(*question(what, name))


def test_what_is_not_understood_is_a_bad_request_and_changes_nothing(link, member):
    alice = member()
    name = f"name='{alice.name}'"
    for kind, text in (
            ("get", "nonsense"), ("set", "changes"), ("get", "contact " + name), ("get", "standing"), ("get", "changes after='-1'"), ("get", "changes after='1e9'"),
            ("get", "changes after='99999999999999999999'"), ("set", f"contact {name} address='b@x'"), ("set", f"contact {name} do='ask'"),
            ("set", f"contact {name} address='b@x' do='forget'"), ("set", f"contact {name} address='b@x' do='address'"),
            ("set", f"contact {name} address='b@x/phone' do='ask'"), ("set", f"contact {name} address='B@X' do='ask'"),
            ("set", f"contact {name} address='@' do='ask'"), ("set", f"contact {name} address='' do='ask'"),
            ("set", f"contact {name} address='{'b' * 1100}@x' do='ask'"), ("set", f"contact {name} address='{jid(alice)}' do='ask'"),
            ("set", f"contact {name} address='{DOMAIN}' do='ask'"), ("set", f"request {name} from='b@x/phone' do='accept'"),
            ("set", f"request {name} from='b@x' do='delete'"), ("set", f"request {name} do='accept'")):
        with pytest.raises(Refused, match="bad-request"):
            link.ask(kind, f"<{text} xmlns='{LINK}'/>")
    assert link.roster(alice) == {} and link.requests(alice) == {} and link.standing(alice) == ({}, [])


def test_every_kind_of_change_is_told_once(link, member, connect):
    alice, bob = member(), member()
    one, two = online(connect, alice), online(connect, bob)
    epoch, upto, names, everything = link.changes()
    assert everything and names == []

    def told():
        nonlocal upto
        again, upto, names, everything = link.changes(epoch, upto)
        assert again == epoch and not everything
        return set(names)

    told()
    assert told() == set()
    one.send("<iq type='set' id='r'><query xmlns='jabber:iq:roster'><item jid='x@far.example' name='X'/></query></iq>")
    one.expect("id='r'")
    assert told() == {alice.name}
    one.send(f"<presence type='subscribe' to='{jid(bob)}'/>")
    two.expect("type='subscribe'")
    assert told() == {alice.name, bob.name}
    one.send("<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='evil.example'/></block></iq>")
    one.expect("id='b'")
    assert told() == {alice.name}
    assert link.standing(alice) == ({}, ["evil.example"])
    one.send("<iq type='set' id='u'><unblock xmlns='urn:xmpp:blocking'><item jid='evil.example'/></unblock></iq>")
    one.expect("id='u'")
    assert told() == {alice.name}
    assert link.standing(alice) == ({}, [])
    assert told() == set()


def test_who_asks_is_known_with_the_time_and_forgotten_when_taken_back(link, member, connect):
    alice, bob = member(), member()
    two = online(connect, bob)
    before = int(time.time())
    two.send(f"<presence type='subscribe' to='{jid(alice)}'><delay xmlns='urn:xmpp:delay' from='{DOMAIN}' stamp='2001-01-01T00:00:00Z'/></presence>")
    assert two.silent("<never/>")
    asking, _ = link.standing(alice)
    assert before <= asking[jid(bob)] <= time.time()
    two.send(f"<presence type='unsubscribe' to='{jid(alice)}'/>")
    assert two.silent("<never/>")
    assert link.standing(alice) == ({}, [])


def test_hints_come_after_a_change_and_at_most_once_a_second(link, member, connect):
    alice = member()
    raw = online(connect, alice)
    link.changes()
    times = []
    for number in range(20):
        raw.send(f"<iq type='set' id='r{number}'><query xmlns='jabber:iq:roster'><item jid='x{number}@far.example'/></query></iq>")
        raw.expect(f"id='r{number}'")
        link.changes()
    end = time.monotonic() + 2.5
    while time.monotonic() < end:
        try:
            link.hint(alice, timeout=0.2)
            times.append(time.monotonic())
        except TimeoutError:
            pass
    assert 1 <= len(times) <= 4, times
    assert len(link.roster(alice)) == 20


def test_at_most_500_names_come_at_once_and_then_the_rest(folder):
    prosody = Prosody(folder / "many", base_port=prosody_base())
    members = [prosody.projection.add_member(f"n{number}", devices=0) for number in range(620)]
    try:
        prosody.start()
        link = Link(prosody)
        assert link.handshake() == "in"
        epoch, upto, _, _ = link.changes()
        for member in members:
            link.contact(member, "x@far.example", "ask")
        found = link.get("changes", epoch=epoch, after=str(upto))
        assert len(found) == 500 and found.get("more") == "1"
        rest = link.get("changes", epoch=epoch, after=found.get("upto"))
        assert len(rest) == 120 and rest.get("more") is None
        assert {one.get("name") for one in [*found, *rest]} == {member.name for member in members}
    finally:
        prosody.stop()


def prosody_base():
    import os
    return 5222 + int(os.environ.get("TRUNKLINE_PORT_OFFSET", "2000")) + 100


def test_after_a_kill_nothing_is_missed_and_a_lost_journal_has_a_new_epoch(folder):
    prosody = Prosody(folder / "killed", base_port=prosody_base())
    alice, bob = (prosody.projection.add_member(name) for name in ("alice", "bob"))

    def start():
        prosody.start()
        link = Link(prosody)
        assert link.handshake() == "in"
        return link

    try:
        link = start()
        epoch, upto, _, _ = link.changes()
        for step in range(6):  # a change, and the end with no time to write anything more
            link.contact(alice, f"x{step}@far.example", "ask")
            prosody.stop(kill=True)
            link = start()
            assert f"x{step}@far.example" in link.roster(alice)
            again, upto, names, everything = link.changes(epoch, upto)
            assert again == epoch and not everything and "alice" in names
        assert link.changes(epoch, upto + 1)[3], "a count that never was"
        assert link.changes("other", upto)[3]
        prosody.stop()
        (prosody.state / "observations.sqlite").unlink()
        link = start()
        again, upto, names, everything = link.changes(epoch, upto)
        assert again != epoch and everything
        assert not link.changes(again, upto)[3]
    finally:
        prosody.stop()


def test_who_is_online_and_seen_is_computed_from_what_is(link, member, connect):
    alice = member(devices=2)
    found = link.get("sight", name=alice.name)
    assert found.get("online") == "0" and len(found) == 0
    online(connect, alice)
    laptop = connect().login(alice.devices[1], "laptop")
    laptop.send("<presence><show>away</show></presence>")
    assert laptop.silent("<never/>")
    found = link.get("sight", name=alice.name)
    assert found.get("online") == "2"
    assert {(one.get("device"), one.get("show")) for one in found} == {(alice.devices[0].id, "online"), (alice.devices[1].id, "away")}
    room = f"room{alice.name}@rooms.{DOMAIN}"
    laptop.send(f"<presence to='{room}/alice'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
    laptop.expect("<status code=['\"]110['\"]")
    assert [one.get("address") for one in link.get("sight", name=alice.name).findall(f"{{{LINK}}}seen-by")] == [room]
