# SPDX-License-Identifier: AGPL-3.0-or-later
"""A chat app calls by Jingle, and the browser rings and answers: what docs/jingle.md says that works."""
import json

import pytest
from jingle_phone import JingleApp


@pytest.fixture
def app(network, house, trial):
    """An app of a member's: `app(member)`."""
    started = []

    def make(member):
        host = network.host("app", 200 + len(started))
        server = {"host": house.address, "port": trial.port("client"), "ca": str(trial.ca)}
        started.append((JingleApp(host, server, member), host))
        return started[-1][0]

    yield make
    for one, host in started:
        one.stop()
        network.forget(host)


def test_an_app_that_calls_by_jingle_rings_the_browser_and_both_hear_each_other_through_the_relay(callee, newcomer, app):
    """The caller is a stranger within reach: it learns the relay's address, and none of the browser's."""
    caller = newcomer("jingle")
    phone = app(caller)
    call = phone.call(callee.address)
    callee.until_ringing(caller.address)
    assert phone.wait("ringing")["id"] == call
    callee.answer()
    accepted = phone.wait("session-accept")
    assert accepted["senders"] == {"0": "both"} and accepted["candidates"]
    assert {one["type"] for one in accepted["candidates"]} == {"relay"}
    assert callee.place.host.address not in json.dumps(accepted)
    phone.wait("connection", state="connected")
    callee.until_phase("talking").until_flowing("audio")
    phone.until_hearing()
    callee.press("hang-up").until_ended("hung-up")
    assert phone.wait("session-terminate")["reason"] == "success"
    phone.wait("finish")
    callee.until_no_call()
    assert callee.probe("open") == 0


def test_pictures_come_too_and_the_app_can_hang_up(callee, newcomer, app):
    caller = newcomer("jingle")
    phone = app(caller)
    phone.call(callee.address, "audio", "video")
    callee.until_ringing(caller.address).answer(video=True)
    assert phone.wait("session-accept")["senders"] == {"0": "both", "1": "both"}
    callee.until_phase("talking")
    callee.until_flowing("video")
    phone.until_hearing(frames=3)
    phone.write("hang-up")
    callee.until_ended("they-hung-up")
    assert callee.probe("open") == 0


def test_an_app_that_gives_up_leaves_a_missed_call_and_one_that_is_declined_hears_so(callee, newcomer, app):
    caller = newcomer("jingle")
    phone = app(caller)
    phone.call(callee.address)
    callee.until_ringing(caller.address)
    phone.write("retract")
    callee.until_quiet()
    phone.call(callee.address)
    callee.until_ringing(caller.address).press("decline")
    assert phone.wait("reject")["reason"] == "busy"
    callee.until_quiet()
    callee.to_list().conversation(caller.address).click()
    missed = callee.messages().filter(has=callee.test("call-back"))
    missed.first.wait_for()
    assert missed.count() == 1


def test_without_being_asked_no_session_begins_and_the_refusal_is_that_of_nobody(callee, newcomer, app):
    caller = newcomer("jingle")
    phone = app(caller)
    call = phone.call(callee.address)
    there = phone.wait("ringing", id=call)["by"]
    phone.write("retract")
    callee.until_quiet()
    phone.write(f"initiate {there}")
    phone.write("flows")
    with pytest.raises(AssertionError, match="service-unavailable"):
        phone.wait("session-accept", 5)
