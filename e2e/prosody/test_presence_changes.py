# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who sees alice while her decisions change under way: at once, for each of her apps, and nobody more."""
import asyncio

import pytest
from client import Client
from federation import FAR, LIAR, NEAR
from test_services import run
from viewers import DOMAIN, roster_and_presence, settle


class Watcher(Client):
    """Remembers what it hears of others' presence, and befriends whoever asks."""

    def __init__(self, server, device, resource):
        super().__init__(server, device, resource)
        self.seen = {}  # full address -> status text, or None: gone
        self.auto_authorize = self.auto_subscribe = True
        self.add_event_handler("presence_available", self.sees)
        self.add_event_handler("presence_unavailable", lambda presence: self.seen.__setitem__(str(presence["from"]), None))

    def sees(self, presence):
        self.seen[str(presence["from"])] = presence["status"]

    def sight_of(self, *clients):
        """The status of each, None if it was taken back, "never" if it was never seen."""
        return [self.seen.get(client.boundjid.full, "never") for client in clients]

    async def in_touch(self):
        await self.plugin["xep_0199"].ping(self.prosody.domain)


async def befriend(one, other):
    one.send_presence_subscription(other.boundjid.bare)
    for client, peer in ((one, other), (other, one)):
        await client.until(lambda: client.client_roster[peer.boundjid.bare]["subscription"] == "both")


async def quiet(*clients):
    """What was sent before has arrived everywhere."""
    for _ in range(2):
        for client in clients:
            await client.in_touch()


def decide(server, member, policy):
    member.presence = policy
    server.projection.save(member)
    server.follow()


@pytest.fixture
def play(server, member):
    """Alice with a phone and a laptop, and her contacts bob and carol, whom she chose; all are online, alice shows herself to nobody."""
    def play(story):
        async def whole():
            alice, bob, carol = member(devices=3), member(), member()
            server.projection.relate(alice, f"{carol.name}@{DOMAIN}", "c")
            clients = [Watcher(server, device, name) for device, name in (
                (alice.devices[0], "phone"), (alice.devices[1], "laptop"), (bob.devices[0], "b"), (carol.devices[0], "c"))]
            for client in clients:
                assert await client.sign_in() == "in"
            phone, laptop, *contacts = clients
            for contact in contacts:
                await befriend(phone, contact)
            phone.send_presence(pstatus="on the phone")
            laptop.send_presence(pstatus="at the desk")
            await quiet(*clients)
            for contact in contacts:
                assert contact.sight_of(phone, laptop) == ["never", "never"]
            try:
                await story(alice, clients)
            finally:
                for client in clients:
                    await client.leave()
        run(whole())
    return play


ALL, GONE, NEVER = ["on the phone", "at the desk"], [None, None], ["never", "never"]


def test_each_policy_shows_and_takes_back_at_once(server, play):
    async def story(alice, clients):
        phone, laptop, bob, carol = clients
        for policy, of_bob, of_carol in (("chosen", NEVER, ALL), ("contacts", ALL, ALL), ("chosen", GONE, ALL), ("nobody", GONE, GONE),
                                         ("contacts", ALL, ALL), ("nobody", GONE, GONE)):
            decide(server, alice, policy)
            await quiet(*clients)
            assert (bob.sight_of(phone, laptop), carol.sight_of(phone, laptop)) == (of_bob, of_carol), policy
            assert phone.sight_of(laptop) == ["at the desk"] and laptop.sight_of(phone) == ["on the phone"]
    play(story)


def test_who_is_chosen_may_change_under_way(server, play):
    async def story(alice, clients):
        phone, laptop, bob, carol = clients
        decide(server, alice, "chosen")
        server.projection.relate(alice, bob.boundjid.bare, "c")
        server.projection.relate(alice, carol.boundjid.bare, "")
        server.follow()
        await quiet(*clients)
        assert bob.sight_of(phone, laptop) == ALL and carol.sight_of(phone, laptop) == GONE
        # Who asks hears the same.
        carol.send_presence(pto=phone.boundjid.bare, ptype="probe")
        bob.seen.clear()
        bob.send_presence(pto=phone.boundjid.bare, ptype="probe")
        await quiet(*clients)
        assert carol.sight_of(phone, laptop) == GONE and bob.sight_of(phone, laptop) == ALL
    play(story)


def test_presence_that_an_app_sent_to_one_address_is_taken_back_too(server, play):
    async def story(alice, clients):
        phone, laptop, bob, carol = clients
        decide(server, alice, "contacts")
        phone.send_presence(pto=bob.boundjid.full, pstatus="for bob alone")
        await bob.until(lambda: bob.sight_of(phone) == ["for bob alone"])
        decide(server, alice, "nobody")
        await bob.until(lambda: bob.sight_of(phone, laptop) == GONE)
        phone.send_presence(pto=bob.boundjid.full, pstatus="once more")
        await quiet(*clients)
        assert bob.sight_of(phone) == [None]
    play(story)


def test_prosody_sees_a_change_by_itself(server, play):
    async def story(alice, clients):
        phone, laptop, bob, carol = clients
        for policy, sight in (("contacts", ALL), ("nobody", GONE)):
            alice.presence = policy
            server.projection.save(alice)
            await bob.until(lambda: bob.sight_of(phone, laptop) == sight)
    play(story)


