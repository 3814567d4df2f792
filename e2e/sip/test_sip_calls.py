# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls between members: all devices ring, one answers, the others stop; and what a call goes through until it ends."""
import itertools
import re

import pytest
from sip_client import SDP, Answered, talk

TRANSPORTS = ["udp", "tcp", "tls", "ws"]


def is_relayed(heard, said):
    """Whether an SDP came through rtpengine: its ports are others, and there is one where there was one."""
    ports = [re.findall(r"^m=audio (\d+)", body, re.M) for body in (heard, said)]
    return len(ports[0]) == len(ports[1]) and ports[0] != ports[1] if said else heard == ""


@pytest.mark.parametrize("transport,other", itertools.product(TRANSPORTS, TRANSPORTS))
def test_a_call_from_any_transport_to_any_other(server, member, phone, transport, other):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], transport, register=True), phone(bob.devices[0], other, register=True)
    before = server.status()["calls"]
    call, answered = talk(caller, callee, bob)
    assert server.status()["calls"] == before + 1
    bye = call.text("BYE", sequence=9)
    caller.send(bye)
    callee.reply(callee.expect("BYE"), 200)
    assert caller.expect(200, cseq=["9", "BYE"])
    assert server.status()["calls"] == before


def test_both_devices_ring_one_answers_and_the_other_stops(server, member, phone):
    alice, bob = member(), member(devices=2)
    caller = phone(alice.devices[0], register=True)
    first, second = phone(bob.devices[0], "udp", register=True), phone(bob.devices[1], "tls", register=True)
    call = caller.call(bob.name)
    invites = first.ring(), second.ring()
    answered = Answered(second, invites[1])
    call.expect(200)
    answered.wait()
    cancel = first.expect("CANCEL")
    first.reply(cancel, 200)
    first.reply(invites[0], 487, "Request Terminated")
    assert first.expect("ACK")
    assert second.hears_nothing("CANCEL", 0.2)


def test_the_caller_gives_up_and_every_device_stops(server, member, phone):
    alice, bob = member(), member(devices=2)
    caller = phone(alice.devices[0], register=True)
    phones = [phone(device, register=True) for device in bob.devices]
    call = caller.call(bob.name)
    invites = [one.ring() for one in phones]
    call.expect(180)
    before = server.status()["ringing"]
    assert call.cancel().status == 200
    for one, invite in zip(phones, invites):
        one.reply(one.expect("CANCEL"), 200)
        one.reply(invite, 487, "Request Terminated")
    call.expect(487)
    assert server.status()["ringing"] == before - 1


def test_busy_and_declined_are_told(server, member, phone):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)
    for status in (486, 603):
        call = caller.call(bob.name)
        callee.reply(callee.ring(), status, "No")
        call.expect(180, status)
        if any(m.status == status for m in caller.inbox):
            call.expect(status)


def test_offline_unknown_and_not_admitted_are_one_answer(server, member, phone):
    alice, offline, refused = member(), member(), member(devices=0)
    caller = phone(alice.devices[0], register=True)
    answers = []
    for name in (offline.name, refused.name, "nobody_at_all", "not+a+name", "%27%20or%201=1--"):
        call = caller.call(name)
        answers.append(call.expect(480))
    assert len({answer.start for answer in answers}) == 1
    assert len({tuple(name for name, _ in answer.headers) for answer in answers}) == 1


@pytest.mark.parametrize("method", ["INVITE", "UPDATE", "INFO", "OPTIONS", "NOTIFY"])
def test_requests_within_a_call_pass_both_ways(server, member, phone, method):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], "tcp", register=True), phone(bob.devices[0], "udp", register=True)
    call, answered = talk(caller, callee, bob)
    body = SDP.replace("40000", "40002") if method in ("INVITE", "UPDATE") else ""
    caller.send(call.text(method, sequence=7, body=body))
    request = callee.expect(method)
    callee.reply(request, 200, body=body)
    assert is_relayed(caller.expect(200, cseq=["7", method]).body, body)
    if method == "INVITE":
        caller.send(call.text("ACK", sequence=7))
        callee.expect("ACK")
    callee.send(answered.text(method, body=body))
    caller.reply(caller.expect(method), 200, body=body)
    assert is_relayed(callee.expect(200, cseq=["1", method]).body, body)
    if method == "INVITE":
        answered.sequence -= 1
        callee.send(answered.text("ACK"))
        caller.expect("ACK")


