# SPDX-License-Identifier: AGPL-3.0-or-later
"""What members do with it, by slixmpp: messages to all devices, the archive, rooms, uploads, and what the daemon learns."""
import asyncio
import base64
import hashlib
import http.client
import os
import time
from urllib.parse import urlparse
from xml.etree import ElementTree

import pytest
from client import Client
from slixmpp.exceptions import IqError

DOMAIN = "social.localhost"


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 60))


@pytest.mark.parametrize("mechanism,tls12", [("SCRAM-SHA-256", False), ("SCRAM-SHA-1", False), ("PLAIN", False),
                                             ("SCRAM-SHA-256-PLUS", True), ("SCRAM-SHA-1-PLUS", True), (None, False)])
def test_slixmpp_signs_in_with_starttls(server, member, mechanism, tls12):
    async def story():
        alice = member(devices=2)
        for device in alice.devices:
            client = Client(server, device, "x", mechanism, tls12)
            assert await client.sign_in() == "in"
            await client.leave()
        client = Client(server, alice.devices[0], "x", mechanism, tls12, password="wrong")
        assert await client.sign_in() == "not-authorized"
        await client.leave()
    run(story())


def test_messages_reach_every_device_and_the_archive(server, member):
    async def story():
        alice, bob = member(devices=2), member()
        phone, laptop = (Client(server, device, name, plugins=["xep_0280", "xep_0313"])
                         for device, name in zip(alice.devices, ("phone", "laptop")))
        other = Client(server, bob.devices[0], "home")
        copies = []
        for client in (phone, laptop, other):
            assert await client.sign_in() == "in"
        await laptop.plugin["xep_0280"].enable()
        for event in ("carbon_received", "carbon_sent"):
            laptop.add_event_handler(event, lambda message, event=event: copies.append(
                message[event]["body"]))
        phone.send_message(f"{bob.name}@{DOMAIN}", "to a stranger", mtype="chat")
        await other.until(lambda: any(m["body"] == "to a stranger" for m in other.messages))
        other.send_message(f"{alice.name}@{DOMAIN}/phone", "and back", mtype="chat")
        await phone.until(lambda: any(m["body"] == "and back" for m in phone.messages))
        await laptop.until(lambda: set(copies) >= {"to a stranger", "and back"})
        bodies = [item["mam_result"]["forwarded"]["stanza"]["body"] async for item in laptop.plugin["xep_0313"].iterate(rsm={"max": 10})]
        assert bodies == ["to a stranger", "and back"]
        for client in (phone, laptop, other):
            await client.leave()
    run(story())


def test_a_message_to_a_member_who_is_away_waits(server, member):
    async def story():
        alice, bob = member(), member()
        other = Client(server, bob.devices[0], "home")
        assert await other.sign_in() == "in"
        other.send_message(f"{alice.name}@{DOMAIN}", "for later", mtype="chat")
        await other.plugin["xep_0199"].ping(DOMAIN)
        phone = Client(server, alice.devices[0], "phone")
        assert await phone.sign_in() == "in"
        await phone.until(lambda: any(m["body"] == "for later" for m in phone.messages))
        for client in (phone, other):
            await client.leave()
    run(story())


def test_a_room_is_made_and_spoken_in_and_remembers(server, member):
    async def story():
        alice, bob = member(), member()
        one, two = Client(server, alice.devices[0], "a", plugins=["xep_0045"]), Client(server, bob.devices[0], "b", plugins=["xep_0045"])
        for client in (one, two):
            assert await client.sign_in() == "in"
        room = f"tea-{alice.name}@rooms.{DOMAIN}"
        await one.plugin["xep_0045"].join_muc_wait(room, "alice")
        await one.plugin["xep_0045"].set_affiliation(room, "member", jid=f"{bob.name}@{DOMAIN}")
        await two.plugin["xep_0045"].join_muc_wait(room, "bob")
        one.send_message(room, "first", mtype="groupchat")
        await two.until(lambda: any(m["body"] == "first" for m in two.messages))
        for client in (one, two):
            await client.leave()
        again = Client(server, bob.devices[0], "b", plugins=["xep_0045"])
        assert await again.sign_in() == "in"
        await again.plugin["xep_0045"].join_muc_wait(room, "bob", maxstanzas=10)
        await again.until(lambda: any(m["body"] == "first" for m in again.messages))
        await again.leave()
    run(story())


def transfer(method, url, body=None, headers=()):
    """What the reverse proxy does: asks Prosody's HTTP port in the name of the uploads' host."""
    parts = urlparse(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=40)
    connection.request(method, parts.path, body, {"Host": parts.netloc, **dict(headers)})
    response = connection.getresponse()
    return response.status, response.read(), response.headers


