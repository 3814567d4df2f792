# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the home server's sign-in to a conversation: what a newcomer does, with real apps."""

import asyncio
import os
import subprocess
from urllib.parse import urlsplit

from people import DOMAIN, leave, signed_in, slot
from trial import wait_until


async def archive(client) -> list[str]:
    found = [item["mam_result"]["forwarded"]["stanza"]["body"] async for item in client.plugin["xep_0313"].iterate(rsm={"max": 50})]
    return [body for body in found if body]


def bodies(client) -> list[str]:
    return [message["body"] for message in client.messages]


def test_two_members_with_several_devices_talk(member, run):
    """Each of the login mechanisms, messages, carbons, the archive, the announcement of a new device, its removal."""
    alice, bob = member("alice"), member("bob")
    phone, laptop = alice.add_device("Alice’s phone"), alice.add_device("Arbeitsrechner 💻", chat="gajim")
    bob.add_device()

    async def story():
        one = alice.client(phone, "phone", "SCRAM-SHA-256", plugins=["xep_0280", "xep_0313"])
        two = alice.client(laptop, "laptop", "SCRAM-SHA-1", plugins=["xep_0280", "xep_0313"])
        other = bob.client(mechanism="PLAIN")
        await signed_in(one, two, other)
        copies = []
        await two.plugin["xep_0280"].enable()
        for event in ("carbon_received", "carbon_sent"):
            two.add_event_handler(event, lambda message, event=event: copies.append(message[event]["body"]))
        one.send_message(bob.address, "Tea?", mtype="chat")
        await other.until(lambda: "Tea?" in bodies(other))
        other.send_message(f"{alice.address}/phone", "Gladly.", mtype="chat")
        await one.until(lambda: "Gladly." in bodies(one))
        await two.until(lambda: set(copies) >= {"Tea?", "Gladly."})
        assert (await archive(two))[-2:] == ["Tea?", "Gladly."]

        # A third device: the others are told, by name.
        tablet = await asyncio.to_thread(alice.add_device, "Old tablet")
        for client in (one, two):
            await client.until(lambda: any("Old tablet" in body for body in bodies(client)))
            notice = next(message for message in client.messages if "Old tablet" in message["body"])
            assert notice["from"].full == DOMAIN and "added" in notice["body"]
        assert any("Old tablet" in body for body in await archive(one))

        # Removing one ends its stream, and only its own.
        page = await asyncio.to_thread(alice.remove, laptop)
        assert page.query["done"] == "removed" and laptop.id not in alice.listed(page)
        await asyncio.wait_for(two.gone, 5)
        two.abort()
        assert not one.gone.done() and not other.gone.done()
        await one.plugin["xep_0199"].ping(DOMAIN)
        again = alice.client(laptop, "laptop")
        assert await again.sign_in() == "not-authorized"
        third = alice.client(tablet, "tablet")
        await signed_in(third)
        await leave(one, other, again, third)

    run(story())
    assert set(alice.listed().values()) == {"Alice’s phone", "Old tablet"}
    wait_until(lambda: alice.browser.get("/devices").text.count("from 127.0.0.1") == 2, 10, "last use and where from")


def test_another_ordinary_client_signs_in_with_the_shown_password(trial, member, run):
    """go-sendxmpp, which checks the certificate against the trial's authority."""
    alice, bob = member("alice", devices=1), member("bob", devices=1)

    async def story():
        home = bob.client()
        await signed_in(home)
        sender = await asyncio.create_subprocess_exec(
            "go-sendxmpp", "-u", alice.address, "-p", alice.devices[0].password, "-j", f"localhost:{trial.port('client')}",
            bob.address, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "SSL_CERT_FILE": str(trial.ca)})
        said, _ = await asyncio.wait_for(sender.communicate(b"from the command line\n"), 30)
        assert sender.returncode == 0, said.decode()
        await home.until(lambda: any("from the command line" in body for body in bodies(home)))
        assert home.messages[-1]["from"].bare == alice.address
        await leave(home)

    run(story())


def test_a_room_for_two(member, run):
    alice, bob = member("alice", devices=1), member("bob", devices=1)

    async def story():
        one, two = (somebody.client(plugins=["xep_0045"]) for somebody in (alice, bob))
        await signed_in(one, two)
        room = f"tea-{alice.name}@rooms.{DOMAIN}"
        await one.plugin["xep_0045"].join_muc_wait(room, "alice")
        await one.plugin["xep_0045"].set_affiliation(room, "member", jid=bob.address)
        await two.plugin["xep_0045"].join_muc_wait(room, "bob")
        one.send_message(room, "Welcome.", mtype="groupchat")
        await two.until(lambda: "Welcome." in bodies(two))
        two.send_message(room, "Hello all.", mtype="groupchat")
        await one.until(lambda: "Hello all." in bodies(one))
        await leave(one, two)

    run(story())


def test_an_upload_comes_back_as_an_inert_download_from_a_host_of_its_own(trial, member, run):
    alice = member("alice", devices=1)
    content = b"<script>document.title = 'mine'</script>" * 5_000

    async def story():
        client = alice.client()
        await signed_in(client)
        place = await slot(client, "page.html", len(content), "text/html")
        await leave(client)
        return place

    put, get, headers = run(story())
    host = urlsplit(trial.url("uploads")).netloc
    assert urlsplit(put).netloc == urlsplit(get).netloc == host
    web = trial.session()
    assert web.put(put, data=content, headers={**headers, "Content-Type": "text/html"}, timeout=20).status_code == 201
    answer = web.get(get, timeout=20, headers={"Origin": trial.url("portal").rstrip("/")})
    assert answer.status_code == 200 and answer.content == content
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert web.put(put, data=content, timeout=20).status_code in (401, 403), "without the slot's leave"
    assert web.get(trial.url("portal", urlsplit(get).path), timeout=20).status_code == 404, "not from the portal's host"
    assert web.get(trial.url("home_server", urlsplit(get).path), timeout=20).status_code == 404, "nor from the home server's"
