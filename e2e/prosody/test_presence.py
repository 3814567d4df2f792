# SPDX-License-Identifier: AGPL-3.0-or-later
"""Presence is "nobody": neither strangers nor subscribed contacts learn whether a member is online; own devices do."""
import re

import pytest
from viewers import DOMAIN, befriend, heard, jid, roster_and_presence, settle, write

def quiet(raw, pattern):
    """Waits until everything before has been handled, then looks."""
    return raw.silent(pattern, probe_id=f"q{id(object())}")


@pytest.fixture
def friends(server, member, connect):
    """Two members who subscribed to each other, and a stranger; all are online."""
    alice, bob, eve = member(devices=2), member(), member()
    raws = [roster_and_presence(connect().login(who.devices[0], name)) for who, name in ((alice, "phone"), (bob, "home"), (eve, "spy"))]
    befriend(raws[0], raws[1])
    for raw in raws[1:]:
        write(raw, alice)
    settle(*raws)
    return alice, bob, eve, raws


def test_subscribed_contacts_do_not_see_presence_come_change_and_go(friends, connect):
    alice, bob, eve, (one, two, _) = friends
    roster = "<iq type='get' id='r2'><query xmlns='jabber:iq:roster'/></iq>"
    two.send(roster)
    assert re.search(f"jid=['\"]{jid(alice)}['\"][^>]*subscription=['\"]both|subscription=['\"]both['\"][^>]*jid=['\"]{jid(alice)}",
                     two.expect("<iq[^>]*id=['\"]r2['\"].*?</iq>").group())
    one.send("<presence><show>away</show></presence>")
    settle(one)
    one.send("<presence type='unavailable'/>")
    settle(one)
    one.send("<presence/>")
    settle(one)
    one.send(f"<presence to='{two.jid}'/><presence to='{jid(bob)}'/>")
    settle(one)
    one.drop()
    settle(two)
    late = connect().login(alice.devices[0], "late")
    late.send("<presence/>")
    settle(late)
    assert quiet(two, f"<presence[^>]*from=['\"]{jid(alice)}/")


def test_own_devices_see_each_other(friends, connect):
    alice, _, _, (one, _, _) = friends
    laptop = connect().login(alice.devices[1], "laptop")
    laptop.send("<presence/>")
    laptop.expect(f"<presence [^>]*from=['\"]{jid(alice)}/phone['\"]")
    one.expect(f"<presence [^>]*from=['\"]{jid(alice)}/laptop['\"]")
    laptop.send(f"<iq type='get' id='p' to='{one.jid}'><ping xmlns='urn:xmpp:ping'/></iq>")
    one.expect("<iq [^>]*id=['\"]p['\"]")
    laptop.drop()
    one.expect("<presence [^>]*type=['\"]unavailable['\"]")


PROBES = {
    "ping": "<iq type='get' id='x' to='{full}'><ping xmlns='urn:xmpp:ping'/></iq>",
    "version": "<iq type='get' id='x' to='{full}'><query xmlns='jabber:iq:version'/></iq>",
    "disco": "<iq type='get' id='x' to='{full}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    "caps": "<iq type='get' id='x' to='{full}'><query xmlns='http://jabber.org/protocol/disco#info' node='n#v'/></iq>",
    "last": "<iq type='get' id='x' to='{full}'><query xmlns='jabber:iq:last'/></iq>",
    "set": "<iq type='set' id='x' to='{full}'><query xmlns='x:y'/></iq>",
    "bare last": "<iq type='get' id='x' to='{bare}'><query xmlns='jabber:iq:last'/></iq>",
    "bare ping": "<iq type='get' id='x' to='{bare}'><ping xmlns='urn:xmpp:ping'/></iq>",
    "bare disco": "<iq type='get' id='x' to='{bare}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    "bare items": "<iq type='get' id='x' to='{bare}'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
    "probe": "<presence type='probe' id='x' to='{bare}'/>",
    "full probe": "<presence type='probe' id='x' to='{full}'/>",
    "subscribe again": "<presence type='subscribe' id='x' to='{bare}'/>",
    "groupchat": "<message type='groupchat' id='x' to='{full}'><body>x</body></message>",
    "headline": "<message type='headline' id='x' to='{full}'><body>x</body></message>",
    "chat": "<message type='chat' id='x' to='{full}'><body>x</body></message>",
    "chat state": "<message type='chat' id='x' to='{full}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    "normal": "<message id='x' to='{full}'><x xmlns='x:y'/></message>",
    "error": "<message type='error' id='x' to='{full}'/>",
    "directed": "<presence to='{full}'/>",
}