def test_a_hibernating_stream_is_taken_back_too(server, play, connect):
    async def story(alice, clients):
        phone, laptop, bob, carol = clients
        decide(server, alice, "contacts")
        asleep = connect().login(alice.devices[2], "asleep")
        asleep.send("<presence><status>asleep</status></presence>")
        asleep.enable_resumption()
        await bob.until(lambda: bob.seen.get(asleep.jid) == "asleep")
        asleep.drop()
        decide(server, alice, "chosen")
        await bob.until(lambda: bob.seen[asleep.jid] is None)
        assert carol.seen[asleep.jid] == "asleep"
    play(story)


def test_who_is_taken_out_of_the_roster_sees_nothing_from_then_on(server, play):
    async def story(alice, clients):
        phone, laptop, bob, carol = clients
        decide(server, alice, "contacts")
        await bob.until(lambda: bob.sight_of(phone, laptop) == ALL)
        await phone.del_roster_item(bob.boundjid.bare)
        await bob.until(lambda: bob.sight_of(phone, laptop) == GONE)
        phone.send_presence(pstatus="still here")
        await quiet(*clients)
        assert bob.sight_of(phone) == [None] and carol.sight_of(phone) == ["still here"]
    play(story)


def test_nothing_is_shown_while_the_projection_cannot_be_read_and_all_of_it_afterwards(server, play):
    async def story(alice, clients):
        phone, laptop, bob, carol = clients
        decide(server, alice, "contacts")
        await bob.until(lambda: bob.sight_of(phone, laptop) == ALL)
        bob.seen.clear()
        server.projection.db.execute("UPDATE position SET schema = 3")
        laptop.send_presence(pstatus="unseen")
        bob.send_presence(pto=phone.boundjid.bare, ptype="probe")
        await quiet(*clients)
        assert bob.sight_of(phone, laptop) in (NEVER, GONE)
        server.projection.db.execute("UPDATE position SET schema = 2")
        await bob.until(lambda: bob.sight_of(phone, laptop) == ["on the phone", "unseen"])
    play(story)


def test_a_policy_that_was_tightened_holds_after_a_kill(server, play, member, connect):
    async def story(alice, clients):
        phone, laptop, bob, carol = clients
        decide(server, alice, "contacts")
        await bob.until(lambda: bob.sight_of(phone, laptop) == ALL)
        alice.presence = "nobody"
        server.projection.save(alice)
        for client in clients:
            client.auto_reconnect = False
        server.stop(kill=True)
        server.start()
        again = [Watcher(server, device, name) for device, name in (
            (alice.devices[0], "phone"), (server.projection.members[bob.boundjid.user].devices[0], "b"))]
        for client in reversed(again):
            assert await client.sign_in() == "in"
        await quiet(*again)
        assert again[1].sight_of(again[0]) in (["never"], [None])
        decide(server, alice, "contacts")
        await again[1].until(lambda: again[1].sight_of(again[0]) == [""])
        for client in again:
            await client.leave()
    play(story)


def test_a_room_elsewhere_may_ask_an_app_only_until_the_app_leaves(federation, member, connect):
    app = roster_and_presence(connect().login(member().devices[0], "phone"))
    room, peer = f"room@{LIAR}", federation.peer([LIAR]).proved()

    def is_reached():
        settle(app)
        peer.send(f"<iq type='get' id='ask' from='{room}/x' to='{app.jid}'><ping xmlns='urn:xmpp:ping'/></iq>")
        return "service-unavailable" not in "".join(peer.heard(room))
    assert not is_reached()
    for leave in (f"<presence type='unavailable' to='{room}/alice'/>", "<presence type='unavailable'/>"):
        app.send(f"<presence to='{room}/alice'><x xmlns='http://jabber.org/protocol/muc'/></presence>")
        assert is_reached()
        app.send(leave)
        assert not is_reached(), leave


def test_contacts_on_another_server_see_and_lose_sight_in_the_same_way(federation, member, stranger):
    async def story():
        alice, bob = member(), stranger("bob")
        near, far = Watcher(federation.near, alice.devices[0], "a"), Watcher(federation.far, bob.devices[0], "b")
        for client in (near, far):
            assert await client.sign_in() == "in"
        await befriend(near, far)
        near.send_presence(pstatus="here")
        for policy, sight in (("contacts", ["here"]), ("chosen", [None]), ("contacts", ["here"]), ("nobody", [None])):
            decide(federation.near, alice, policy)
            await far.until(lambda: far.sight_of(near) == sight)
        federation.near.projection.relate(alice, f"bob@{FAR}", "c")
        decide(federation.near, alice, "chosen")
        await far.until(lambda: far.sight_of(near) == ["here"])
        # Whatever there was between: what a server hears of a change is in order.
        federation.near.projection.relate(alice, f"@{FAR}", "b")
        federation.near.follow()
        await far.until(lambda: far.sight_of(near) == [None])
        near.send_presence(pstatus="hidden")
        far.send_presence(pto=f"{alice.name}@{NEAR}", ptype="probe")
        await asyncio.gather(near.in_touch(), far.in_touch())
        await far.plugin["xep_0199"].ping(NEAR)
        assert far.sight_of(near) == [None]
        for client in (near, far):
            await client.leave()
    run(story())
