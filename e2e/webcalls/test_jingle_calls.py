# SPDX-License-Identifier: AGPL-3.0-or-later
"""A chat app calls by Jingle, and the browser rings and answers: what docs/jingle.md says that works."""
import json
import queue
import sys
import threading
import time
from pathlib import Path

import pytest
from trial import wait_until

APP = Path(__file__).with_name("jingle_app.py")


class JingleApp:
    """`jingle_app.py` as a member's app on a host of its own."""

    def __init__(self, host, house, trial, member):
        self.host, self.said, self.news = host, [], queue.Queue()
        device = member.add_device("Chat app")
        self.process = host.popen(sys.executable, APP, stdin=-1, stdout=-1, text=True)
        threading.Thread(target=self.listen, daemon=True).start()
        self.write(json.dumps({"jid": f"{member.address}/app", "password": device.password, "host": house.address, "port": trial.port("client"), "ca": str(trial.ca)}))
        self.wait("online")

    def listen(self):
        for line in self.process.stdout:
            self.news.put(json.loads(line))
        self.news.put({"what": "ended"})

    def write(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait(self, what, seconds=20.0, **like):
        """The next of these words that was not waited for yet."""
        deadline = time.monotonic() + seconds
        while True:
            for one in self.said:
                if one["what"] == what and all(one.get(key) == value for key, value in like.items()):
                    self.said.remove(one)
                    return one
            try:
                one = self.news.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {what} {like}: {self.said}") from None
            assert one["what"] not in ("ended", "failed"), (one, self.said)
            self.said.append(one)

    def call(self, address, *kinds):
        self.write(" ".join(("call", address, *kinds)))
        return self.wait("proposed")["id"]

    def flows(self):
        self.write("flows")
        return self.wait("flows")

    def until_hearing(self, seconds=20.0, frames=0):
        first = self.flows()

        def hears():
            now = self.flows()
            return now["energy"] > first["energy"] + 1000 and now["frames"] >= frames and now

        return wait_until(hears, seconds, f"more to hear, or see, than {first}")

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def app(network, house, trial):
    """An app of a member's: `app(member)`."""
    started = []

    def make(member):
        host = network.host("app", 200 + len(started))
        started.append((JingleApp(host, house, trial, member), host))
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
