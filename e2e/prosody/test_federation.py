# SPDX-License-Identifier: AGPL-3.0-or-later
"""Other servers: two of ours that find each other by DNS, and servers that lie."""
import re

import pytest
from client import Client
from federation import FAR, LIAR, NEAR, ROOMS
from raw import Closed, Raw
from slixmpp.exceptions import IqError
from test_services import run


async def pair(federation, alice, bob, **options):
    """A client of alice's, here, and one of bob's, there, signed in."""
    near = Client(federation.near, alice.devices[0], "a", **options)
    far = Client(federation.far, bob.devices[0], "b", **options)
    for client in (near, far):
        assert await client.sign_in() == "in"
    return near, far


def test_messages_go_both_ways_and_into_both_archives(federation, member, stranger):
    async def story():
        alice, bob = member(), stranger("bob")
        near, far = await pair(federation, alice, bob, plugins=["xep_0313"])
        near.send_message(f"bob@{FAR}", "over there", mtype="chat")
        await far.until(lambda: any(m["body"] == "over there" for m in far.messages))
        far.send_message(near.boundjid.bare, "and back", mtype="chat")
        await near.until(lambda: any(m["body"] == "and back" for m in near.messages))
        for client in (near, far):
            bodies = [item["mam_result"]["forwarded"]["stanza"]["body"] async for item in client.plugin["xep_0313"].iterate(rsm={"max": 10})]
            assert bodies == ["over there", "and back"]
            await client.leave()
    run(story())
    assert "<auth mechanism='EXTERNAL'" in federation.near.log.read_text().replace("xmlns='urn:ietf:params:xml:ns:xmpp-sasl' ", "")


def test_starttls_serves_servers_that_have_nothing_else(federation, member):
    federation.names.ports["rooms." + FAR] = (federation.names.ports[FAR][0], None)

    async def story():
        near = Client(federation.near, member().devices[0], "a")
        assert await near.sign_in() == "in"
        info = await near.plugin["xep_0030"].get_info(jid=f"rooms.{FAR}")
        assert "http://jabber.org/protocol/muc" in info["disco_info"]["features"]
        await near.leave()
    run(story())


def test_a_server_with_the_certificate_of_another_is_not_talked_to(federation, member):
    """The name leads to a server that says to be it, but has the certificate of far.example."""
    async def story():
        near = Client(federation.near, member().devices[0], "a")
        assert await near.sign_in() == "in"
        with pytest.raises(IqError, match="remote-server"):
            await near.plugin["xep_0030"].get_info(jid=LIAR)
        await near.leave()
    run(story())


@pytest.mark.parametrize("certified,authority,name", [
    (["third.example"], True, FAR), ([FAR], False, FAR), ([], True, FAR), ([FAR], True, "rooms." + FAR), (["*.example"], True, NEAR)],
    ids=["another's", "signed by nobody", "none", "of the parent", "our own name"])
def test_who_cannot_prove_its_name_is_refused(federation, certified, authority, name):
    peer = federation.peer(certified, authority, calls_itself=name)
    assert re.search("<stream:error>.*(certificate|host we serve)", peer.open())
    peer.send(f"<db:result from='{name}' to='{NEAR}'>1e701f120f66824b57303384e83b51feba858024</db:result>")
    with pytest.raises(Closed):  # dialback does not help
        peer.expect("<db:result")


def test_a_spoofed_sender_is_refused(federation, member):
    alice = member()
    raw = Raw(federation.near).login(alice.devices[0])
    raw.send("<presence/>")
    for sender in ("bob@other.example", f"bob@{NEAR}", f"bob@rooms.{FAR}", NEAR, ROOMS):
        peer = federation.peer([FAR]).proved()
        peer.send(f"<message from='{sender}' to='{alice.name}@{NEAR}' type='chat'><body>a lie</body></message>")
        peer.expect("<stream:error>.*?</stream:error>")
        peer.close()
    peer = federation.peer([FAR]).proved()
    peer.send(f"<message from='bob@{FAR}' to='{alice.name}@{NEAR}' type='chat'><body>the truth</body></message>")
    assert "a lie" not in raw.expect("(.*)<body>the truth</body>").group(1)
    peer.close()
    raw.close()


def test_a_server_speaks_to_no_host_that_we_do_not_have(federation):
    peer = federation.peer([FAR]).proved()
    peer.send(f"<iq type='get' id='r' from='bob@{FAR}' to='alice@elsewhere.example'><ping xmlns='urn:xmpp:ping'/></iq>")
    peer.expect("<stream:error>.*?</stream:error>|<iq[^>]*type='error'.*?</iq>")
    peer.close()


def subscribe_both(near, far):
    async def story():
        for client in (near, far):
            client.auto_authorize, client.auto_subscribe = True, True
        far.send_presence_subscription(pto=near.boundjid.bare, ptype="subscribe")
        await near.until(lambda: near.client_roster[far.boundjid.bare]["subscription"] == "both")
        await far.until(lambda: far.client_roster[near.boundjid.bare]["subscription"] == "both")
    return story()


