# SPDX-License-Identifier: AGPL-3.0-or-later
"""baresip killed with -9 in the middle of a call, on both sides and on one: the call ends, its media too; others go on."""
from talking import call, talk

from softphone import wait_for

KAMAILIO = dict(arguments=["-A", "KEEPALIVE_SECONDS=30"])  # Kamailio asks no more often


def test_calls_of_phones_that_were_killed_end_and_others_go_on(phone, member, kamailio, rtpengine):
    pairs = [[phone(member().devices[0], transport) for transport in transports]
             for transports in (("udp", "udp"), ("udp", "tls"), ("tcp", "udp"), ("tls", "udp"))]
    for caller, callee in pairs:
        call(caller, callee)
        talk(rtpengine, caller, callee, packets=5)
    both, callee_gone, caller_gone, (staying, stays) = pairs
    for gone in (*both, callee_gone[1], caller_gone[0]):
        gone.stop(kill=True)
    for left in (callee_gone[0], caller_gone[1]):
        left.wait("CALL_CLOSED", 150)
    wait_for(lambda: kamailio.status()["calls"] == 1, 30, "the end of the call of which nobody is left")
    wait_for(lambda: rtpengine.sessions() == 1, what="the end of their media")
    # Asked as often as the others, and baresip answers: that call goes on.
    talk(rtpengine, staying, stays, packets=5)
    staying.command("hangup")
    stays.wait("CALL_CLOSED")
