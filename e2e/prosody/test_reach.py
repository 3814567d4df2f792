# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may start a chat: each setting, each kind of sender, each kind of first message, at the sender's and the member's end."""
import os
import re
import shutil
import sqlite3
from contextlib import suppress

import pytest
from federation import FAR, LIAR, jid
from link import Link
from raw import Raw
from server import Prosody
from template import SHARE
from viewers import befriend, online


@pytest.fixture(scope="module")
def far(federation):
    """A server whose people are whoever the test says."""
    return federation.peer([LIAR]).proved()


MESSAGES = {
    "message": "<message type='chat' id='{id}' from='{me}/x' to='{to}'><body>hello {id}</body></message>",
    "direct": "<message id='{id}' from='{me}/x' to='{to}'><x xmlns='jabber:x:conference' jid='room@talk.example' reason='come {id}'/></message>",
    "mediated": "<message id='{id}' from='room@{domain}' to='{to}'><x xmlns='http://jabber.org/protocol/muc#user'>"
                "<invite from='{me}/x'><reason>come {id}</reason></invite></x></message>",
    "call": "<message type='chat' id='{id}' from='{me}/x' to='{to}'><propose xmlns='urn:xmpp:jingle-message:0' id='{id}'>"
            "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose></message>",
}
MESSAGES["invite"] = MESSAGES["call"].replace("propose xmlns='urn:xmpp:jingle-message:0'", "invite xmlns='urn:xmpp:call-invites:0'").replace(
    "</propose>", "</invite><store xmlns='urn:xmpp:hints'/>")
RETRACT = "<message type='chat' id='taken-back' from='{me}/x' to='{to}'><retract xmlns='urn:xmpp:jingle-message:0' id='call1'/><store xmlns='urn:xmpp:hints'/></message>"
KINDS = {"message": "message", "direct": "invitation", "mediated": "invitation", "call": "call", "invite": "call"}
NOISE = [
    "<message type='chat' from='{me}/x' to='{to}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    "<message type='chat' from='{me}/x' to='{to}' id='r'><received xmlns='urn:xmpp:receipts' id='1'/></message>",
    "<message type='chat' from='{me}/x' to='{to}'><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/></message>",
    "<message type='headline' from='{me}/x' to='{to}'><body>noise</body></message>",
    "<message type='headline' from='{me}' to='{to}'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='noise'/></event></message>",
    "<message type='error' from='{me}/x' to='{to}' id='e'><body>noise</body><error type='cancel'/></message>",
    "<message type='chat' from='{me}/x' to='{to}'><finish xmlns='urn:xmpp:jingle-message:0' id='noise'/></message>",
]
SENDERS = ("stranger", "followed", "contact", "written to", "accepted", "refused")
WITHIN = {
    "everyone": {"stranger", "followed", "contact", "written to", "accepted"},
    "followed": {"followed", "contact", "written to", "accepted"},
    "contacts": {"contact", "written to", "accepted"},
}
# Whoever may write may not call for that: an app rings for those for whom a phone would (docs/call-reach.md).
RINGS = {"everyone": WITHIN["everyone"], "followed": {"followed", "contact"}, "contacts": {"contact"}}


def become(federation, daemon, raw, member, sender, what):
    if what == "followed":
        federation.near.projection.relate(member, sender, "f")
    elif what == "contact":
        raw.send(f"<iq type='set' id='add'><query xmlns='jabber:iq:roster'><item jid='{sender}'/></query></iq>")
        raw.expect("id='add'")
    elif what == "written to":
        raw.send(f"<message type='chat' to='{sender}'><body>hello first</body></message>")
    elif what == "accepted":
        daemon.answer(member, sender, "accept")
    elif what == "refused":
        daemon.answer(member, sender, "refuse")
    assert raw.silent("<never/>")


def archived(raw, number):
    raw.send(f"<iq type='set' id='mam{number}'><query xmlns='urn:xmpp:mam:2'/></iq>")
    return raw.expect(f"(.*?)<iq [^>]*id='mam{number}'").group(1)


