# SPDX-License-Identifier: AGPL-3.0-or-later
"""A device that is revoked is out of its calls, in each state of a call, and their media ends with it."""
import time

import pytest

from softphone import wait_for
from talking import call, talk

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture
def pair(phone, member):
    def make(transports=("udp", "tls")):
        return [phone(member().devices[0], transport) for transport in transports]
    return make


def revoke(kamailio, phone):
    kamailio.projection.revoke(phone.device)
    kamailio.follow()


@pytest.mark.alone
@pytest.mark.parametrize("transports", [("udp", "udp"), ("tls", "tcp")], ids=lambda pair: " to ".join(pair))
@pytest.mark.parametrize("who", ["caller", "callee"])
def test_revoking_a_device_in_a_call_ends_it_for_both_and_its_media(pair, kamailio, rtpengine, transports, who):
    caller, callee = pair(transports)
    call(caller, callee)
    talk(rtpengine, caller, callee, packets=5)
    started = time.monotonic()
    revoke(kamailio, caller if who == "caller" else callee)
    wait_for(lambda: rtpengine.sessions() == 0, 1, "the end of the media session")
    assert time.monotonic() - started < 1
    for phone in (caller, callee):
        phone.wait("CALL_CLOSED", 2)


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_revoking_a_device_while_it_rings_ends_that(pair, kamailio, rtpengine, who):
    caller, callee = pair()
    caller.dial(callee.device.member.name)
    callee.wait("CALL_INCOMING")
    caller.wait("CALL_RINGING")
    revoke(kamailio, caller if who == "caller" else callee)
    for phone in (caller, callee):
        phone.wait("CALL_CLOSED", 2)
    wait_for(lambda: rtpengine.sessions() == 0, 1, "the end of the media session")


def test_revoking_one_of_two_ringing_devices_leaves_the_other_ringing(phone, member, kamailio, rtpengine):
    callee = member(devices=2)
    caller = phone(member().devices[0])
    lost, kept = (phone(device, transport) for device, transport in zip(list(callee.devices), ("udp", "tls")))
    caller.dial(callee.name)
    for one in (lost, kept):
        one.wait("CALL_INCOMING")
    caller.wait("CALL_RINGING")
    revoke(kamailio, lost)
    lost.wait("CALL_CLOSED", 2)
    kept.command("accept")
    caller.wait("CALL_ESTABLISHED")
    talk(rtpengine, caller, kept)
    wait_for(lambda: rtpengine.ports() == 4, what="the end of the other branch")
    caller.command("hangup")
    kept.wait("CALL_CLOSED")


def test_a_phone_that_vanishes_in_a_call_does_not_keep_its_media_for_ever(pair, kamailio, rtpengine):
    """No BYE ever comes: the one who stays hangs up."""
    caller, callee = pair(("udp", "udp"))
    call(caller, callee)
    talk(rtpengine, caller, callee, packets=5)
    callee.stop(kill=True)
    caller.command("hangup")
    wait_for(lambda: rtpengine.sessions() == 0, 1, "the end of the media session")
