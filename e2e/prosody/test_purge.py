# SPDX-License-Identifier: AGPL-3.0-or-later
"""A purge wipes what Prosody keeps of a name, so that its next owner inherits nothing."""
import asyncio
import sqlite3
from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree

from client import Client
from test_services import DOMAIN, run, transfer, upload


def test_a_purge_wipes_everything_and_tells_the_contacts(server, member):
    async def story():
        alice, bob = member(), member()
        one = Client(server, alice.devices[0], "a", plugins=["xep_0045", "xep_0313", "xep_0163", "xep_0118", "xep_0054"])
        two = Client(server, bob.devices[0], "b", plugins=["xep_0045"])
        for client in (one, two):
            client.auto_authorize, client.auto_subscribe = True, True
            assert await client.sign_in() == "in"
        a, b = f"{alice.name}@{DOMAIN}", f"{bob.name}@{DOMAIN}"
        one.send_presence_subscription(pto=b, ptype="subscribe")
        await two.until(lambda: a in two.client_roster and two.client_roster[a]["subscription"] == "both")
        await one.until(lambda: one.client_roster[b]["subscription"] == "both")
        two.send_message(a, "remember me", mtype="chat")
        await one.until(lambda: one.messages)
        status, url = await upload(one, b"mine", "x.txt", "text/plain")
        assert status == 201
        room = f"den-{alice.name}@rooms.{DOMAIN}"
        await one.plugin["xep_0045"].join_muc_wait(room, "alice")
        await one.plugin["xep_0045"].set_affiliation(room, "owner", jid=b)
        card = one.plugin["xep_0054"].make_vcard()
        card["FN"] = "Alice"
        await one.plugin["xep_0054"].publish_vcard(vcard=card)
        files = [path for path in (server.state / "data").rglob(alice.name + ".*")]
        assert files

        purge = server.projection.purge(alice)
        server.follow()
        assert server.observed("SELECT id FROM purged") == [(purge,)]
        await asyncio.wait_for(one.gone, 5)
        await two.until(lambda: two.client_roster[a]["subscription"] == "none")
        assert [path for path in (server.state / "data").rglob(alice.name + ".*")] == []
        assert (await asyncio.to_thread(transfer, "GET", url))[0] in (404, 410)
        assert server.observed("SELECT * FROM seen WHERE name = ?", alice.name) == []
        await two.plugin["xep_0045"].join_muc_wait(room, "bob")
        owners = await two.plugin["xep_0045"].get_affiliation_list(room, "owner")
        assert [str(jid) for jid in owners] == [b]

        again = server.projection.add_member(alice.name)
        new = Client(server, again.devices[0], "a", plugins=["xep_0313"])
        new.auto_authorize = False
        assert await new.sign_in() == "in"
        assert b not in new.client_roster
        bodies = [item async for item in new.plugin["xep_0313"].iterate(rsm={"max": 10})]
        assert bodies == []
        two.send_message(a, "hello, new one", mtype="chat")
        await new.until(lambda: any(m["body"] == "hello, new one" for m in new.messages))
        two.send_presence_subscription(pto=a, ptype="subscribe")
        await new.until(lambda: new.client_roster[b]["whitelisted"] is not None)
        for client in (new, two):
            await client.leave()
    run(story())


def test_a_name_with_a_pending_purge_cannot_log_in_and_a_purge_survives_a_restart(server, member, connect):
    alice = member()
    server.stop()
    purge = server.projection.purge(alice)
    observations = server.state / "observations.sqlite"
    mode = observations.stat().st_mode
    aside = observations.with_suffix(".aside")
    observations.rename(aside)
    observations.mkdir()  # nothing can be recorded, so nothing counts as done
    again = server.projection.add_member(alice.name)
    server.start()
    raw = connect()
    raw.open()
    assert "<temporary-auth-failure/>" in raw.scram(again.name, again.devices[0].password)
    raw = connect()
    raw.open()
    assert "<not-authorized/>" in raw.scram(again.name, "wrong")
    observations.rmdir()
    aside.rename(observations)
    assert observations.stat().st_mode == mode
    import time
    deadline = time.monotonic() + 10
    while (purge,) not in server.observed("SELECT id FROM purged") and time.monotonic() < deadline:
        time.sleep(0.05)
    raw = connect()
    raw.open()
    assert raw.scram(again.name, again.devices[0].password) == "success"


def test_what_was_purged_leaves_the_archives_log_too_and_a_reader_only_delays_that(server, member):
    alice, bob = member(), member()
    secret = f"known to {alice.name} alone"
    files = lambda: [path for path in (server.state / "data").glob("archive.sqlite*") if secret.encode() in path.read_bytes()]  # noqa: E731

    async def story():
        two, one = Client(server, bob.devices[0], "b"), Client(server, alice.devices[0], "a")
        for client in (one, two):
            assert await client.sign_in() == "in"
        one.send_message(f"{alice.name}@{DOMAIN}", secret, mtype="chat")
        await one.until(lambda: one.messages)
        reader = sqlite3.connect(server.state / "data/archive.sqlite", isolation_level=None)
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM prosodyarchive WHERE value LIKE ?", (f"%{secret}%",)).fetchone() != (0,)
        purge = server.projection.purge(alice)
        server.follow()
        await two.until(lambda: (purge,) in server.observed("SELECT id FROM purged"))
        assert files(), "whoever reads a backup reads what was there when they began"
        reader.close()
        await two.until(lambda: not files())
        await two.leave()
    run(story())


