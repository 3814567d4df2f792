# SPDX-License-Identifier: AGPL-3.0-or-later
"""Blocks from the home server hold in chat: by address, by server, by the admin, in both directions, at once and after any crash; what
was blocked in an app stays beside them."""
import re

import pytest
from client import Client
from federation import FAR, NEAR, ROOMS
from raw import Raw
from test_services import run
from viewers import DOMAIN, befriend, heard, jid, roster_and_presence, settle, write

BLOCKED = "<not-acceptable [^>]*/>.*<blocked xmlns='urn:xmpp:blocking:errors'/>"
MUC, CONFERENCE = "http://jabber.org/protocol/muc", "jabber:x:conference"


def block(server, alice, peer, flags="b"):
    """Alice, or with None the admin for all, blocks somebody."""
    server.projection.relate(alice, peer, flags)
    server.follow()


@pytest.fixture
def pair(server, member, connect):
    """Alice, who shows herself to contacts, and her contact bob; both are online."""
    alice, bob = member(devices=2), member()
    alice.presence = "contacts"
    server.projection.save(alice)
    one, two = (roster_and_presence(connect().login(who.devices[0], name)) for who, name in ((alice, "phone"), (bob, "home")))
    befriend(one, two)
    write(two, alice)
    one.expect("hello")
    return alice, bob, one, two


WRITES = {
    "message": "<message type='chat' id='w' to='{bare}'><body>psst</body></message>",
    "message to the app": "<message type='chat' id='w' to='{full}'><body>psst</body></message>",
    "normal message": "<message id='w' to='{bare}'><body>psst</body></message>",
    "headline": "<message type='headline' id='w' to='{full}'><body>psst</body></message>",
    "groupchat": "<message type='groupchat' id='w' to='{full}'><body>psst</body></message>",
    "typing": "<message type='chat' id='w' to='{full}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    "call": "<message type='chat' id='w' to='{bare}'><propose xmlns='urn:xmpp:jingle-message:0' id='c'/></message>",
    "call to the app": "<iq type='set' id='w' to='{full}'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'/></iq>",
    "ping": "<iq type='get' id='w' to='{full}'><ping xmlns='urn:xmpp:ping'/></iq>",
    "profile": "<iq type='get' id='w' to='{bare}'><vCard xmlns='vcard-temp'/></iq>",
    "invitation": "<message id='w' to='{bare}'><x xmlns='jabber:x:conference' jid='tea@" + ROOMS + "'/></message>",
    "request": "<presence type='subscribe' id='w' to='{bare}'/>",
    "presence": "<presence id='w' to='{full}'/>",
    "probe": "<presence type='probe' id='w' to='{bare}'/>",
}


def tried(raw, alice, what):
    raw.send(WRITES[what].format(bare=jid(alice), full=f"{jid(alice)}/phone"))
    return heard(raw, alice)


@pytest.mark.parametrize("what", WRITES)
def test_nothing_of_the_blocked_arrives_and_what_they_hear_is_what_they_hear_when_alice_is_away(server, pair, what):
    alice, bob, one, two = pair
    block(server, alice, jid(bob))
    settle(one, two)
    while_online = tried(two, alice, what)
    assert "id='w'" not in heard(one, alice)
    one.send("</stream:stream>")
    one.expect("</stream:stream>")
    settle(two)
    assert tried(two, alice, what) == while_online
    assert not re.search("not-acceptable|blocked|recipient-unavailable", while_online)
    if what == "profile" or "call to" in what or what == "ping":
        assert "service-unavailable" in while_online
    elif what == "probe":
        assert "type='unavailable'" in while_online
    elif what == "request":
        assert "type='unavailable'" in while_online
    elif what not in ("groupchat",):
        assert while_online == ""


@pytest.mark.parametrize("what", WRITES)
def test_a_members_own_stanzas_to_the_blocked_come_back(server, pair, what):
    alice, bob, one, two = pair
    block(server, alice, jid(bob))
    settle(one, two)
    one.send(WRITES[what].format(bare=jid(bob), full=f"{jid(bob)}/home"))
    answer = heard(one, alice)
    if what in ("presence", "probe"):
        assert "error" not in answer  # an app that starts shows itself to all its contacts: no news
    else:
        assert re.search(BLOCKED, answer, re.S), answer
    assert "id='w'" not in heard(two, alice)


def test_a_block_takes_effect_while_a_chat_is_open_and_unblocking_lifts_it(server, pair):
    alice, bob, one, two = pair
    for raw, to, body in ((one, bob, "hello"), (two, alice, "hello you")):
        raw.send(f"<message type='chat' to='{jid(to)}'><body>{body}</body></message>")
    two.expect("hello<")
    one.expect("hello you")
    block(server, alice, jid(bob))
    assert f"from='MEMBER@{DOMAIN}/phone' to='{jid(bob)}' type='unavailable'" in heard(two, alice)
    two.send(f"<message type='chat' to='{one.jid}'><body>still there?</body></message>")
    settle(two)
    one.send("<presence><show>away</show></presence>")
    assert "still there" not in heard(one, alice) and "<presence" not in heard(two, alice)
    block(server, alice, jid(bob), "")
    assert "<show>away</show>" in heard(two, alice)
    two.send(f"<message type='chat' to='{one.jid}'><body>there you are</body></message>")
    one.expect("there you are")
    one.send(f"<message type='chat' to='{two.jid}'><body>here</body></message>")
    two.expect("here<")


