# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls in vain, with everything running: one notice in the callee's chat, histories on both sides; whatever is killed meanwhile."""

import asyncio
import signal
from types import SimpleNamespace

import pytest
from engines import Hands
from people import DOMAIN, leave, new_member, signed_in
from sip_client import Phone
from trial import wait_until

CALLS = "urn:trunkline:calls:1"


@pytest.fixture
def pair(request):
    """Makes two members with chat and calls, an app and a phone each; the phones are registered."""
    made = []

    def make(trial):
        for stem in ("calling", "called"):
            member = new_member(trial, stem, devices=1)
            assert member.switch(True, "calls").path == "/devices"
            member.reached_by("everyone")
            password = member.add_page("Phone", chat=None, calls="other-phone").outputs["password-calls"]
            phone = Phone(SimpleNamespace(port=trial.port("sip")), member.name, password)
            phone.register()
            made.append((member, phone))
        return made

    yield make
    for _, phone in made:
        phone.close()


def call_in_vain(caller, phone, callee, answer=None):
    """Rings; then the caller gives up, or the callee's phone says `answer`."""
    call = caller.call(callee.name)
    invite = phone.ring()
    call.expect(180)
    if answer:
        phone.reply(invite, answer, "Decline")
        call.expect(answer)
        return
    call.cancel()
    phone.reply(phone.expect("CANCEL"), 200)
    phone.reply(invite, 487, "Request Terminated")
    call.expect(487)


def history(member) -> list[tuple[str, str, str, str]]:
    """(direction, outcome, address, id), the latest first."""
    calls = member.browser.get("/api/v1/calls").response.json()["calls"]
    return [(call["direction"], call["outcome"], call["address"], call["id"]) for call in calls]


def notices(messages) -> list[tuple[str, str, str]]:
    """(message id, call, caller) of the messages that tell of missed calls."""
    found = []
    for message in messages:
        element = message.xml.find(f"{{{CALLS}}}missed-call")
        if element is not None:
            assert message["from"].full == DOMAIN, "only the server says so"
            found.append((message["id"], element.get("id"), element.get("from")))
    return found


async def archived(client):
    return [item["mam_result"]["forwarded"]["stanza"] async for item in client.plugin["xep_0313"].iterate(rsm={"max": 50})]


def test_a_call_in_vain_is_told_once_and_stands_in_both_histories(trial, pair, run):
    (alice, alices), (bob, bobs) = pair(trial)

    async def story():
        app = bob.client(plugins=("xep_0313",))
        await signed_in(app)
        # Declined first: had it been told, that would come before the other.
        await asyncio.to_thread(call_in_vain, alices, bobs, bob, 603)
        await asyncio.to_thread(wait_until, lambda: len(history(bob)) == 1, 15, "the declined call in the history")
        await asyncio.to_thread(call_in_vain, alices, bobs, bob)
        await app.until(lambda: notices(app.messages), 15)
        declined, missed = (await asyncio.to_thread(history, bob))[::-1]
        assert declined[:3] == ("in", "declined", alice.address) and missed[:3] == ("in", "missed", alice.address)
        assert [one[:3] for one in await asyncio.to_thread(history, alice)] == [
            ("out", "unanswered", bob.address), ("out", "declined", bob.address)]
        notice = (f"missed-{missed[3]}", missed[3], alice.address)
        assert notices(app.messages) == [notice]
        text = f"You missed a call from \u2068{alice.name.title()}\u2069 ({alice.address})."
        assert app.messages[-1]["body"] == text
        kept = await archived(app)
        assert notices(kept) == [notice] and kept[-1]["body"] == text
        await leave(app)

    run(story())
    page = bob.browser.get("/calls")
    assert "Missed" in page.text and alice.address in page.text
    page = bob.browser.submit(bob.browser.get("/calls/clear"), "/calls/clear")
    assert "The list is empty now." in page.text and history(bob) == [] and len(history(alice)) == 2
    report = trial.trunkline_json("status")
    assert report["calls"]["endedWaiting"] == 0, report


def test_a_daemon_that_is_killed_on_the_way_counts_a_call_once_and_tells_it_under_one_id(own_trial, pair, run):
    own_trial.start()
    with Hands(own_trial) as hands:
        (alice, alices), (bob, bobs) = pair(own_trial)

        def dies(point):
            hands.start("daemon", {"TRUNKLINE_FAIL_POINT": point}, is_ready=False)
            wait_until(lambda: not hands.runs("daemon"), 30, f"the daemon having died {point}")

        async def story():
            app = bob.client(plugins=("xep_0313",))
            await signed_in(app)
            hands.stop("daemon", signal.SIGKILL)
            await asyncio.to_thread(call_in_vain, alices, bobs, bob)
            await asyncio.to_thread(dies, "in-ledger")
            assert not notices(app.messages), "nothing is told of what was not written down"
            await asyncio.to_thread(dies, "after-errand")
            await app.until(lambda: len(notices(app.messages)) == 1)
            await asyncio.to_thread(hands.start, "daemon")
            await app.until(lambda: len(notices(app.messages)) == 2, 20)
            first, second = notices(app.messages)
            assert first == second and first[0] == f"missed-{first[1]}"
            assert await asyncio.to_thread(history, bob) == [("in", "missed", alice.address, first[1])]
            assert [one[:3] for one in await asyncio.to_thread(history, alice)] == [("out", "unanswered", bob.address)]
            await leave(app)

        run(story())
