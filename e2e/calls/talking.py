# SPDX-License-Identifier: AGPL-3.0-or-later
"""What two phones do in most tests: call, and hear each other through rtpengine."""
from softphone import wait_for


def call(caller, *callees):
    """Calls the member of `callees`, who all ring; the first of them answers."""
    caller.dial(callees[0].device.member.name)
    for callee in callees:
        callee.wait("CALL_INCOMING")
    callees[0].command("accept")
    caller.wait("CALL_ESTABLISHED")
    callees[0].wait("CALL_ESTABLISHED")


def talk(rtpengine, one, other, packets=20):
    """Sees that audio arrives at both ends, from rtpengine and from nowhere else."""
    for phone in (one, other):
        assert phone.media_peer() == (rtpengine.host.reached_at if phone.family == 4 else rtpengine.host.address6)
        before = phone.received()
        wait_for(lambda: phone.received() >= before + packets, what=f"audio at {phone.device.member.name}")
