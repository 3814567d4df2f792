# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page calls people of another server: what docs/jingle.md says that works."""
import json

import pytest
from elsewhere import DOMAIN, Elsewhere
from jingle_phone import JingleApp
from trial import wait_until

numbers = iter(range(1, 100))


@pytest.fixture(scope="module")
def elsewhere(network, house, trial):
    made = Elsewhere(network, house, trial)
    yield made
    made.stop()


@pytest.fixture
def far(network, elsewhere):
    """Somebody of the other server at a chat app that calls by Jingle."""
    member, host = elsewhere.member(f"carol{next(numbers)}"), network.host("app", 200 + next(numbers))
    server = {"host": elsewhere.host.address, "port": elsewhere.server.c2s, "ca": str(elsewhere.server.ca)}
    app = JingleApp(host, server, member)
    app.address = member.address
    yield app
    app.stop()
    network.forget(host)


def test_the_page_calls_somebody_of_another_server_and_both_hear_each_other_through_the_relay(caller, far):
    """A stranger: no address of the browser is said, and none at all before they answer."""
    caller.dial(far.address)
    proposed = far.wait("propose")
    caller.until_phase("ringing").until_said("learns no network address of yours")
    assert proposed["by"].startswith(caller.address)
    far.write("answer")
    begun = far.wait("session-initiate")
    assert begun["candidates"] and {one["type"] for one in begun["candidates"]} == {"relay"}
    far.wait("connection", state="connected")
    caller.until_phase("talking").until_flowing("audio")
    far.until_hearing()
    followed = [one for one in far.said if one["what"] == "transport-info"]
    assert caller.place.host.address not in json.dumps([begun, *followed])
    far.write("hang-up")
    caller.until_ended("they-hung-up")
    assert caller.probe("open") == 0


def test_who_is_called_can_decline_and_who_calls_can_give_up(caller, far):
    caller.dial(far.address)
    far.wait("propose")
    caller.until_phase("ringing")
    far.write("decline")
    caller.until_ended("declined")
    caller.as_new()
    caller.dial(far.address)
    call = far.wait("propose")["id"]
    caller.until_phase("ringing").press("hang-up").until_ended("cancelled")
    assert far.wait("retract", id=call)["reason"] == "cancel"
    assert caller.probe("open") == 0
    # Kamailio has heard of neither; the newest stands first.
    caller.as_new()
    entries = caller.history().in_frame(f"[data-test='history-item'][data-address='{far.address}']")
    wait_until(lambda: [one.get_attribute("data-outcome") for one in entries.all()] == ["unanswered", "declined"], 10, "the history of both calls")


def test_where_there_is_no_chat_the_page_says_so_at_once(caller, elsewhere):
    caller.dial("nobody@nowhere.invalid").until_ended("no-chat").until_said("There is no chat at this address")
    caller.as_new()
    caller.dial(f"sip:carol@{DOMAIN}").until_ended("elsewhere-not-yet")


def test_who_takes_only_the_sound_of_a_call_with_pictures_is_talked_to(caller, far):
    caller.start(f"xmpp:{far.address}").test("video-call").first.click()
    caller.until_phase("ringing")
    far.write("answer audio")
    far.wait("connection", state="connected")
    caller.until_phase("talking").until_flowing("audio")
    far.until_hearing()
    caller.press("hang-up").until_ended("hung-up")
    assert far.wait("session-terminate")["reason"] == "success"


@pytest.fixture
def cut_off(caller):
    """The page may say that connections are gone: the test sees to that."""
    more = ["WebSocket connection to 'wss://", "net::ERR_"]
    caller.expected.extend(more)
    yield
    for one in more:
        caller.expected.remove(one)


@pytest.fixture
def in_call(caller, far):
    caller.dial(far.address)
    far.wait("propose")
    far.write("answer")
    caller.until_phase("talking").until_flowing("audio")
    far.until_hearing()
    return far


def part(caller, far):
    caller.press("hang-up").until_ended("hung-up")
    far.wait("session-terminate", reason="success")
    assert caller.probe("open") == 0


@pytest.mark.usefixtures("cut_off")
def test_a_call_survives_another_network_of_the_page(caller, in_call):
    """Who begins anew names no address yet: apps know it by that."""
    begun = caller.place.host.address
    caller.place.move()
    assert caller.place.host.address != begun
    caller.until_phase("reconnecting", 30).until_phase("talking", 40).until_flowing("audio", seconds=30)
    in_call.until_hearing()
    in_call.wait("new-way")
    part(caller, in_call)


def test_a_call_survives_another_network_of_their_app(caller, in_call):
    host, old = in_call.host, in_call.host.address
    host.ip("addr", "add", f"{old.rsplit('.', 1)[0]}.{250 - next(numbers)}/24", "dev", "eth0")
    host.run("nft", "add table inet moved; add chain inet moved output { type filter hook output priority 0; }; "
             f"add rule inet moved output ip saddr {old} meta l4proto udp drop")
    caller.until_phase("reconnecting", 30)
    in_call.write("restart")
    in_call.wait("new-way")
    caller.until_phase("talking").until_flowing("audio", seconds=30)
    in_call.until_hearing()
    part(caller, in_call)


def test_a_call_ends_in_a_sentence_if_their_app_finds_no_other_way(caller, in_call):
    in_call.write("deaf")
    in_call.host.run("nft", "add table inet closed; add chain inet closed output { type filter hook output priority 0; }; "
                     "add rule inet closed output meta l4proto udp drop")
    caller.until_phase("reconnecting", 30).until_ended("network", 45)
    assert caller.test("call-back").count()
    assert in_call.wait("session-terminate")["reason"] == "connectivity-error"
    assert caller.probe("open") == 0