async def upload(client, data, name="cat.html", content_type="text/html"):
    """Asks for a slot (XEP-0363) and puts the data there; returns the status and where it can be got."""
    namespace = "urn:xmpp:http:upload:0"
    request = client.make_iq_get(ito=f"upload.{DOMAIN}")
    request.append(ElementTree.Element(f"{{{namespace}}}request", {
        "filename": name, "size": str(len(data)), "content-type": content_type}))
    slot = (await request.send()).xml.find(f"{{{namespace}}}slot")
    put, get = slot.find(f"{{{namespace}}}put"), slot.find(f"{{{namespace}}}get")
    headers = {header.get("name"): header.text for header in put} | {"Content-Type": content_type}
    status, _, _ = await asyncio.to_thread(transfer, "PUT", put.get("url"), data, headers)
    return status, get.get("url")


def test_uploads_arrive_and_come_back_as_downloads(server, member):
    async def story():
        client = Client(server, member().devices[0], "x")
        assert await client.sign_in() == "in"
        for data in (b"<script>alert(1)</script>", os.urandom(12 << 20)):
            status, url = await upload(client, data)
            assert status == 201
            status, body, headers = await asyncio.to_thread(transfer, "GET", url)
            assert status == 200 and body == data
            assert headers["Content-Disposition"].startswith("attachment")
            assert "default-src 'none'" in headers["Content-Security-Policy"] and headers["X-Content-Type-Options"] == "nosniff"
        with pytest.raises(IqError, match="large|not-acceptable"):
            await upload(client, b"x" * (21 << 20))
        await client.leave()
    run(story())


def test_the_daemon_learns_which_device_connected_when_from_where_and_with_what(server, member):
    async def story():
        alice = member(devices=2)
        client = Client(server, alice.devices[0], "x")
        client.plugin["xep_0092"].software_name, client.plugin["xep_0092"].version = "Tester", "1.0"
        assert await client.sign_in() == "in"
        rows = []

        def written():
            rows[:] = server.observed("SELECT device, name, connected_at, address, app, online FROM seen WHERE name = ?", alice.name)
            return rows and rows[0][4].startswith("Tester")
        await client.until(written)
        device, name, at, address, app, online = rows[0]
        assert (device, name, address, app, online) == (alice.devices[0].id, alice.name, "127.0.0.1", "Tester 1.0", 1)
        assert abs(at - time.time()) < 30 and len(rows) == 1
        await client.leave()
        await client.until(lambda: server.observed("SELECT online FROM seen WHERE name = ?", alice.name) == [(0,)])
    run(story())


def test_a_notice_reaches_every_device_once_and_the_archive(server, member):
    async def story():
        alice = member(devices=2)
        phone = Client(server, alice.devices[0], "phone", plugins=["xep_0313"])
        assert await phone.sign_in() == "in"
        server.projection.write(("INSERT INTO notices (name, body) VALUES (?, 'A new device was added')", (alice.name,)))
        server.follow()
        server.projection.save(alice)
        server.follow()
        await phone.until(lambda: phone.messages)
        assert [(m["from"].full, m["body"]) for m in phone.messages] == [(DOMAIN, "A new device was added")]
        laptop = Client(server, alice.devices[1], "laptop", plugins=["xep_0313"])
        assert await laptop.sign_in() == "in"
        bodies = [item["mam_result"]["forwarded"]["stanza"]["body"] async for item in laptop.plugin["xep_0313"].iterate(rsm={"max": 10})]
        assert bodies == ["A new device was added"]
        for client in (phone, laptop):
            await client.leave()
    run(story())


def test_bookmarks_and_pictures_are_the_same_for_old_and_new_apps(server, member):
    """XEP-0402 and 0049 (0411), XEP-0084 and 0153 (0398)."""
    picture = b"\x89PNG\r\n\x1a\n" + os.urandom(200)
    digest = hashlib.sha1(picture).hexdigest()

    def publish(node, item, payload):
        return (f"<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='{node}'><item id='{item}'>{payload}</item></publish>"
                "</pubsub>")

    async def story():
        client = Client(server, member().devices[0], "x")
        assert await client.sign_in() == "in"

        async def ask(kind, text):
            request = client.Iq()
            request["type"] = kind
            request.append(ElementTree.fromstring(text))
            return ElementTree.tostring((await request.send()).xml, encoding="unicode")

        await ask("set", publish("urn:xmpp:bookmarks:1", f"tea@rooms.{DOMAIN}",
                                 "<conference xmlns='urn:xmpp:bookmarks:1' name='Tea' autojoin='true'><nick>me</nick></conference>"))
        old = await ask("get", "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>")
        assert f"tea@rooms.{DOMAIN}" in old and "Tea" in old
        await ask("set", publish("urn:xmpp:avatar:data", digest,
                                 f"<data xmlns='urn:xmpp:avatar:data'>{base64.b64encode(picture).decode()}</data>"))
        await ask("set", publish("urn:xmpp:avatar:metadata", digest, "<metadata xmlns='urn:xmpp:avatar:metadata'>"
                                 f"<info bytes='{len(picture)}' id='{digest}' type='image/png'/></metadata>"))
        card = await ask("get", "<vCard xmlns='vcard-temp'/>")
        assert base64.b64encode(picture).decode() in "".join(card.split())
        await client.leave()
    run(story())
