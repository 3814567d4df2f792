# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls where the network is bad: closed for all but relays, losing packets, another one in mid-call; and what an end of an engine
does to a call."""

import contextlib
import re
import sqlite3

import pytest
from call_page import talk
from trial import wait_until

NO_DATAGRAMS = "output udp dport != 53 drop"


@pytest.fixture
def nothing_left(caller, callee, nothing_left):
    """Judged while their pages are still open."""


@pytest.fixture
def in_call(caller, callee):
    """They talk already."""
    caller.call(callee.address)
    callee.until_ringing(caller.address).answer()
    talk(caller, callee)
    return caller, callee


def part(caller, callee):
    caller.press("hang-up").until_ended("hung-up")
    callee.until_ended("they-hung-up")


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
def test_where_only_a_relay_is_reached_sound_and_pictures_go_through_it(trial, homes, caller, callee, way, nothing_left):
    tcp, tls = (f"output tcp dport {trial.port(name)} drop" for name in ("turn", "turn_tls"))
    closed = {"udp": [], "tcp": [NO_DATAGRAMS, tls], "tls": [NO_DATAGRAMS, tcp]}[way]
    for home in homes:
        home.only_by_relay(*trial.report["port_ranges"]["media"], *closed)
    caller.call(callee.address, video=True)
    callee.until_ringing(caller.address).answer(video=True)
    for one in (*talk(caller, callee), *talk(caller, callee, "video")):
        assert (one["pair"]["local"], one["pair"]["relay"]) == ("relay", way)
    part(caller, callee)


def test_where_nothing_gets_through_the_call_ends_with_a_word_on_why_and_the_next_press_calls_when_it_does(trial, homes, caller, callee, nothing_left):
    homes[0].filter("output meta l4proto udp udp dport != 53 drop", *(f"output tcp dport {trial.port(name)} drop" for name in ("turn", "turn_tls")))
    caller.call(callee.address)
    callee.until_ringing(caller.address).answer()
    caller.until_ended("no-path", 40).until_said("Sound does not get through your network.")
    callee.until_ended("they-hung-up")
    homes[0].mend()
    caller.press("call-back")
    callee.until_ringing(caller.address).answer()
    talk(caller, callee)
    part(caller, callee)


def test_no_browser_learns_the_others_address_and_what_strangers_get_is_relayed(trial, caller, callee, nothing_left):
    caller.call(callee.address)
    callee.until_ringing(caller.address).answer()
    talk(caller, callee)
    for one, other in ((caller, callee), (callee, caller)):
        assert other.place.host.address not in one.probe("description", "remoteDescription")
        assert {found for found in re.findall(r"11\.0\.0\.\d+", one.probe("description", "remoteDescription"))} == {trial.report["addresses"][0]}
    part(caller, callee)


def test_a_call_goes_on_while_three_of_ten_packets_are_lost_and_says_that_it_is_bad(homes, in_call):
    caller, callee = in_call
    homes[0].lose(30)
    caller.in_frame("[data-test='call-panel'][data-quality='bad'], [data-test='call-panel'][data-quality='poor']").wait_for()
    talk(caller, callee, seconds=30)
    homes[0].mend()
    caller.in_frame("[data-test='call-panel'][data-quality='good']").wait_for(timeout=30_000)
    part(caller, callee)


@pytest.mark.usefixtures("cut_off")
def test_a_call_survives_another_network_in_mid_call(homes, in_call, nothing_left):
    caller, callee = in_call
    homes[0].move()
    talk(caller, callee, seconds=45)
    caller.until_phase("talking", 30)
    part(caller, callee)


@pytest.fixture
def cut_off(caller, callee):
    """Their pages may say that connections are gone: the test sees to that."""
    more = ["WebSocket connection to 'wss://", "net::ERR_"]
    for page in (caller, callee):
        page.expected += more
    yield
    for page in (caller, callee):
        page.complaints = [one for one in page.complaints if not any(part in one for part in more)]
        page.expected = page.expected[:-len(more)]


def kept_calls(trial):
    """The states of all (4: answered)."""
    (memory,) = trial.state.rglob("calls.sqlite")
    with contextlib.closing(sqlite3.connect(f"file:{memory}?mode=ro", uri=True, timeout=5)) as kept:
        return kept.execute("SELECT state FROM dialog").fetchall()


@pytest.mark.usefixtures("cut_off")
@pytest.mark.parametrize("engine", ["daemon", "coturn", "rtpengine", "kamailio"])
def test_what_a_call_survives_of_an_engines_end(trial, in_call, engine):
    """All of them: media needs nobody but rtpengine, and is negotiated anew with the one that comes after it."""
    caller, callee = in_call
    # Kamailio writes down a call within a second or two of its answer, and knows those that it wrote.
    wait_until(lambda: kept_calls(trial) == [(4,)], what="the call in Kamailio's memory")
    trial.restart_child(engine)
    talk(caller, callee, seconds=60)
    for page in (caller, callee):  # else nobody can tell the other that the call is over
        page.until_ready()
    part(caller, callee)
