# SPDX-License-Identifier: AGPL-3.0-or-later
"""Contacts by way of the daemon are as RFC 6121 has them: asked, accepted, declined, removed; done twice, no harm is done."""
import asyncio
import time

import pytest
from client import Client
from link import Link
from viewers import jid, online


def push(raw, address, **attributes):
    """Waits for the roster push that says so; earlier ones may say what was so before."""
    while True:
        found = raw.expect(f"<iq [^>]*type='set'[^>]*>.{{0,200}}?<item ([^>]*jid='{address}'[^>]*)>").group(1)
        if all(f"{key}='{value}'" in found for key, value in attributes.items()):
            return


@pytest.fixture
def pair(link, member, connect):
    alice, bob = member(), member()
    return alice, bob, online(connect, alice), online(connect, bob)


def both(link, alice, bob):
    return link.roster(alice).get(jid(bob)), link.roster(bob).get(jid(alice))


def test_asked_and_accepted_both_are_contacts_and_their_apps_hear_of_it(link, pair):
    alice, bob, one, two = pair
    link.contact(alice, jid(bob), "ask")
    push(one, jid(bob), subscription="none", ask="subscribe")
    two.expect(f"<presence [^>]*type='subscribe'")
    assert list(link.standing(bob)[0]) == [jid(alice)]
    assert both(link, alice, bob) == (("none", "subscribe"), None), "nobody is made anybody's contact unasked"
    link.contact(bob, jid(alice), "accept")
    one.expect("<presence [^>]*type='subscribed'")
    assert both(link, alice, bob) == (("to", None), ("from", "subscribe"))
    assert link.standing(bob) == ({}, [])
    one.expect("<presence [^>]*type='subscribe'")
    link.contact(alice, jid(bob), "ask")  # he asked in return: that is an answer
    assert both(link, alice, bob) == (("both", None), ("both", None))
    push(two, jid(alice), subscription="both")


def test_asked_by_the_daemon_and_accepted_in_an_app(link, pair):
    alice, bob, one, two = pair
    link.contact(alice, jid(bob), "ask")
    two.expect("type='subscribe'")
    two.send(f"<presence type='subscribed' to='{jid(alice)}'/><presence type='subscribe' to='{jid(alice)}'/>")
    one.expect("type='subscribe'")
    one.send(f"<presence type='subscribed' to='{jid(bob)}'/>")
    two.expect("type='subscribed'")
    assert both(link, alice, bob) == (("both", None), ("both", None))


def test_asked_in_an_app_and_accepted_by_the_daemon(link, pair):
    alice, bob, one, two = pair
    one.send(f"<presence type='subscribe' to='{jid(bob)}'/>")
    two.expect("type='subscribe'")
    link.contact(bob, jid(alice), "accept")
    one.expect("type='subscribe'")
    one.send(f"<presence type='subscribed' to='{jid(bob)}'/>")
    assert one.silent("<never/>")
    assert both(link, alice, bob) == (("both", None), ("both", None))


def test_declined_nothing_is_left_and_the_other_is_told(link, pair):
    alice, bob, one, two = pair
    link.contact(alice, jid(bob), "ask")
    link.contact(bob, jid(alice), "decline")
    one.expect("<presence [^>]*type='unsubscribed'")
    assert both(link, alice, bob) == (("none", None), None)
    assert link.standing(bob) == ({}, [])


def test_what_was_asked_is_taken_back(link, pair):
    alice, bob, one, two = pair
    link.contact(alice, jid(bob), "ask")
    two.expect("type='subscribe'")
    link.contact(alice, jid(bob), "remove")
    push(one, jid(bob), subscription="remove")
    two.expect("type='unsubscribe'")
    assert both(link, alice, bob) == (None, None)
    assert link.standing(bob) == ({}, [])


def friends(link, alice, bob):
    link.contact(alice, jid(bob), "ask")
    link.contact(bob, jid(alice), "accept")
    link.contact(alice, jid(bob), "accept")
    assert both(link, alice, bob) == (("both", None), ("both", None))


def test_removed_both_directions_end(link, pair):
    alice, bob, one, two = pair
    friends(link, alice, bob)
    link.contact(alice, jid(bob), "remove")
    push(one, jid(bob), subscription="remove")
    two.expect("type='unsubscribed'")
    assert both(link, alice, bob) == (None, ("none", None))


def test_removing_also_refuses_who_is_asking(link, pair):
    alice, bob, one, two = pair
    two.send(f"<presence type='subscribe' to='{jid(alice)}'/>")
    one.expect("type='subscribe'")
    link.contact(alice, jid(bob), "remove")
    two.expect("type='unsubscribed'")
    assert link.standing(alice) == ({}, [])


