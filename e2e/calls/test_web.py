# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a web client is offered and what is made of its offers: DTLS, ICE and one port there, plain RTP or SDES for phones."""
import re

import pytest
from networked_client import SDP, WEB_SDP, client_in
from sip_client import Answered


def is_for_the_web(sdp, address):
    assert re.search(r"^m=audio \d+ UDP/TLS/RTP/SAVPF ", sdp, re.M)
    assert re.search(r"^a=fingerprint:sha-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}\r?$", sdp, re.M)
    assert re.search(r"^a=setup:(passive|actpass|active)", sdp, re.M)
    assert re.search(r"^a=ice-ufrag:", sdp, re.M) and re.search(r"^a=ice-pwd:", sdp, re.M)
    assert re.search(rf"^a=candidate:\S+ 1 UDP \d+ {re.escape(address)} \d+ typ host", sdp, re.M)
    assert "a=rtcp-mux" in sdp and "a=crypto" not in sdp
    assert re.search(r"^c=IN IP4 " + re.escape(address), sdp, re.M)


def is_for_a_phone(sdp, address, protocol):
    assert re.search(rf"^m=audio \d+ {protocol} ", sdp, re.M)
    assert "a=fingerprint" not in sdp and "a=candidate" not in sdp and "a=ice-" not in sdp and "a=rtcp-mux" not in sdp
    assert ("a=crypto:" in sdp) == (protocol == "RTP/SAVP")
    assert re.search(r"^c=IN IP4 " + re.escape(address), sdp, re.M)


def hang_up(side, other):
    """`side` is an end of a call, `other` the phone at its other end."""
    if isinstance(side, Answered):
        text = side.text("BYE")
    else:
        side.sequence += 1
        text = side.text("BYE")
    side.phone.send(text)
    other.reply(other.expect("BYE"), 200)
    side.phone.expect(lambda message: message.status == 200 and message.cseq[1] == "BYE")


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_phone_that_calls_a_web_client_offers_it_dtls_and_ice(web, raw, member, rtpengine, nothing_left, method):
    caller, callee = raw(member().devices[0]), web((called := member()).devices[0])
    call = caller.call(called.name, SDP)
    invite = callee.ring()
    is_for_the_web(invite.body, rtpengine.host.address)
    call.expect(180)
    answered = Answered(callee, invite, WEB_SDP)
    answer = call.expect(200)
    is_for_a_phone(answer.body, rtpengine.host.address, "RTP/AVP")
    answered.wait()
    # The other direction, within the call: the web client puts it on hold.
    callee.send(answered.text(method, body=WEB_SDP.replace("sendrecv", "sendonly")))
    held = caller.expect(method)
    is_for_a_phone(held.body, rtpengine.host.address, "RTP/AVP")
    assert "a=sendonly" in held.body
    caller.reply(held, 200, body=SDP.replace("sendrecv", "recvonly"), tag=call.tag)
    is_for_the_web(callee.expect(200).body, rtpengine.host.address)
    hang_up(call, callee)


@pytest.mark.parametrize("transport, protocol", [("UDP", "RTP/AVP"), ("TLS", "RTP/SAVP")])
def test_a_web_client_that_calls_a_phone_offers_it_what_phones_know(web, raw, member, rtpengine, transport, protocol, nothing_left):
    caller, callee = web(member().devices[0]), raw((called := member()).devices[0], transport)
    call = caller.call(called.name, WEB_SDP)
    invite = callee.ring()
    is_for_a_phone(invite.body, rtpengine.host.address, protocol)
    call.expect(180)
    crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n"
    answered = Answered(callee, invite, SDP.replace("RTP/AVP", protocol) + (crypto if transport == "TLS" else ""))
    is_for_the_web(call.expect(200).body, rtpengine.host.address)
    answered.wait()
    hang_up(answered, caller)


def test_all_devices_of_a_member_are_offered_what_each_can_do(web, raw, member, rtpengine, nothing_left):
    called = member(devices=3)
    browser, desk, app = web(called.devices[0]), raw(called.devices[1], "UDP"), raw(called.devices[2], "TLS")
    call = raw(member().devices[0]).call(called.name, SDP)
    invites = [one.ring() for one in (browser, desk, app)]
    is_for_the_web(invites[0].body, rtpengine.host.address)
    is_for_a_phone(invites[1].body, rtpengine.host.address, "RTP/AVP")
    is_for_a_phone(invites[2].body, rtpengine.host.address, "RTP/SAVP")
    assert call.cancel().status == 200
    for one, invite in zip((browser, desk, app), invites):
        one.reply(one.expect("CANCEL"), 200)
        one.reply(invite, 487, "Request Terminated")
        one.expect("ACK")
    call.expect(487)


def test_a_call_without_an_offer_gets_it_from_the_one_who_answers(web, raw, member, rtpengine, nothing_left):
    """RFC 3264: no SDP in the INVITE, the offer in the 200, the answer in the ACK."""
    caller, callee = raw(member().devices[0]), web((called := member()).devices[0])
    call = caller.call(called.name, "")
    invite = callee.ring()
    assert invite.body == ""
    call.expect(180)
    callee.reply(invite, 200, body=WEB_SDP)
    answer = caller.expect(200)
    is_for_a_phone(answer.body, rtpengine.host.address, "RTP/AVP")
    call.to, call.routes = answer.get("To"), list(reversed(answer.all("Record-Route")))
    call.target = re.search(r"<([^>]+)>", answer.get("Contact")).group(1)
    caller.send(call.text("ACK", body=SDP))
    is_for_the_web(callee.expect("ACK").body, rtpengine.host.address)
    hang_up(call, callee)


@pytest.mark.parametrize("families", [("UDP", "Udp"), ("Udp", "UDP")], ids=["IPv4 to IPv6", "IPv6 to IPv4"])
def test_phones_of_different_families_are_offered_their_own(raw, member, rtpengine, families, nothing_left):
    own = {"UDP": "IP4 " + rtpengine.host.address, "Udp": "IP6 " + rtpengine.host.address6}
    caller, callee = raw(member().devices[0], families[0]), raw((called := member()).devices[0], families[1])
    call = caller.call(called.name, SDP)
    invite = callee.ring()
    assert f"c=IN {own[families[1]]}\r\n" in invite.body
    call.expect(180)
    answered = Answered(callee, invite, SDP)
    assert f"c=IN {own[families[0]]}\r\n" in call.expect(200).body
    answered.wait()
    hang_up(answered, caller)


@pytest.mark.parametrize("source", ["198.51.100.7", "2001:db8:7::1"])
def test_web_clients_of_both_families_may_register(kamailio, server, member, source):
    """Their addresses are what the reverse proxy says."""
    client = client_in(server, kamailio, member().devices[0], "ws", source=source)
    assert client.register().status == 200
    client.close()