@pytest.mark.parametrize("reach", WITHIN)
@pytest.mark.parametrize("sender", SENDERS)
def test_what_each_sender_gets_through(federation, daemon, far, member, connect, reach, sender):
    alice = member()
    alice.reach = reach
    federation.near.projection.save(alice)
    federation.near.follow()
    raw = online(connect, alice)
    me = f"{sender.replace(' ', '')}{alice.name}@{LIAR}"
    become(federation, daemon, raw, alice, me, sender)
    federation.near.follow()
    far.heard(me)  # what becoming that has brought
    values = {"me": me, "to": jid(alice), "domain": LIAR}
    for kind, text in MESSAGES.items():
        far.send(text.format(id=f"{kind}1", **values))
        far.send(text.replace("to='{to}'", "to='{to}/phone'").format(id=f"{kind}2", **values))
        assert far.heard(me) == [], "the sender hears nothing"
    for text in (RETRACT, *NOISE):
        far.send(text.format(**values))
    assert far.heard(me) == []
    raw.send("<iq type='get' id='end' to='near.example'><ping xmlns='urn:xmpp:ping'/></iq>")
    came = raw.expect("(.*?)<iq [^>]*id='end'").group(1)
    kept = archived(raw, 1)
    waiting = daemon.requests(alice)
    everything = {f"{kind}{number}" for kind in MESSAGES for number in (1, 2)}
    seen = set(re.findall("id='((?:message|direct|mediated|call|invite)[12])'", came))
    stored = set(re.findall("id='((?:message|direct|mediated|call|invite)[12])'", kept))
    assert ("taken-back" in came, "taken-back" in kept) == (sender in RINGS[reach],) * 2
    if sender in WITHIN[reach]:
        if sender not in RINGS[reach]:
            everything = {one for one in everything if KINDS[one[:-1]] != "call"}
        assert seen == stored == everything and waiting == {}
        assert "composing" in came and "noise" in came
    else:
        assert seen == stored == set() and not re.search("composing|noise|displayed|hello", came), came
        assert "noise" not in kept
        expected = [] if sender == "refused" else [KINDS[kind] for kind in MESSAGES for _ in (1, 2)]
        assert [kind for kind, _ in waiting.get(me, [])] == expected
        assert set(waiting) == ({me} if expected else set())