@pytest.mark.parametrize("is_online", [True, False])
def test_blocked_by_the_daemon_is_blocked_as_in_an_app(link, pair, connect, is_online):
    alice, bob, one, two = pair
    two.send(f"<presence type='subscribe' to='{jid(alice)}'/>")
    one.expect("type='subscribe'")
    if is_online:
        one.send("<iq type='get' id='list'><blocklist xmlns='urn:xmpp:blocking'/></iq>")
        one.expect("<iq [^>]*id='list'")
    else:
        one.drop()
    link.contact(alice, jid(bob), "block")
    link.contact(alice, jid(bob), "block")
    assert link.standing(alice) == ({}, [jid(bob)]), "nor does he ask any more"
    if is_online:
        one.expect(f"<block [^>]*xmlns='urn:xmpp:blocking'[^>]*><item [^>]*jid='{jid(bob)}'")
    else:
        one = online(connect, alice)
    two.send(f"<message type='chat' to='{jid(alice)}'><body>Hello?</body></message>")
    assert two.silent("<never/>") and one.silent("Hello")
    assert link.requests(alice) == {}
    one.send(f"<iq type='set' id='un'><unblock xmlns='urn:xmpp:blocking'><item jid='{jid(bob)}'/></unblock></iq>")
    one.expect("<iq [^>]*id='un'[^>]*type='result'|<iq [^>]*type='result'[^>]*id='un'")
    assert link.standing(alice)[1] == []


@pytest.mark.parametrize("first", ["ask", "accept", "decline", "remove"])
def test_doing_it_twice_is_doing_it_once(link, pair, first):
    alice, bob, one, two = pair
    if first in ("accept", "decline"):
        link.contact(bob, jid(alice), "ask")
    if first == "remove":
        friends(link, alice, bob)
    states = []
    for _ in range(3):
        link.contact(alice, jid(bob), first)
        states.append((both(link, alice, bob), set(link.standing(alice)[0]), set(link.standing(bob)[0])))
    assert states[0] == states[1] == states[2]


def test_accepting_who_does_not_ask_does_nothing(link, pair):
    alice, bob, one, two = pair
    link.contact(alice, jid(bob), "accept")
    assert both(link, alice, bob) == (None, None)
    assert two.silent("<presence")


def test_declining_who_was_accepted_meanwhile_ends_nothing(link, pair):
    alice, bob, one, two = pair
    friends(link, alice, bob)
    link.contact(alice, jid(bob), "decline")
    assert both(link, alice, bob) == (("both", None), ("both", None))


def test_two_who_ask_each_other_are_contacts(link, pair):
    alice, bob, one, two = pair
    link.contact(alice, jid(bob), "ask")
    link.contact(bob, jid(alice), "ask")
    link.contact(alice, jid(bob), "ask")
    assert both(link, alice, bob) == (("both", None), ("both", None))


def test_offline_members_are_asked_and_find_the_question(link, member, connect):
    alice, bob = member(), member()
    link.contact(alice, jid(bob), "ask")
    raw = connect().login(bob.devices[0])
    raw.send("<presence/>")
    assert f"from='{jid(alice)}'" in raw.expect("<presence [^>]*type='subscribe'[^>]*>").group()


def test_the_number_of_those_who_ask_is_bounded_by_domain_and_in_all(federation, member, stranger):
    alice = member()
    link = Link(federation.near)
    assert link.handshake() == "in"
    peer = federation.peer(["liar.example"]).proved()
    for number in range(30):
        peer.send(f"<presence type='subscribe' from='x{number}@liar.example' to='{alice.name}@near.example'/>")
    peer.heard("x@liar.example")
    asking = link.standing(alice)[0]
    assert len(asking) == 20 and "x29@liar.example" in asking
    link.close()


def test_contacts_at_another_server(federation, member, stranger):
    alice, bob = member(), stranger("bob")
    links = [Link(server) for server in (federation.near, federation.far)]
    for link in links:
        assert link.handshake() == "in"
    near, far = links
    mine, his = f"{alice.name}@near.example", "bob@far.example"
    near.contact(alice, his, "ask")
    far.hint(bob)
    assert list(far.standing(bob)[0]) == [mine]
    far.contact(bob, mine, "accept")
    wait(lambda: near.roster(alice).get(his) == ("to", None) and his in near.standing(alice)[0])
    near.contact(alice, his, "accept")
    wait(lambda: far.roster(bob).get(mine) == ("both", None))
    assert near.roster(alice)[his] == ("both", None)
    near.contact(alice, his, "remove")
    wait(lambda: far.roster(bob).get(mine) == ("none", None))
    far.contact(bob, mine, "remove")
    for link in links:
        link.close()


def wait(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_ordinary_app_accepts_asks_in_return_and_sees_what_waited(server, link, member):
    """slixmpp, which says yes to whoever asks, as it does by default."""
    alice, bob = member(), member()
    alice.reach = "contacts"
    server.projection.save(alice)
    server.follow()

    async def course():
        hers, his = Client(server, alice.devices[0], "phone", plugins=["xep_0203"]), Client(server, bob.devices[0], "phone")
        hers.auto_authorize = hers.auto_subscribe = None
        for client in (hers, his):
            assert await client.sign_in() == "in"
        his.send_message(mto=jid(alice), mbody="may I?", mtype="chat")
        await hers.until(lambda: link.requests(alice) == {jid(bob): [("message", "may I?")]})
        assert not hers.messages
        link.contact(alice, jid(bob), "ask")
        await hers.until(lambda: link.roster(bob).get(jid(alice)) == ("from", "subscribe"))
        await hers.until(lambda: [message["body"] for message in hers.messages] == ["may I?"])
        assert hers.messages[0]["delay"]["stamp"]
        link.contact(alice, jid(bob), "accept")
        await his.until(lambda: his.client_roster[jid(alice)]["subscription"] == "both")
        await hers.until(lambda: hers.client_roster[jid(bob)]["subscription"] == "both")
        for client in (hers, his):
            await client.leave()

    asyncio.run(course())