def answers(raw, text, member):
    """Everything that comes back, with what differs by nature taken out."""
    raw.send(text.format(full=f"{jid(member)}/phone", bare=jid(member)))
    return heard(raw, member)


@pytest.mark.parametrize("kind", PROBES)
def test_asking_gives_the_same_answer_online_and_offline(friends, kind):
    alice, bob, eve, (one, two, spy) = friends
    online = answers(spy, PROBES[kind], alice), answers(two, PROBES[kind], alice)
    one.drop()
    settle(spy, two)
    offline = answers(spy, PROBES[kind], alice), answers(two, PROBES[kind], alice)
    assert online == offline
    assert "/phone' type='result" not in online[0] + online[1]


def test_blocking_and_unblocking_tell_nothing(friends):
    alice, bob, _, (one, two, _) = friends
    for action in ("block", "unblock"):
        one.send(f"<iq type='set' id='{action}'><{action} xmlns='urn:xmpp:blocking'><item jid='{jid(bob)}'/></{action}></iq>")
        one.expect(f"<iq [^>]*id=['\"]{action}['\"]")
    assert quiet(two, f"<presence[^>]*from=['\"]{jid(alice)}/")


def test_who_was_written_to_may_call_back(friends):
    alice, bob, eve, (one, two, spy) = friends
    one.send(f"<message type='chat' to='{jid(bob)}'><proceed xmlns='urn:xmpp:jingle-message:0' id='call'/></message>")
    settle(one)
    two.send(f"<iq type='set' id='jingle' to='{one.jid}'><jingle xmlns='urn:xmpp:jingle:1'/></iq>")
    one.expect("<iq [^>]*id=['\"]jingle['\"]")
    spy.send(f"<iq type='set' id='jingle2' to='{one.jid}'><jingle xmlns='urn:xmpp:jingle:1'/></iq>")
    spy.expect("<iq [^>]*type=['\"]error['\"].*?service-unavailable")


def test_an_unacknowledged_message_does_not_come_back_when_the_connection_is_lost(friends, server, connect):
    alice, _, eve, (_, _, spy) = friends
    late = connect().login(alice.devices[1], "late")
    late.enable_resumption()
    late.send("<presence/>")
    settle(late)
    spy.send(f"<message type='chat' id='state' to='{late.jid}'><odd xmlns='x:y'/></message>")
    late.expect("<odd")
    late.send("</stream:stream>")
    late.expect("</stream:stream>")
    assert quiet(spy, "id=['\"]state['\"]")


def test_presence_reaches_rooms_that_were_joined_and_leaves_them(friends):
    alice, bob, _, (one, two, _) = friends
    room = f"r{alice.name}@rooms.{DOMAIN}"
    one.send(f"<presence to='{room}/alice'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
    one.expect("<status code=['\"]110['\"]")
    one.send(f"<iq type='set' id='cfg' to='{room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>"
             "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"
             "<field var='muc#roomconfig_membersonly'><value>0</value></field></x></query></iq>")
    one.expect("<iq [^>]*id=['\"]cfg['\"]")
    two.send(f"<presence to='{room}/bob'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
    two.expect(f"<presence [^>]*from=['\"]{room}/alice['\"]")
    two.expect("<status code=['\"]110['\"]")
    two.send(f"<message type='groupchat' to='{room}'><body>hello room</body></message>")
    one.expect("hello room")
    one.drop()
    two.expect(f"<presence [^>]*from=['\"]{room}/alice['\"][^>]*type=['\"]unavailable|<presence [^>]*type=['\"]unavailable['\"][^>]*from=['\"]{room}/alice")