def fill(server, room, count):
    """Puts chatter into a room's archive."""
    db = sqlite3.connect(server.state / "data/archive.sqlite")
    text = f"<message xmlns='jabber:client' type='groupchat' from='{room}@rooms.{DOMAIN}/x'><body>chatter</body></message>"
    db.executemany(
        "INSERT INTO prosodyarchive (host, user, store, key, \"when\", \"with\", type, value) VALUES (?, ?, 'muc_log', ?, 1, ?, 'xml', ?)",
        ((f"rooms.{DOMAIN}", room, f"chatter-{number}", "message<groupchat", text) for number in range(count)))
    db.commit()
    db.close()


def test_what_a_deleted_member_said_in_rooms_is_gone_and_what_others_said_stays(server, member):
    alice, bob = member(), member()
    a, b = f"{alice.name}@{DOMAIN}", f"{bob.name}@{DOMAIN}"
    room, unarchived, own = (f"{kind}-{bob.name}@rooms.{DOMAIN}" for kind in ("talk", "memory", "diary"))

    async def enter(member, *rooms):
        client = Client(server, member.devices[0], "x", plugins=["xep_0045", "xep_0313", "xep_0004"])
        assert await client.sign_in() == "in"
        for one in rooms:
            await client.plugin["xep_0045"].join_muc_wait(one, member.name)
        return client

    async def say(client, text, *rooms):
        for one in rooms:
            client.send_message(one, text, mtype="groupchat")
            await client.until(lambda: any(m["body"] == text and m["from"].bare == one for m in client.messages))

    async def before_restart():
        two = await enter(bob, room)
        await two.plugin["xep_0045"].set_affiliation(room, "admin", jid=a)
        one = await enter(alice, room)
        await say(one, "said by alice", room)
        await say(two, "said by bob", room)
        for client in (one, two):
            await client.leave()

    async def after_restart():
        two = await enter(bob, room, unarchived)
        form = two.plugin["xep_0004"].make_form(ftype="submit")
        form.add_field(var="FORM_TYPE", value="http://jabber.org/protocol/muc#roomconfig")
        form.add_field(var="muc#roomconfig_enablearchiving", value="0")
        await two.plugin["xep_0045"].set_room_config(unarchived, form)
        for one in (room, unarchived):
            await two.plugin["xep_0045"].set_affiliation(one, "admin", jid=a)
        one = await enter(alice, room, unarchived, own)
        await say(one, "later by alice", room, unarchived, own)
        await say(two, "later by bob", room, unarchived)
        picture = ElementTree.fromstring("<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>eHh4</BINVAL></PHOTO></vCard>")
        request = one.make_iq_set(ito=own)
        request.append(picture)
        await request.send()
        assert list((server.state / "data").rglob("vcard_muc/*"))
        purge = server.projection.purge(alice)
        server.follow()
        await two.until(lambda: (purge,) in server.observed("SELECT id FROM purged"))
        await asyncio.wait_for(one.gone, 5)
        await two.leave()

        two = await enter(bob, room, unarchived)
        await two.until(lambda: sum(m["body"] == "later by bob" for m in two.messages) == 2)
        assert not any("alice" in m["body"] for m in two.messages)
        archived = [item["mam_result"]["forwarded"]["stanza"]["body"]
                    async for item in two.plugin["xep_0313"].iterate(jid=room, start=datetime.now(timezone.utc) - timedelta(hours=1))]
        assert [body for body in archived if body] == ["said by bob", "later by bob"]
        two.plugin["xep_0045"].join_muc(own, "bob")
        await two.until(lambda: two.errors == ["gone"])  # nobody is left in a room of her own
        for kind in ("admin", "member", "outcast"):
            assert await two.plugin["xep_0045"].get_affiliation_list(room, kind) == []
        stranger = await enter(server.projection.add_member(alice.name))  # who has the name next
        stranger.plugin["xep_0045"].join_muc(room, "alice")
        await stranger.until(lambda: stranger.errors == ["registration-required"])
        for client in (two, stranger):
            await client.leave()

    run(before_restart())
    server.stop()
    fill(server, f"talk-{bob.name}", 2500)  # looked through in several goes
    server.start()
    run(after_restart())
    stored = sqlite3.connect(f"file:{server.state / 'data/archive.sqlite'}?mode=ro", uri=True)
    assert stored.execute("SELECT count(*) FROM prosodyarchive WHERE value LIKE '%by alice%'").fetchone() == (0,)
    assert stored.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    stored.close()
    for path in (server.state / "data").glob("archive.sqlite*"):  # nor in the log beside it
        assert b"said by alice" not in path.read_bytes(), path.name
    assert list((server.state / "data").rglob("vcard_muc/*")) == []
    assert alice.name not in "".join(path.read_text() for path in (server.state / "data").rglob("config/*.dat"))
