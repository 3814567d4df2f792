# SPDX-License-Identifier: AGPL-3.0-or-later
"""What two phones do in most tests: call, and hear each other through rtpengine."""
import time

from softphone import wait_for


def call(caller, *callees):
    """Calls the member of `callees`, who all ring; the first of them answers."""
    caller.dial(callees[0].device.member.name)
    for callee in callees:
        callee.wait("CALL_INCOMING")
    callees[0].command("accept")
    caller.wait("CALL_ESTABLISHED")
    callees[0].wait("CALL_ESTABLISHED")


def call_until_it_rings(caller, callee, seconds=4.0):
    """Calls again and again: after rtpengine was away Kamailio asks it again within two seconds."""
    deadline = time.monotonic() + seconds
    while True:
        caller.dial(callee.device.member.name)
        try:
            callee.wait("CALL_INCOMING", 0.7)
            return
        except AssertionError:
            assert time.monotonic() < deadline, "calls are not possible again"
        wait_for(lambda: caller.calls() == 0, what="the refusal")


def talk(rtpengine, one, other, packets=20):
    """Sees that audio arrives at both ends, from rtpengine and from nowhere else."""
    for phone in (one, other):
        wait_for(phone.media_peer, what=f"the audio stream at {phone.device.member.name}")
        assert phone.media_peer() == (rtpengine.host.reached_at if phone.family == 4 else rtpengine.host.address6)
        before = phone.received()
        wait_for(lambda: phone.received() >= before + packets, what=f"audio at {phone.device.member.name}")
