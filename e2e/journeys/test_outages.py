# SPDX-License-Identifier: AGPL-3.0-or-later
"""The daemon and the chat server stopped, killed, and started in every order: device logins do not care."""

import asyncio
import itertools
import signal

import pytest
from engines import Hands
from people import leave, new_member, signed_in
from portal import Browser
from requests import ConnectionError
from standing import sign_in
from trial import wait_until

#: Until a change that was committed is in force, however the one who made it died.
SECONDS = 5


@pytest.fixture
def hands(own_trial):
    own_trial.start()
    with Hands(own_trial) as hands:
        yield hands


def test_device_logins_work_whatever_was_stopped_or_killed_in_whatever_order(own_trial, hands):
    alice = new_member(own_trial, "order", devices=2)
    gone, kept = alice.devices
    both = ("daemon", "prosody")
    for number, stops, starts in itertools.product(
            (signal.SIGTERM, signal.SIGKILL), itertools.permutations(both), itertools.permutations(both)):
        for name in stops:
            hands.stop(name, number)
            if name == "daemon" and hands.runs("prosody"):
                assert sign_in(alice) == "in", "without the daemon"
        for name in starts:
            hands.start(name)
            if hands.runs("prosody"):
                assert sign_in(alice) == "in", f"{number.name} of {stops}, start of {starts}, {name} started"
    assert alice.remove(gone).query["done"] == "removed"
    assert (sign_in(alice, gone), sign_in(alice, kept)) == ("not-authorized", "in"), "and all is as it was"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("lost", [(), ("-shm",)])
def test_after_a_reboot_preparing_is_enough(own_trial, hands, number, lost):
    """The daemon stays away: what its service does first makes the chat server's database readable."""
    alice = new_member(own_trial, "reboot", devices=2)
    gone, kept = alice.devices
    assert alice.remove(gone).query["done"] == "removed"
    for name in ("sandbox", "daemon", "prosody"):
        hands.stop(name, number)
    for ending in lost:
        for database in (own_trial.state / "xmpp/projection/projection.sqlite", own_trial.state / "daemon/ledger.sqlite"):
            database.with_name(database.name + ending).unlink(missing_ok=True)
    prepared = hands.command("prepare")
    assert prepared.returncode == 0, prepared.stderr
    hands.start("prosody")
    assert (sign_in(alice, kept), sign_in(alice, gone)) == ("in", "not-authorized")
    hands.start("sandbox")
    hands.start("daemon")
    assert alice.add_device("Afterwards") and sign_in(alice, alice.devices[-1]) == "in"


def test_a_projection_that_is_lost_is_made_again_and_nobody_gets_in_meanwhile(own_trial, hands):
    alice = new_member(own_trial, "lost", devices=2)
    gone, kept = alice.devices
    alice.remove(gone)
    hands.stop("daemon")
    hands.stop("prosody")
    for file in (own_trial.state / "xmpp/projection").iterdir():
        file.unlink()
    hands.start("prosody")
    assert sign_in(alice) != "in", "nothing to ask means nobody"
    hands.start("daemon")
    wait_until(lambda: sign_in(alice, kept) == "in", 20, "the way in")
    assert sign_in(alice, gone) == "not-authorized"


def test_a_revocation_while_the_chat_server_is_away_holds_when_it_is_back(own_trial, hands):
    alice = new_member(own_trial, "away", devices=2)
    gone, kept = alice.devices
    hands.stop("prosody", signal.SIGKILL)
    page = alice.remove(gone)
    assert page.query["done"] == "removed-slow" and "can take a moment" in page.text
    hands.start("prosody")
    assert (sign_in(alice, gone), sign_in(alice, kept)) == ("not-authorized", "in")


#: From here on the revocation has happened, and must come into force.
COMMITTED = ("after-ledger", "before-projection", "after-projection", "after-push")


@pytest.mark.parametrize("who", ["the command line, the daemon running", "the command line, the daemon away", "the daemon"])
def test_whoever_dies_while_revoking_leaves_no_half(own_trial, hands, who):
    """Killed at each step: before the commit nothing has happened, after it the stream ends within seconds."""
    points = ("before-ledger", "in-ledger", *COMMITTED)
    alice = new_member(own_trial, "dies", devices=len(points) + 1)

    async def story(point, device):
        client = alice.client(device, device.id)
        await signed_in(client)
        variables = {"TRUNKLINE_FAIL_POINT": point}
        if who == "the daemon":
            await asyncio.to_thread(hands.stop, "daemon")
            await asyncio.to_thread(hands.start, "daemon", variables)
            page = await asyncio.to_thread(alice.browser.get, f"/devices/{device.id}/remove")
            page = await asyncio.to_thread(alice.browser.submit, page, f"/devices/{device.id}/remove")
            assert page.status == 502, "nginx finds nobody"
            wait_until(lambda: not hands.runs("daemon"), 5, "its end")
        else:
            if who.endswith("away") and hands.runs("daemon"):
                await asyncio.to_thread(hands.stop, "daemon")
            done = await asyncio.to_thread(hands.command, "devices", "revoke", alice.name, device.id, environment=variables)
            assert done.returncode == -signal.SIGKILL and done.stdout == "", done
        if not hands.runs("daemon"):
            await asyncio.to_thread(hands.start, "daemon")
        if point in COMMITTED:
            await asyncio.wait_for(client.gone, SECONDS)
            client.abort()
        again = alice.client(device)
        assert await again.sign_in() == ("not-authorized" if point in COMMITTED else "in"), point
        await leave(again)
        if point not in COMMITTED:
            assert not client.gone.done()
            await leave(client)

    for point, device in zip(points, alice.devices):
        asyncio.run(asyncio.wait_for(story(point, device), 60))
    assert set(alice.listed()) == {alice.devices[place].id for place in (0, 1, len(points))}
    assert sign_in(alice, alice.devices[-1]) == "in"


def test_while_the_daemon_is_away_the_portal_is_an_honest_error_and_apps_chat_on(own_trial, hands):
    alice, bob = new_member(own_trial, "chats", devices=1), new_member(own_trial, "chats", devices=1)

    async def story():
        one, other = alice.client(), bob.client()
        await signed_in(one, other)
        await asyncio.to_thread(hands.stop, "daemon", signal.SIGKILL)
        assert (await asyncio.to_thread(Browser(own_trial).get, "/")).status in (502, 503)
        one.send_message(bob.address, "Nobody is at home", mtype="chat")
        await other.until(lambda: any(message["body"] == "Nobody is at home" for message in other.messages))
        await asyncio.to_thread(hands.start, "daemon")
        assert not one.gone.done() and not other.gone.done()
        await leave(one, other)

    asyncio.run(asyncio.wait_for(story(), 60))
    assert alice.browser.get("/devices").path == "/devices", "still signed in"


def test_without_the_proxy_nothing_answers_and_apps_chat_on(own_trial, hands):
    alice = new_member(own_trial, "proxy", devices=1)
    hands.stop("nginx")
    with pytest.raises(ConnectionError):
        alice.browser.get("/")
    assert sign_in(alice) == "in"