def test_the_callee_hangs_up(server, member, phone):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], "ws", register=True), phone(bob.devices[0], "tls", register=True)
    before = server.status()["calls"]
    call, answered = talk(caller, callee, bob)
    callee.send(answered.text("BYE"))
    caller.reply(caller.expect("BYE"), 200)
    callee.expect(200, cseq=["1", "BYE"])
    assert server.status()["calls"] == before


def test_a_call_is_handed_over_to_another_member(server, member, phone):
    alice, bob, carol = member(), member(), member()
    phones = [phone(one.devices[0], register=True) for one in (alice, bob, carol)]
    call, answered = talk(phones[0], phones[1], bob)
    refer = answered.text("REFER", headers=[f"Refer-To: <sip:{carol.name}@social.localhost>", "Referred-By: <sip:x@y>"])
    phones[1].send(refer)
    request = phones[0].expect("REFER")
    assert request.get("Refer-To") == f"<sip:{carol.name}@social.localhost>"
    phones[0].reply(request, 202, "Accepted")
    phones[1].expect(202)
    second, _ = talk(phones[0], phones[2], carol)
    phones[0].send(call.text("NOTIFY", sequence=5, headers=["Event: refer", "Subscription-State: terminated;reason=noresource"]))
    phones[1].reply(phones[1].expect("NOTIFY"), 200)
    phones[0].expect(200, cseq=["5", "NOTIFY"])


def test_a_phone_that_moved_proves_its_password_and_goes_on(server, member, phone):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], "tcp", register=True), phone(bob.devices[0], "udp", register=True)
    call, _ = talk(caller, callee, bob)
    moved = phone(alice.devices[0], "tcp")
    call.phone = moved
    caller.close()
    refused = call.within("INVITE", body=SDP, prove=False)
    assert refused.status == 407
    call.sequence += 1
    moved.send(call.text("INVITE", body=SDP, headers=[moved.proof(refused, "INVITE", call.target)]))
    callee.reply(callee.expect("INVITE"), 200, body=SDP)
    answer = moved.expect(200)
    moved.send(call.text("ACK"))
    assert callee.expect("ACK") and is_relayed(answer.body, SDP)


def test_a_ringing_call_is_acknowledged_and_updated_by_each_phone_for_itself(server, member, phone):
    """RFC 3262 and RFC 3311: each phone that rings has a dialog of its own with the caller."""
    alice, bob = member(), member(devices=2)
    caller = phone(alice.devices[0], "tls", register=True)
    phones = [phone(device, register=True) for device in bob.devices]
    call = caller.call(bob.name, headers=["Supported: 100rel"])
    invites = [one.expect("INVITE") for one in phones]
    for number, (one, invite) in enumerate(zip(phones, invites)):
        one.reply(invite, 183, "Session Progress", body=SDP, headers=["Require: 100rel", "RSeq: 1"])
        progress = call.expect(183)
        call.to, call.target = progress.get("To"), progress.get("Contact").strip("<>")
        call.routes = list(reversed(progress.all("Record-Route")))
        for method in ("PRACK", "UPDATE"):
            call.sequence += 1
            caller.send(call.text(method, headers=["RAck: 1 2 INVITE"] if method == "PRACK" else []))
            one.reply(one.expect(method), 200)
            caller.expect(200, cseq=[str(call.sequence), method])
        early = Answered.__new__(Answered)
        early.phone, early.invite, early.sequence, early.routes = one, invite, 0, invite.all("Record-Route")
        early.target = invite.get("Contact").strip("<>")
        one.send(early.text("UPDATE"))
        caller.reply(caller.expect("UPDATE"), 200)
        one.expect(200, cseq=["1", "UPDATE"])
    assert phones[1].hears_nothing("UPDATE", 0.1)
