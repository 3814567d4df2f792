# SPDX-License-Identifier: AGPL-3.0-or-later
"""A purge wipes what Prosody keeps of a name, so that its next owner inherits nothing."""
import asyncio

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
