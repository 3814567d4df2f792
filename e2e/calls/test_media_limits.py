# SPDX-License-Identifier: AGPL-3.0-or-later
"""More calls than the machine has room for: the next one is refused, those that run go on."""
from talking import call, talk

from softphone import wait_for

RTPENGINE = dict(sessions=1)


def test_a_call_beyond_the_limit_is_refused_and_the_others_go_on(phone, member, rtpengine, nothing_left):
    one, other, third, fourth = (phone(member().devices[0]) for _ in range(4))
    call(one, other)
    third.dial(fourth.device.member.name)
    assert "480" in str(third.wait("CALL_CLOSED"))
    assert fourth.calls() == 0
    talk(rtpengine, one, other)
    one.command("hangup")
    other.wait("CALL_CLOSED")
    wait_for(lambda: rtpengine.sessions() == 0, what="the end of the media session")
    call(third, fourth)
    talk(rtpengine, third, fourth)
    fourth.command("hangup")
    third.wait("CALL_CLOSED")