def test_the_blocked_are_gone_for_alice_too_until_they_are_let_in_again(server, pair):
    alice, bob, one, two = pair
    bob.presence = "contacts"
    server.projection.save(bob)
    server.follow()
    one.expect(f"<presence [^>]*from=['\"]{jid(bob)}/home")
    block(server, alice, jid(bob))
    assert f"<presence from='{jid(bob)}' to='MEMBER@{DOMAIN}/phone' type='unavailable'" in heard(one, alice)
    two.send("<presence><show>dnd</show></presence>")
    settle(two)
    assert "<presence" not in heard(one, alice)
    block(server, alice, jid(bob), "")
    assert "<show>dnd</show>" in heard(one, alice)


def in_app(raw, action, peer):
    raw.send(f"<iq type='set' id='app'><{action} xmlns='urn:xmpp:blocking'><item jid='{peer}'/></{action}></iq>")
    raw.expect("<iq [^>]*id=['\"]app['\"]")


def gets_through(alice, one, two):
    two.send(f"<message type='chat' to='{jid(alice)}'><body>does it?</body></message>")
    settle(two)
    return "does it?" in heard(one, alice)


def sees(alice, two):
    two.send(f"<presence type='probe' to='{jid(alice)}'/>")
    return "/phone'" in heard(two, alice)


@pytest.mark.parametrize("kill", [False, True], ids=["", "with a kill between the steps"])
def test_blocks_of_the_home_server_and_of_an_app_lie_beside_one_another(server, pair, connect, kill):
    alice, bob, one, two = pair

    def step():
        nonlocal one, two
        if kill:
            server.stop(kill=True)
            server.start()
            one, two = (roster_and_presence(connect().login(who.devices[0], name)) for who, name in ((alice, "phone"), (bob, "home")))
            settle(one, two)
        else:
            server.follow()

    def open_to_bob():
        settle(one, two)
        through, seen = gets_through(alice, one, two), sees(alice, two)
        assert through == seen
        return through
    assert open_to_bob()
    server.projection.relate(alice, jid(bob), "b")
    step()
    assert not open_to_bob()
    in_app(one, "block", jid(bob))
    step()
    assert not open_to_bob()
    server.projection.relate(alice, jid(bob), "")
    step()
    assert not open_to_bob()
    server.projection.relate(alice, jid(bob), "b")
    in_app(one, "unblock", jid(bob))
    step()
    assert not open_to_bob()
    server.projection.relate(alice, jid(bob), "")
    step()
    assert open_to_bob()


def test_a_block_in_an_app_tells_no_more_than_one_from_the_home_server(server, pair):
    alice, bob, one, two = pair
    answers = []
    for say, take_back in ((lambda: block(server, alice, jid(bob)), lambda: block(server, alice, jid(bob), "")),
                           (lambda: in_app(one, "block", jid(bob)), lambda: None)):
        say()
        settle(one, two)
        answers.append([tried(two, alice, what) for what in WRITES])
        take_back()
        settle(one, two)
    assert answers[0] == answers[1]


@pytest.mark.parametrize("by_app", [False, True], ids=["home server", "app"])
@pytest.mark.parametrize("way", ["direct", "through a room"])
def test_the_blocked_invite_nobody(server, pair, member, connect, way, by_app):
    alice, bob, one, two = pair
    carol = member()
    three = roster_and_presence(connect().login(carol.devices[0], "c"))
    room = f"r{bob.name}@rooms.{DOMAIN}"
    for raw in (two, three):
        raw.send(f"<presence to='{room}/{raw.jid.split('@')[0]}'><x xmlns='{MUC}'/></presence>")
        if raw is two:
            raw.expect("<status code=['\"]110['\"]")
            for who in (carol, alice):
                raw.send(f"<iq type='set' id='aff' to='{room}'><query xmlns='{MUC}#admin'><item affiliation='member' jid='{jid(who)}'/></query></iq>")
                raw.expect("<iq [^>]*id=['\"]aff['\"]")
    if by_app:
        in_app(one, "block", jid(bob))
    else:
        block(server, alice, jid(bob))
    settle(one, two, three)

    def invite(raw):
        raw.send(f"<message to='{jid(alice)}'><x xmlns='{CONFERENCE}' jid='{room}'/></message>" if way == "direct" else
                 f"<message to='{room}'><x xmlns='{MUC}#user'><invite to='{jid(alice)}'/></x></message>")
        settle(raw)
        return room in heard(one, alice)
    assert not invite(two)
    assert invite(three)
    # In the room that alice enters all the same, bob's private words do not reach her; what he says to all does.
    one.send(f"<presence to='{room}/alice'><x xmlns='{MUC}'/></presence>")
    one.expect("<status code=['\"]110['\"]")
    two.send(f"<message type='chat' to='{room}/alice'><body>in private</body><x xmlns='{MUC}#user'/></message>"
             f"<iq type='set' id='j' to='{room}/alice'><jingle xmlns='urn:xmpp:jingle:1'/></iq>"
             f"<message type='groupchat' to='{room}'><body>to all</body></message>")
    one.expect("to all")
    assert "in private" not in one.buffer and "jingle" not in one.buffer


