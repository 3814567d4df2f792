# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each part without the others: a member with chat by outside apps alone, and one who has chat switched off."""

import asyncio

from engines import Hands
from people import DOMAIN, Device, leave, new_member, signed_in
from slixmpp.exceptions import IqError
from trial import wait_until


def audit(trial, member) -> list[str]:
    return [entry["action"] for entry in trial.trunkline_json("accounts", "show", member.name)["audit"]]


async def answer_about(client, address: str) -> str:
    """What a stranger's app is told who asks about an address."""
    try:
        await client.plugin["xep_0030"].get_info(jid=address, timeout=5)
    except IqError as error:
        return error.condition
    return "answered"


def test_a_member_with_outside_apps_alone_needs_no_portal_any_more(trial, member, run):
    """Signed out everywhere, and the home server has forgotten the tokens: the apps go on."""
    alice, bob = member("apps", devices=1), member("apps", devices=1)
    page = alice.browser.get("/sign-out-everywhere")
    assert alice.browser.submit(page, "/sign-out-everywhere").path == "/signed-out"
    alice.at_home("revoke-tokens")
    assert not alice.browser.is_signed_in

    async def story():
        one, other = alice.client(), bob.client()
        await signed_in(one, other)
        other.send_message(alice.address, "Still there?", mtype="chat")
        await one.until(lambda: any(message["body"] == "Still there?" for message in one.messages))
        await leave(one, other)

    run(story())
    shown = trial.trunkline_json("accounts", "show", alice.name)
    assert shown["account"]["services"] == ["xmpp"] and shown["account"]["state"] == "active"
    assert len(shown["devices"]) == 1


def test_who_never_switched_chat_on_is_nobody_and_sees_just_the_offer(trial, member, run):
    carol, bob = member("off", chat=False), member("off", devices=1)
    page = carol.sign_in()
    assert page.path == "/chat/on" and f"{carol.name}@{DOMAIN}" in page.text
    for path in ("/", "/devices"):
        assert carol.browser.get(path).path == "/chat/on"
    for path in ("/devices/add", "/devices/add/name?chat=other"):
        page = carol.browser.get(path)
        assert page.status == 409 and "password-chat" not in page.outputs, page
    assert "Chat is off. Nobody can write to you" in carol.browser.get("/settings").text
    assert trial.trunkline_json("accounts", "show", carol.name)["account"]["services"] == []
    refused = trial.trunkline("devices", "add", carol.name, "--name", "By the admin", check=False)
    assert refused.returncode == 1 and "switched off" in refused.stderr and refused.stdout == ""

    async def story():
        other = bob.client()
        await signed_in(other)
        nobody = await answer_about(other, f"nobody_at_all@{DOMAIN}")
        assert await answer_about(other, carol.address) == nobody == "service-unavailable"
        intruder = carol.client(Device(carol, "", "", bob.devices[0].password))
        assert await intruder.sign_in() == "not-authorized", "nor does somebody else's password help"
        await leave(intruder)
        await leave(other)

    run(story())


def test_switching_off_ends_streams_and_switching_on_needs_no_new_passwords(trial, member, run):
    dora, bob = member("switch", devices=2), member("switch", devices=1)

    async def story():
        phone, laptop = (dora.client(device, device.id) for device in dora.devices)
        other = bob.client()
        await signed_in(phone, laptop, other)
        assert await answer_about(other, dora.address) != "answered", "presence is nobody: not even her features are told"
        page = await asyncio.to_thread(dora.switch, False)
        assert page.path == "/settings" and "Every device has been disconnected" in page.text
        for client in (phone, laptop):
            await asyncio.wait_for(client.gone, 5)
            client.abort()
        assert not other.gone.done()
        for device in dora.devices:
            client = dora.client(device)
            assert await client.sign_in() == "not-authorized"
            await leave(client)
        refused = asyncio.get_running_loop().create_future()
        other.add_event_handler("message_error", lambda message: refused.done() or refused.set_result(message["error"]["condition"]))
        other.send_message(dora.address, "Are you there?", mtype="chat")
        assert await asyncio.wait_for(refused, 5) == "service-unavailable"
        page = await asyncio.to_thread(dora.browser.get, "/devices")
        assert set(dora.listed(page)) == {device.id for device in dora.devices} and "/chat/on" in page.links
        assert "Connected now" not in page.text
        assert (await asyncio.to_thread(dora.browser.get, "/devices/add")).status == 409

        page = await asyncio.to_thread(dora.switch, True)
        assert set(dora.listed(page)) == {device.id for device in dora.devices}
        for device, mechanism in zip(dora.devices, ("SCRAM-SHA-256", "PLAIN")):
            client = dora.client(device, mechanism=mechanism)
            await signed_in(client)
            await leave(client)
        await leave(other)

    run(story())
    assert audit(trial, dora).count("service.on") == 2 and "service.off" in audit(trial, dora)


def test_the_portal_alone_works_while_the_chat_server_is_away(own_trial):
    """Signing in, looking, renaming, even adding a device need no engine: it follows when it is back."""
    own_trial.start()
    eve = new_member(own_trial, "alone", devices=1)
    with Hands(own_trial) as hands:
        hands.stop("prosody")
        assert eve.sign_in().path == "/devices"
        device = eve.add_device("Added meanwhile")
        page = eve.browser.submit(eve.browser.get(f"/devices/{device.id}/rename"), f"/devices/{device.id}/rename", name="Renamed")
        assert eve.listed(page)[device.id] == "Renamed"
        assert own_trial.trunkline("status", check=False).returncode == 1
        hands.start("prosody")
        wait_until(lambda: own_trial.trunkline("status", check=False).returncode == 0, 10, "all is well")

        async def story():
            client = eve.client(device)
            await signed_in(client)
            await leave(client)

        asyncio.run(asyncio.wait_for(story(), 30))
