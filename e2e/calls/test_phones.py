# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls between phones with audio in both directions, through Kamailio and rtpengine. No daemon runs: none is needed."""
import pytest

from softphone import wait_for
from talking import call, talk

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.mark.parametrize("transports", [("udp", "udp"), ("tcp", "udp"), ("udp", "tls"), ("tls", "udp"), ("tls", "tls"), ("tcp", "tls")],
                         ids=lambda pair: " to ".join(pair))
@pytest.mark.parametrize("who_hangs_up", ["caller", "callee"])
def test_audio_flows_both_ways_and_nothing_is_left_when_either_side_hangs_up(
        phone, member, rtpengine, transports, who_hangs_up):
    caller, callee = (phone(member().devices[0], transport) for transport in transports)
    call(caller, callee)
    before = rtpengine.packets()
    talk(rtpengine, caller, callee)
    assert rtpengine.sessions() == 1
    assert rtpengine.packets() > before
    for transport, side in zip(transports, (caller, callee)):
        assert side.is_encrypted() == (transport == "tls")
    first, second = (caller, callee) if who_hangs_up == "caller" else (callee, caller)
    first.command("hangup")
    second.wait("CALL_CLOSED")


def test_all_devices_ring_over_each_transport_one_answers_and_the_others_stop(phone, member, rtpengine):
    callee = member(devices=3)
    caller = phone(member().devices[0])
    devices = [phone(device, transport) for device, transport in zip(callee.devices, ("tcp", "udp", "tls"))]
    call(caller, *devices)
    for other in devices[1:]:
        other.wait("CALL_CLOSED")
        assert other.calls() == 0
    talk(rtpengine, caller, devices[0])
    # What was kept for those that did not answer is free again, while the call goes on: four ports are in use.
    wait_for(lambda: rtpengine.ports() == 4, what="the end of the other branches")
    caller.command("hangup")
    devices[0].wait("CALL_CLOSED")


def test_one_device_declines_and_another_still_answers(phone, member, rtpengine):
    callee = member(devices=2)
    caller = phone(member().devices[0])
    busy, free = (phone(device) for device in callee.devices)
    caller.dial(callee.name)
    busy.wait("CALL_INCOMING")
    free.wait("CALL_INCOMING")
    busy.command("hangup")
    busy.wait("CALL_CLOSED")
    free.command("accept")
    free.wait("CALL_ESTABLISHED")
    talk(rtpengine, caller, free)
    free.command("hangup")
    caller.wait("CALL_CLOSED")


def test_a_caller_who_gives_up_leaves_nothing(phone, member):
    callee = member(devices=2)
    caller = phone(member().devices[0])
    devices = [phone(device) for device in callee.devices]
    caller.dial(callee.name)
    for device in devices:
        device.wait("CALL_INCOMING")
    caller.command("hangup")
    for device in devices:
        device.wait("CALL_CLOSED")


def test_all_decline_and_nothing_is_left(phone, member):
    callee = member(devices=2)
    caller = phone(member().devices[0])
    devices = [phone(device) for device in callee.devices]
    caller.dial(callee.name)
    for device in devices:
        device.wait("CALL_INCOMING")
        device.command("hangup")
    caller.wait("CALL_CLOSED")


@pytest.mark.parametrize("transports", [("udp", "udp"), ("tls", "udp"), ("udp", "tls")], ids=lambda pair: " to ".join(pair))
def test_hold_stops_the_audio_and_resuming_brings_it_back(phone, member, rtpengine, transports):
    caller, callee = (phone(member().devices[0], transport) for transport in transports)
    call(caller, callee)
    talk(rtpengine, caller, callee)
    for holder, held in ((caller, callee), (callee, caller)):
        holder.command("hold")
        wait_for(lambda: "dir=recvonly" in held.audio() or "dir=inactive" in held.audio(), what="the hold")
        settled(holder.received, "silence at the one who holds")
        holder.command("resume")
        wait_for(lambda: "dir=sendrecv" in held.audio(), what="the resumption")
        talk(rtpengine, caller, callee)
    assert [side.is_encrypted() for side in (caller, callee)] == [transport == "tls" for transport in transports]
    caller.command("hangup")
    callee.wait("CALL_CLOSED")


def settled(number, what, seconds=5.0):
    """Waits until `number` is the same fifteen times in a row: a third of a second, in which 15 packets would have come."""
    seen = []

    def same():
        seen.append(number())
        return len(seen) > 15 and len(set(seen[-15:])) == 1
    wait_for(same, seconds, what)


@pytest.mark.parametrize("transports", [("udp", "tls"), ("tls", "tcp")], ids=lambda pair: " to ".join(pair))
def test_an_invitation_within_the_call_from_either_side_keeps_the_audio(phone, member, rtpengine, transports):
    caller, callee = (phone(member().devices[0], transport) for transport in transports)
    call(caller, callee)
    for side in (caller, callee, callee, caller):
        side.command("reinvite")
        talk(rtpengine, caller, callee)
    assert rtpengine.sessions() == 1
    callee.command("hangup")
    caller.wait("CALL_CLOSED")


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_a_call_is_transferred_to_another_member(phone, member, rtpengine, who):
    one, other, third = phone(member().devices[0]), phone(member().devices[0], "tls"), phone(member().devices[0], "tcp")
    call(one, other)
    talk(rtpengine, one, other)
    sender, stays = (one, other) if who == "caller" else (other, one)
    sender.command("transfer", f"sip:{third.device.member.name}@social.localhost")
    third.wait("CALL_INCOMING")
    third.command("accept")
    third.wait("CALL_ESTABLISHED")
    sender.wait("CALL_CLOSED")
    wait_for(lambda: stays.calls() == 1, what="the end of the first call")
    talk(rtpengine, stays, third)
    wait_for(lambda: rtpengine.sessions() == 1, what="the end of the first call's media")
    third.command("hangup")
    stays.wait("CALL_CLOSED")


def test_phones_behind_a_nat_have_audio_with_a_phone_outside(phone, member, network, rtpengine):
    inside_host, = network.behind_nat(250, ["inside"])
    inside, outside = phone(member().devices[0], "udp", inside_host), phone(member().devices[0], "tls")
    for caller, callee in ((inside, outside), (outside, inside)):
        call(caller, callee)
        talk(rtpengine, caller, callee)
        caller.command("hangup")
        callee.wait("CALL_CLOSED")


def test_two_phones_behind_two_nats_have_audio(phone, member, network, rtpengine):
    first_host, = network.behind_nat(251, ["first"])
    second_host, = network.behind_nat(252, ["second"])
    first, second = phone(member().devices[0], "udp", first_host), phone(member().devices[0], "tls", second_host)
    call(first, second)
    talk(rtpengine, first, second)
    second.command("hold")
    second.command("resume")
    talk(rtpengine, first, second)
    second.command("hangup")
    first.wait("CALL_CLOSED")


@pytest.mark.parametrize("transports", [("udp", "udp"), ("tls", "udp"), ("udp", "tls")], ids=lambda pair: " to ".join(pair))
def test_a_phone_on_ipv6_and_one_on_ipv4_have_audio(phone, member, rtpengine, transports):
    one = phone(member().devices[0], transports[0], family=6)
    other = phone(member().devices[0], transports[1])
    for caller, callee in ((one, other), (other, one)):
        call(caller, callee)
        talk(rtpengine, caller, callee)
        caller.command("hangup")
        callee.wait("CALL_CLOSED")