def test_news_of_the_profile_do_not_reach_the_blocked(server, pair):
    alice, bob, one, two = pair

    def publish(text):
        one.send("<iq type='set' id='p'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:avatar:metadata'>"
                 f"<item id='current'><x xmlns='x:y'>{text}</x></item></publish></pubsub></iq>")
        one.expect("<iq [^>]*id=['\"]p['\"]")
        settle(one)
        return text in heard(two, alice)
    publish("first")
    two.send(f"<iq type='set' id='sub' to='{jid(alice)}'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
             f"<subscribe node='urn:xmpp:avatar:metadata' jid='{jid(bob)}'/></pubsub></iq>")
    two.expect("<iq [^>]*id=['\"]sub['\"]")
    assert publish("second")
    block(server, alice, jid(bob))
    assert not publish("third")


# -------- from another server: by address, by server with and without what lies below, by the admin --------

def of(address):
    return address.format(far=FAR, tree=FAR.split(".", 1)[1])


@pytest.mark.parametrize("by_admin", [False, True], ids=["by the member", "by the admin"])
@pytest.mark.parametrize("peer", ["frida@{far}", "@{far}", "@.{far}"])
def test_people_of_another_server_are_kept_out_and_let_in_again(federation, member, stranger, peer, by_admin):
    peer = of(peer)

    async def story():
        near_server, alice = federation.near, member()
        alice.presence = "contacts"
        near_server.projection.save(alice)
        near, far = Client(near_server, alice.devices[0], "a"), Client(federation.far, stranger("frida").devices[0], "b")
        seen = []
        far.add_event_handler("presence", lambda presence: seen.append((str(presence["from"]), presence["type"])))
        for client in (near, far):
            client.auto_authorize = client.auto_subscribe = True
            assert await client.sign_in() == "in"
        near.send_presence_subscription(far.boundjid.bare)
        await far.until(lambda: (near.boundjid.full, "available") in seen)

        try:
            near.send_message(far.boundjid.bare, "before", mtype="chat")
            await far.until(lambda: any(m["body"] == "before" for m in far.messages))
            block(near_server, None if by_admin else alice, peer)
            await far.until(lambda: seen[-1] == (near.boundjid.full, "unavailable"))
            far.send_message(near.boundjid.bare, "blocked", mtype="chat")
            await far.plugin["xep_0199"].ping(NEAR)  # it has arrived
            near.send_message(far.boundjid.bare, "to the blocked", mtype="chat")
            await near.until(lambda: near.errors == ["not-acceptable"])
            block(near_server, None if by_admin else alice, peer, "")
            await far.until(lambda: seen[-1] == (near.boundjid.full, "available"))
            far.send_message(near.boundjid.bare, "after", mtype="chat")
            await near.until(lambda: any(m["body"] == "after" for m in near.messages))
            assert [m["body"] for m in near.messages] == ["after"] and far.errors == []
            assert [m["body"] for m in far.messages] == ["before"]
        finally:
            for client in (near, far):
                await client.leave()
    run(story())


def test_a_server_above_that_is_blocked_alone_does_not_block_what_lies_below(federation, member, stranger):
    async def story():
        alice = member()
        near, far = Client(federation.near, alice.devices[0], "a"), Client(federation.far, stranger("gerd").devices[0], "b")
        for client in (near, far):
            assert await client.sign_in() == "in"
        block(federation.near, alice, of("@{tree}"))
        far.send_message(near.boundjid.bare, "from below", mtype="chat")
        await near.until(lambda: any(m["body"] == "from below" for m in near.messages))
        for client in (near, far):
            await client.leave()
    run(story())


def test_while_blocks_cannot_be_read_strangers_are_asked_to_try_again_and_contacts_get_through(server, pair, member, connect):
    alice, bob, one, two = pair
    eve = roster_and_presence(connect().login(member().devices[0], "spy"))
    server.projection.db.execute("UPDATE position SET schema = 3")
    try:
        for what in ("message", "call", "invitation"):
            assert "<internal-server-error" in tried(eve, alice, what) and "type='wait'" in tried(eve, alice, what)
        assert "id='w'" not in heard(one, alice)
        assert tried(two, alice, "message") == ""
        one.expect("psst")
    finally:
        server.projection.db.execute("UPDATE position SET schema = 2")
    tried(eve, alice, "message")
    one.expect("psst")
