# SPDX-License-Identifier: AGPL-3.0-or-later
"""Media that nobody can aim at others, and calls that nobody else can speak into."""
import os
import struct

import pytest
from networked_client import SDP, WEB_SDP
from talking import call, talk

from softphone import wait_for

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.mark.parametrize("aimed_at", ["another host", "the server itself", "nowhere"])
def test_audio_goes_where_the_phone_is_and_not_where_its_sdp_says(network, kamailio, phone, raw, member, aimed_at):
    host, victim = network.host("aimer", 240), network.host("victim", 241)
    address = {"another host": victim.address, "the server itself": "127.0.0.1", "nowhere": "10.9.8.7"}[aimed_at]
    other = kamailio.host if aimed_at == "the server itself" else victim
    hit = other.socket(bind=(address if aimed_at != "nowhere" else victim.address, 40000), timeout=0.3)
    own = host.socket(bind=(host.address, 40000))
    callee, caller = phone(member().devices[0]), raw(member().devices[0], "UDP", host)
    try:
        made = caller.call(callee.device.member.name, SDP.replace("192.168.99.99", address))
        callee.wait("CALL_INCOMING")
        callee.command("accept")
        made.expect(180)
        made.expect(200)
        callee.wait("CALL_ESTABLISHED")
        assert own.recvfrom(2000)[1][0] == kamailio.host.address
        with pytest.raises(TimeoutError):
            hit.recvfrom(2000)
        callee.command("hangup")
        caller.reply(caller.expect("BYE"), 200, tag=made.tag)
        callee.wait("CALL_CLOSED")
    finally:
        for one in (host, victim):
            network.forget(one)


def test_a_stranger_cannot_speak_into_a_call(network, phone, member, rtpengine):
    """Once rtpengine knows where the phones are, which takes three seconds: until then their addresses may still change."""
    caller, callee = phone(member().devices[0]), phone(member().devices[0])
    earlier = rtpengine.log.read_text().count("Confirmed peer address")
    call(caller, callee)
    talk(rtpengine, caller, callee)
    wait_for(lambda: rtpengine.log.read_text().count("Confirmed peer address") >= earlier + 2, what="the end of learning")
    stranger = network.host("stranger", 242)
    try:
        speaker = stranger.socket(bind=(stranger.address, 0))
        source = os.urandom(4)
        before = callee.received(), caller.received()
        for number in range(100):
            packet = struct.pack("!BBHI", 0x80, 0, number, number * 160) + source + bytes(160)
            for port in range(rtpengine.values["firstPort"], rtpengine.values["lastPort"] + 1, 2):
                speaker.sendto(packet, (rtpengine.host.address, port))
        talk(rtpengine, caller, callee)
        for side in (caller, callee):
            assert f"0x{source.hex().lstrip('0')}" not in side.audio()
        assert callee.received() > before[0] and caller.received() > before[1]
        assert "Drop due to strict-source" in rtpengine.log.read_text()
    finally:
        network.forget(stranger)
    caller.command("hangup")
    callee.wait("CALL_CLOSED")


def test_orders_and_numbers_of_rtpengine_are_on_loopback_only(rtpengine):
    lines = [line.split()[4 if line.startswith(("tcp", "udp")) else 3] for line in
             rtpengine.host.run("ss", "-Hlntu").stdout.splitlines()]
    for port in (rtpengine.control_port, rtpengine.http_port):
        assert [address for address in lines if address.endswith(f":{port}")] == [f"127.0.0.1:{port}"]


BROKEN = {
    "empty": "", "one line": "v=0", "no sdp": "no sdp at all\r\n", "port too large": SDP.replace("m=audio 40000", "m=audio 99999"),
    "other version": SDP.replace("v=0", "v=1"), "endless attribute": SDP + "a=" + "x" * 9000 + "\r\n",
    "wrong family": SDP.replace("c=IN IP4", "c=IN IP6"), "cut media line": SDP + "m=audio\r\n",
    "unknown crypto": SDP + "a=crypto:1 X inline:x\r\n",
    "long key": SDP.replace("RTP/AVP", "RTP/SAVP") + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 500 + "\r\n",
    "no fingerprint": WEB_SDP.replace("AB:AB", "ZZ"), "forty media": SDP + "m=audio 4 RTP/AVP 0\r\n" * 40,
    "port nought": SDP.replace("40000", "0"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_sdp_is_never_passed_on_as_it_came(raw, member, rtpengine, name):
    """Either the call is refused, or what rings is an SDP of rtpengine's, with its address alone."""
    called = member()
    caller, callee = raw(member().devices[0]), raw(called.devices[0])
    made = caller.call(called.name, BROKEN[name])
    first = caller.expect(lambda m: m.status and m.status != 100 and m.cseq == [str(made.sequence), "INVITE"]) \
        if callee.hears_nothing(lambda m: m.method == "INVITE" and callee.inbox.append(m) is None, 0.5) else None
    if first is None:
        invite = callee.ring()
        assert "192.168.99.99" not in invite.body and "40000" not in invite.body
        callee.reply(invite, 486, "Busy Here")
        if made.expect(180, 486).status == 180:
            made.expect(486)
    else:
        assert first.status in (400, 480, 488, 503)
        made.ack(first)
    assert rtpengine.process.poll() is None
