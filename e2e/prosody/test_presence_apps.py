# SPDX-License-Identifier: AGPL-3.0-or-later
"""What apps do by themselves, or by right, and what of it may show that alice is there: calls, discovery, complaints, keys."""
import base64
import hashlib
import time

import pytest
from server import Prosody
from viewers import DOMAIN, befriend, heard, jid, roster_and_presence, settle

REMEMBERED = 1.5  # seconds that whom a stream wrote to may ask it; five minutes on a site
DISCO = "http://jabber.org/protocol/disco#info"
JINGLE = "<iq type='set' id='{}' to='{}'><jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='{}'/></iq>"


@pytest.fixture(scope="module")
def server(folder):
    prosody = Prosody(folder / "server", extra=f"trunkline_acquaintance = {REMEMBERED}")
    try:
        yield prosody.start()
        assert prosody.tracebacks() == []
    finally:
        prosody.stop()


@pytest.fixture
def pair(member, connect):
    """Alice, who shows herself to nobody, and her contact bob, who shows himself to contacts; both are online."""
    alice, bob = member(), member(presence="contacts")
    one, two = (roster_and_presence(connect().login(who.devices[0], name)) for who, name in ((alice, "phone"), (bob, "home")))
    befriend(one, two)
    return alice, bob, one, two


def is_reached(one, two, stanza="<iq type='get' id='ask' to='{}'><ping xmlns='urn:xmpp:ping'/></iq>"):
    two.send(stanza.format(one.jid))
    two.send(f"<iq type='get' id='after' to='{DOMAIN}'><ping xmlns='urn:xmpp:ping'/></iq>")
    answer = two.expect("(.*?)<iq [^>]*id=['\"]after['\"]").group(1)
    return "service-unavailable" not in answer


def test_whom_alice_wrote_to_may_ask_her_app_for_a_while(pair):
    alice, bob, one, two = pair
    assert not is_reached(one, two)
    one.send(f"<message type='chat' to='{jid(bob)}'><body>hello</body></message>")
    settle(one)
    assert is_reached(one, two)
    forgotten(one, two)  # though he asks all the time


def test_a_call_goes_on_as_long_as_it_lasts(pair):
    alice, bob, one, two = pair
    one.send(f"<message type='chat' to='{two.jid}'><accept xmlns='urn:xmpp:jingle-message:0' id='call1'/></message>")
    settle(one)
    forgotten(one, two)
    assert is_reached(one, two, JINGLE.format("j", "{}", "call1"))
    assert not is_reached(one, two, JINGLE.format("j", "{}", "another"))


def forgotten(one, two):
    deadline = time.monotonic() + 10
    while is_reached(one, two):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("said", [
    "<message type='chat' id='auto' to='{}'><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted></message>",
    "<message type='chat' id='auto' to='{}'><ringing xmlns='urn:xmpp:jingle-message:0' id='c'/></message>",
    "<message type='chat' id='auto' to='{}'><received xmlns='urn:xmpp:receipts' id='r'/></message>",
    "<iq type='get' id='auto' to='{}'><ping xmlns='urn:xmpp:ping'/></iq>",
    "<message type='error' id='auto' to='{}'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
])
def test_what_her_app_says_by_itself_lets_nobody_ask_it(pair, said):
    alice, bob, one, two = pair
    one.send(said.format(two.jid))
    settle(one)
    assert not is_reached(one, two)
    came = heard(two, alice)
    assert ("type='error'" in said or "<iq" in said) <= ("id='auto'" not in came)


def features(*names):
    """The version of an app that can do this (XEP-0115, section 5), the beginning of a question for it, and the app's answer."""
    version = base64.b64encode(hashlib.sha1("<".join(("client/pc//Spy", *sorted(names), "")).encode()).digest()).decode()
    query = f"<query xmlns='{DISCO}' node='http://spy.example#{version}'"
    known = "".join(f"<feature var='{name}'/>" for name in names)
    return version, query, f"<iq type='result' id='disco'>{query}><identity category='client' type='pc' name='Spy'/>{known}</query></iq>"


def test_what_other_apps_can_do_is_told_without_asking_them(pair, member, connect):
    alice, bob, one, two = pair
    feature = "urn:xmpp:jingle:1"
    version, query, known = features(feature)
    two.send(f"<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://spy.example' ver='{version}'/></presence>")
    # The server asks in the name of bob's own address, and of alice's, whether she is there or not.
    two.expect("<iq [^>]*id=['\"]disco['\"]")
    two.send(known)
    settle(two, one)
    two.buffer = ""
    one.send(f"<iq type='get' id='caps' to='{two.jid}'>{query}/></iq>")
    assert feature in one.expect("<iq [^>]*id=['\"]caps['\"].*?</iq>").group()
    one.send(f"<iq type='get' id='other' to='{two.jid}'><query xmlns='{DISCO}'/></iq>")
    assert "service-unavailable" in one.expect("<iq [^>]*id=['\"]other['\"].*?</iq>").group()
    assert DISCO not in heard(two, alice)
    # Nobody can say for others what their app can do: the version is a hash of it.
    three = roster_and_presence(connect().login(member().devices[0], "liar"))
    three.send(known.replace(feature, "lies"))
    settle(three)
    one.send(f"<iq type='get' id='again' to='{two.jid}'>{query}/></iq>")
    assert "lies" not in one.expect("<iq [^>]*id=['\"]again['\"].*?</iq>").group()


def test_what_an_app_can_do_is_not_kept_if_it_is_too_large(pair):
    alice, bob, one, two = pair
    for size, is_kept in ((100, True), (200, False)):
        _, query, known = features(*(f"urn:example:{number:04}:{'x' * 80}" for number in range(size)))
        two.send(known)
        settle(two)
        one.send(f"<iq type='get' id='caps{size}' to='{two.jid}'>{query}/></iq>")
        assert ("service-unavailable" not in one.expect(f"<iq [^>]*id=['\"]caps{size}['\"].*?</iq>").group()) == is_kept


def test_own_devices_hear_of_read_marks_that_go_to_nobody_else(server, member, connect):
    alice, eve = member(devices=2), member()
    one, other = (roster_and_presence(connect().login(device)) for device in alice.devices)
    spy = roster_and_presence(connect().login(eve.devices[0]))
    other.send("<iq type='set' id='carbons'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
    other.expect("<iq [^>]*id=['\"]carbons['\"]")
    one.send(f"<message type='chat' id='mark' to='{jid(eve)}'><displayed xmlns='urn:xmpp:chat-markers:0' id='x'/></message>")
    other.expect("<displayed ")
    one.send(f"<message type='chat' id='words' to='{jid(eve)}'><body>words</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>")
    settle(one)
    came = heard(spy, alice)
    assert "id='mark'" not in came and "words" in came and "chatstates" not in came