QUESTIONS = {
    "probe": "<presence type='probe' from='{me}' to='{bare}'/>",
    "subscription": "<presence type='subscribe' from='{bare_me}' to='{bare}'/>",
    "version": "<iq type='get' id='q' from='{me}' to='{full}'><query xmlns='jabber:iq:version'/></iq>",
    "ping": "<iq type='get' id='q' from='{me}' to='{full}'><ping xmlns='urn:xmpp:ping'/></iq>",
    "last": "<iq type='get' id='q' from='{me}' to='{bare}'><query xmlns='jabber:iq:last'/></iq>",
    "account": "<iq type='get' id='q' from='{me}' to='{bare}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    "card": "<iq type='get' id='q' from='{me}' to='{bare}'><vCard xmlns='vcard-temp'/></iq>",
    "headline": "<message type='headline' id='q' from='{me}' to='{bare}'><body>x</body></message>",
    "propose": "<message type='chat' id='q' from='{me}' to='{full}'><propose xmlns='urn:xmpp:jingle-message:0' id='q'/></message>",
    "disco": "<iq type='get' id='q' from='{me}' to='{full}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
    "groupchat": "<message type='groupchat' id='q' from='{me}' to='{full}'><body>x</body></message>",
}


def test_a_contact_on_another_server_cannot_tell_whether_somebody_is_online(federation, member, stranger):
    """Every question gets the same answers while the member is online and while not; coming and going is not announced."""
    alice = member()

    async def make_contacts():
        near, far = await pair(federation, alice, stranger("dora"))
        await subscribe_both(near, far)
        for client in (near, far):
            await client.leave()
    run(make_contacts())
    addresses = dict(me=f"dora@{FAR}/x", bare_me=f"dora@{FAR}", bare=f"{alice.name}@{NEAR}", full=f"{alice.name}@{NEAR}/phone")
    federation.far.stop()  # its place is taken by one that shows every stanza
    try:
        def answers():
            found = {}
            for name, question in QUESTIONS.items():
                peer = federation.peer([FAR]).proved()
                peer.send(question.format(**addresses))
                found[name] = peer.heard(addresses["me"])
                peer.close()
            return found
        offline = answers()
        raw = Raw(federation.near).login(alice.devices[0], "phone")
        raw.send("<presence/>")
        raw.silent("<never/>", "one")
        assert answers() == offline
        assert "unavailable" in offline["probe"][0] and "service-unavailable" in offline["version"][0]
        watching = federation.peer([FAR]).proved()
        raw.send("<presence><show>away</show></presence>")
        raw.send(f"<presence to='dora@{FAR}'/>")
        raw.silent("<never/>", "two")
        raw.close()
        assert watching.heard(addresses["me"]) == []
        watching.close()
    finally:
        federation.far.start()


@pytest.mark.parametrize("blocked", ["frida@" + FAR, FAR])
def test_whom_a_member_blocks_is_kept_out_on_the_server(federation, member, stranger, blocked):
    async def story():
        near, far = await pair(federation, member(), stranger("frida"), plugins=["xep_0191"])
        far.send_message(near.boundjid.bare, "before", mtype="chat")
        await near.until(lambda: any(m["body"] == "before" for m in near.messages))
        await near.plugin["xep_0191"].block(blocked)
        far.send_message(near.boundjid.bare, "blocked", mtype="chat")
        await far.plugin["xep_0199"].ping(NEAR)
        near.send_message(far.boundjid.bare, "to the blocked", mtype="chat")
        await near.until(lambda: near.errors)
        assert far.errors == [] and near.errors == ["not-acceptable"]
        await near.plugin["xep_0191"].unblock(blocked)
        far.send_message(near.boundjid.bare, "after", mtype="chat")
        await near.until(lambda: any(m["body"] == "after" for m in near.messages))
        assert [m["body"] for m in near.messages] == ["before", "after"]
        assert [m["body"] for m in far.messages] == []
        for client in (near, far):
            await client.leave()
    run(story())


def test_a_room_lets_members_of_another_server_in_and_only_ours_make_one(federation, member, stranger):
    async def story():
        near, far = await pair(federation, member(), stranger("gina"), plugins=["xep_0045"])
        room = f"tea-{near.boundjid.user}@{ROOMS}"
        await near.plugin["xep_0045"].join_muc_wait(room, "alice")
        far.plugin["xep_0045"].join_muc(room, "gina")
        await far.until(lambda: far.errors == ["registration-required"])
        await near.plugin["xep_0045"].set_affiliation(room, "member", jid=far.boundjid.bare)
        await far.plugin["xep_0045"].join_muc_wait(room, "gina")
        far.send_message(room, "from afar", mtype="groupchat")
        await near.until(lambda: any(m["body"] == "from afar" for m in near.messages))
        far.plugin["xep_0045"].join_muc(f"new-{near.boundjid.user}@{ROOMS}", "gina")
        await far.until(lambda: far.errors == ["registration-required", "not-allowed"])
        for client in (near, far):
            await client.leave()
    run(story())