def test_an_app_is_not_made_to_ring_past_its_member(federation, daemon, member, connect):
    """By those who see it and so can ask it directly, by whoever is in the same room, and for what the archive tells it later."""
    alice, bob = member(), member()
    alice.presence, alice.reach = "contacts", "contacts"
    federation.near.projection.save(alice)
    federation.near.follow()
    one, two = online(connect, alice), online(connect, bob)
    befriend(one, two)
    room = f"r{alice.name}@talk.other.example"
    for raw, nick in ((one, "alice"), (two, "bob")):
        raw.send(f"<presence to='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
        raw.expect("<status code='110'")
        if raw is one:
            raw.send(f"<iq type='set' id='admit' to='{room}'><query xmlns='http://jabber.org/protocol/muc#admin'>"
                     f"<item affiliation='member' jid='{jid(bob)}'/></query></iq>")
            raw.expect("id='admit'")
    initiate = "<iq type='set' id='{}' to='{}'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'><content creator='initiator' " \
               "name='0'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></content></jingle></iq>"
    tries = {
        "asked": initiate.format("asked", one.jid), "proposed": MESSAGES["call"].format(id="proposed", me=jid(bob), to=jid(alice)),
        "asked-there": initiate.format("asked-there", f"{room}/alice"),
        "proposed-there": MESSAGES["call"].format(id="proposed-there", me=jid(bob), to=f"{room}/alice"),
    }

    def came():
        for stanza in tries.values():
            two.send(re.sub(" from='[^']*'", "", stanza))
        assert two.silent("<never/>")
        one.send("<iq type='get' id='end' to='near.example'><ping xmlns='urn:xmpp:ping'/></iq>")
        text = one.expect("(.*?)<iq [^>]*id='end'").group(1)
        return {one for one in tries if re.search(f"<(?:iq|message) [^>]*(?:id='{one}'[^>]*>|>)<(?:jingle|propose)", text) and f"id='{one}'" in text}

    rings = came()
    assert {"asked", "proposed", "proposed-there"} <= rings
    federation.near.projection.relate(alice, jid(bob), "m")
    assert came() == set()
    kept = archived(one, 2)
    assert kept.count("<propose") <= 2 * len(rings), "nothing of what did not ring"
    federation.near.projection.relate(alice, jid(bob), "")
    assert came() == rings


def test_whom_a_member_calls_may_answer_and_write_but_not_call_and_a_block_stops_both_ways(federation, member, connect):
    alice, bob = member(), member()
    alice.reach = "contacts"
    federation.near.projection.save(alice)
    federation.near.follow()
    one, two = online(connect, alice), online(connect, bob)

    def word(name, more=""):
        return f"<message type='chat' to='{{}}' id='{{}}'><{name} xmlns='urn:xmpp:jingle-message:0' id='c'>{more}</{name}></message>"

    propose = word("propose", "<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/>")
    one.send(propose.format(jid(bob), "ours"))
    two.expect("<propose")
    two.send(word("proceed").format(jid(alice), "answer"))
    one.expect("<proceed")
    two.send(propose.format(jid(alice), "theirs") + f"<message type='chat' to='{jid(alice)}'><body>I could not talk</body></message>")
    assert "<propose" not in one.expect("(.*?)I could not talk").group(1)
    one.send(f"<iq type='set' id='block'><block xmlns='urn:xmpp:blocking'><item jid='{jid(bob)}'/></block></iq>")
    one.expect("id='block'")
    one.send(propose.format(jid(bob), "blocked"))
    assert "urn:xmpp:blocking:errors" in one.expect("<message [^>]*type='error'.*?</message>").group()
    assert two.silent("<propose")


def test_an_invitation_by_a_room_of_another_server_does_not_borrow_a_contacts_name(federation, daemon, far, member, connect):
    alice = member()
    alice.reach = "followed"
    federation.near.projection.save(alice)
    federation.near.follow()
    raw = online(connect, alice)
    become(federation, daemon, raw, alice, f"bob@{FAR}", "contact")
    far.send(MESSAGES["mediated"].format(id="lie", me=f"bob@{FAR}", to=jid(alice), domain=LIAR))
    far.heard(f"x@{LIAR}")
    assert raw.silent("id='lie'")
    assert daemon.requests(alice) == {f"room@{LIAR}": [("invitation", "come lie")]}


def test_rooms_here_go_on_and_their_invitations_are_judged_by_who_invites(federation, daemon, member, connect):
    alice, bob, carol = member(), member(), member()
    for one in (alice, bob, carol):
        one.reach = "contacts"
        federation.near.projection.save(one)
    federation.near.follow()
    one, two, three = (online(connect, each) for each in (alice, bob, carol))
    room = f"r{alice.name}@talk.other.example"
    join = f"<presence to='{room}/{{}}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    one.send(join.format("alice"))
    one.expect("<status code='110'")
    become(federation, daemon, two, bob, jid(alice), "contact")
    invite = f"<message to='{room}'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='{{}}'/></x></message>"
    one.send(invite.format(jid(bob)) + invite.format(jid(carol)))
    two.expect("<invite ")
    assert three.silent("<invite |conference")
    assert [kind for kind, _ in daemon.requests(carol)[jid(alice)]] == ["invitation"]
    two.send(join.format("bob"))
    two.expect("<status code='110'")
    three.send(join.format("carol"))
    three.expect("<status code='110'")
    one.send(f"<message type='groupchat' to='{room}'><body>to all</body></message>")
    three.expect("to all")
    one.send(f"<message type='chat' to='{room}/carol'><body>within the room</body><x xmlns='http://jabber.org/protocol/muc#user'/></message>")
    three.expect("within the room")


def test_members_of_this_server_are_no_different(federation, daemon, member, connect):
    alice, mallory = member(), member()
    alice.reach = "followed"
    federation.near.projection.save(alice)
    federation.near.follow()
    one, two = online(connect, alice), online(connect, mallory)
    two.send(f"<message type='chat' to='{jid(alice)}' id='hi'><body>hello</body><request xmlns='urn:xmpp:receipts'/></message>")
    assert two.silent("<message|error")
    assert one.silent("hello")
    assert daemon.requests(alice) == {jid(mallory): [("message", "hello")]}
    one.send(f"<message type='chat' to='{jid(mallory)}'><body>who are you?</body></message>")
    two.expect("who are you")
    assert "<delay" in one.expect("<message .*?hello.*?</message>").group(), "answering accepts what waits"
    two.send(f"<message type='chat' to='{jid(alice)}'><body>Mallory</body></message>")
    one.expect("Mallory")
    assert daemon.requests(alice) == {}


def test_with_a_projection_that_cannot_be_read_only_contacts_get_through(federation, daemon, far, member, connect):
    alice = member()
    raw = online(connect, alice)
    become(federation, daemon, raw, alice, f"friend@{LIAR}", "contact")
    db = federation.near.projection.db
    db.execute("UPDATE position SET schema = 99")
    try:
        for me in ("friend", "other"):
            far.send(MESSAGES["message"].format(id=me, me=f"{me}{'' if me == 'friend' else alice.name}@{LIAR}", to=jid(alice)))
        assert "internal-server-error" in "".join(far.heard(f"x@{LIAR}")), "try again later"
        raw.send("<iq type='get' id='end' to='near.example'><ping xmlns='urn:xmpp:ping'/></iq>")
        assert re.findall("hello (\\w+)", raw.expect("(.*?)<iq [^>]*id='end'").group(1)) == ["friend"]
    finally:
        db.execute("UPDATE position SET schema = 2")
    assert daemon.requests(alice) == {}


def another(folder, **values):
    """A server beside the two, which may fail."""
    return Prosody(folder, base_port=5222 + int(os.environ.get("TRUNKLINE_PORT_OFFSET", "2000")) + 300, **values)


def test_while_nobody_can_tell_who_was_refused_what_strangers_write_waits(folder):
    prosody = another(folder / "forgetful")
    alice, bob = (prosody.projection.add_member(name) for name in ("alice", "bob"))  # everyone may write to them
    his, hello = f"bob@{prosody.domain}", "<message type='chat' to='alice@{}'><body>{}</body></message>"
    try:
        prosody.start()
        daemon = Link(prosody)
        assert daemon.handshake() == "in"
        one, two = (online(lambda: Raw(prosody), who) for who in (alice, bob))
        db = sqlite3.connect(prosody.values["archive"], timeout=30, isolation_level=None)
        db.execute("ALTER TABLE prosody RENAME TO lost")
        two.send(hello.format(prosody.domain, "first"))
        assert two.silent("error") and one.silent("first")
        assert daemon.requests(alice) == {his: [("message", "first")]}
        # Nor is anybody shown who asks to be a contact: they may have been refused.
        two.send(f"<presence type='subscribe' to='alice@{prosody.domain}'/>")
        two.expect("<presence [^>]*type='error'")
        assert one.silent("subscribe") and daemon.standing(alice) == ({}, [])
        db.execute("ALTER TABLE lost RENAME TO prosody")
        two.send(hello.format(prosody.domain, "second"))
        one.expect("first.*second")
    finally:
        prosody.stop()


def test_without_a_module_that_guards_members_prosody_does_not_run(folder):
    """Prosody itself would go on, and let everybody through."""
    modules = folder / "modules"
    shutil.copytree(SHARE / "modules", modules)
    (modules / "mod_trunkline_reach/marks.lib.lua").write_text("broken")
    prosody = another(folder / "broken", modules=str(modules))
    try:
        with suppress(RuntimeError):
            prosody.start()
        assert prosody.process.wait(20) is not None
        assert "mod_trunkline_reach could not be loaded" in prosody.log.read_text()
    finally:
        prosody.stop()
