# SPDX-License-Identifier: AGPL-3.0-or-later
"""rtpengine or Kamailio killed with -9, in a call and under load: what is lost is what is said here, and nothing else."""
import signal
import time

import pytest
from load import Load
from talking import call, call_until_it_rings, talk

from softphone import wait_for

RTPENGINE = dict(sessions=200, lastPort=10999)


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_a_call_whose_relay_was_killed_gets_its_audio_back_by_an_invitation_from_either_side(
        phone, member, rtpengine, nothing_left, who):
    """The relay has new keys then. baresip 1.0 takes no new ones within a call, so SRTP is left out here."""
    caller, callee = (phone(member().devices[0]) for _ in range(2))
    call(caller, callee)
    talk(rtpengine, caller, callee)
    rtpengine.stop(kill=True)
    rtpengine.start()
    assert caller.calls() == callee.calls() == 1
    (caller if who == "caller" else callee).command("reinvite")
    wait_for(lambda: rtpengine.sessions() == 1, what="the new media session")
    talk(rtpengine, caller, callee)
    caller.command("hangup")
    callee.wait("CALL_CLOSED")


def test_while_rtpengine_is_down_nobody_rings_and_right_after_it_all_do(phone, member, rtpengine, nothing_left):
    caller, callee = phone(member().devices[0]), phone(member().devices[0], "tls")
    rtpengine.stop(kill=True)
    started = time.monotonic()
    caller.dial(callee.device.member.name)
    assert "480" in str(caller.wait("CALL_CLOSED", 5))
    assert time.monotonic() - started < 4
    assert callee.calls() == 0
    rtpengine.start()
    call_until_it_rings(caller, callee)
    callee.command("accept")
    callee.wait("CALL_ESTABLISHED")
    talk(rtpengine, caller, callee)
    callee.command("hangup")
    wait_for(lambda: caller.calls() == 0, what="the end of the call")


def test_a_call_whose_relay_was_killed_can_be_ended_and_made_again_with_srtp_too(phone, member, rtpengine, nothing_left):
    caller, callee = phone(member().devices[0], "tls"), phone(member().devices[0])
    call(caller, callee)
    talk(rtpengine, caller, callee)
    rtpengine.stop(kill=True)
    rtpengine.start()
    caller.command("hangup")
    callee.wait("CALL_CLOSED")
    call_until_it_rings(callee, caller)
    caller.command("accept")
    callee.wait("CALL_ESTABLISHED")
    talk(rtpengine, caller, callee)
    callee.command("hangup")
    wait_for(lambda: caller.calls() == 0, what="the end of the call")


@pytest.mark.alone
def test_killed_under_load_rtpengine_costs_only_calls_that_begin_while_it_is_gone(network, member, kamailio, rtpengine, folder, nothing_left):
    load = Load(network, kamailio, folder, member(), member(), rate=10, seconds=9)
    try:
        load.start()
        wait_for(lambda: rtpengine.sessions() >= 10, what="load")
        gone = time.monotonic()
        rtpengine.stop(kill=True)
        time.sleep(1)  # what a supervisor takes to notice and to start it again
        rtpengine.start()
        away = time.monotonic() - gone
        numbers = load.finish()
    finally:
        load.destroy()
    print(f"rtpengine was away for {away:.2f} s: {numbers}")
    assert away < 3
    assert numbers["ok"] + numbers["failed"] == 90
    # Those that began meanwhile, those that wait for an answer when it goes, and a second or two until Kamailio tries it again.
    assert numbers["failed"] <= 10 * (away + 3)
    assert kamailio.process.poll() is None


@pytest.mark.alone
def test_an_rtpengine_that_hangs_holds_up_calls_only(raw, member, rtpengine):
    """What was asked of it meanwhile it does when it goes on; such sessions, which nobody knows, end by its offer-timeout."""
    callee = member()
    hears, caller, stranger = raw(callee.devices[0]), raw(member().devices[0]), raw(member().devices[0])
    rtpengine.process.send_signal(signal.SIGSTOP)
    try:
        slowest = 0
        for _ in range(8):
            call_out = caller.call(callee.name)
            started = time.monotonic()
            assert stranger.register().status == 200
            slowest = max(slowest, time.monotonic() - started)
            call_out.expect(480)
    finally:
        rtpengine.process.send_signal(signal.SIGCONT)
    assert slowest < 2.5
    assert hears.hears_nothing("INVITE", 0.2)

    def rings():
        again = caller.call(callee.name)
        if hears.hears_nothing(lambda m: m.method == "INVITE" and hears.inbox.append(m) is None, 0.3):
            again.expect(480)
            return False
        hears.reply(hears.expect("INVITE"), 486, "Busy Here")
        again.expect(486)
        return True
    wait_for(rings, 4, "the next call")
    rtpengine.stop(kill=True)
    rtpengine.start()


def test_a_call_goes_on_while_kamailio_is_killed_and_its_media_still_ends_with_it(phone, member, kamailio, rtpengine):
    caller, callee = phone(member().devices[0]), phone(member().devices[0])
    call(caller, callee)
    talk(rtpengine, caller, callee)
    # Kamailio writes down what it must remember once a second: a call younger than that is lost with it.
    wait_for(lambda: (4,) in kamailio.kept("run/calls.sqlite", "SELECT state FROM dialog"), what="the call in its memory")
    kamailio.stop(kill=True)
    talk(rtpengine, caller, callee)
    kamailio.start()
    talk(rtpengine, caller, callee)
    caller.command("hangup")
    callee.wait("CALL_CLOSED")
    wait_for(lambda: rtpengine.sessions() == 0, what="the end of the media session")
