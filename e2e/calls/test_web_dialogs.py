# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a browser does in a call, with a softphone and with a browser at the other end: new paths, hold, video, keys, a new connection; and what
its devices hear of each other."""
import re

import pytest
from networked_client import SDP, WEB_SDP, client_in
from sip_client import Answered
from test_web import hang_up, is_for_a_phone, is_for_the_web

from softphone import wait_for

KEYS = "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
RESTARTED = WEB_SDP.replace("a=ice-ufrag:abcd", "a=ice-ufrag:efgh").replace("abcdefghijklmnopqrstuvwx", "zyxwvutsrqponmlkjihgfedc").replace(
    "11.0.0.200 50000", "11.0.0.201 50001")


def with_video(sdp):
    """The offer of a browser that wants to be seen."""
    head, _, audio = sdp.partition("m=audio")
    audio = "m=audio" + audio
    video = audio.replace("m=audio 9 UDP/TLS/RTP/SAVPF 0", "m=video 9 UDP/TLS/RTP/SAVPF 96").replace("a=mid:0", "a=mid:1").replace(
        "a=rtpmap:0 PCMU/8000", "a=rtpmap:96 VP8/90000")
    return head.replace("BUNDLE 0", "BUNDLE 0 1") + audio + video


def media(sdp, kind):
    """The lines of one medium."""
    return next(part for part in sdp.split("\r\nm=")[1:] if part.startswith(kind))


def established(caller, callee, name, offer, answer):
    call = caller.call(name, offer)
    invite = callee.ring()
    call.expect(180)
    answered = Answered(callee, invite, answer)
    answer = call.expect(200)
    answered.wait()
    return call, answered, invite, answer


@pytest.mark.parametrize("other", ["UDP", "ws"])
def test_a_browser_finds_a_new_path_in_mid_call(web, raw, member, rtpengine, nothing_left, other):
    alice, bob = member(), member()
    caller = web(alice.devices[0])
    callee = web(bob.devices[0]) if other == "ws" else raw(bob.devices[0])
    theirs = WEB_SDP.replace("abcd\r", "bobs\r") if other == "ws" else SDP
    call, answered, _, first = established(caller, callee, bob.name, WEB_SDP, theirs)
    call.sequence += 1
    caller.send(call.text("INVITE", body=RESTARTED))
    again = callee.expect("INVITE")
    assert "11.0.0.201" not in again.body and "efgh" not in again.body
    if other == "ws":
        is_for_the_web(again.body, rtpengine.host.address)
    else:
        is_for_a_phone(again.body, rtpengine.host.address, "RTP/AVP")
    callee.reply(again, 200, body=theirs)
    answer = caller.expect(lambda m: m.status == 200 and m.cseq == [str(call.sequence), "INVITE"])
    is_for_the_web(answer.body, rtpengine.host.address)
    ufrag = re.compile(r"^a=ice-ufrag:(\S+)", re.M)
    assert ufrag.search(answer.body).group(1) != ufrag.search(first.body).group(1)  # RFC 8839, 4.4.1.1.1: both sides restart
    caller.send(call.text("ACK"))
    callee.expect("ACK")
    hang_up(call, callee)


def test_video_is_refused_by_a_phone_without_and_seen_between_browsers(web, raw, member, rtpengine, nothing_left):
    alice, bob, carol = member(), member(), member()
    caller, phone, browser = web(alice.devices[0]), raw(bob.devices[0]), web(carol.devices[0])
    refusing = SDP + "m=video 0 RTP/AVP 96\r\n"
    call, _, invite, answer = established(caller, phone, bob.name, with_video(WEB_SDP), refusing)
    assert re.match(r"video [1-9]\d* RTP/AVP 96\r\n", media(invite.body, "video"))
    assert re.match(r"video 0 ", media(answer.body, "video")) and re.match(r"audio [1-9]", media(answer.body, "audio"))
    hang_up(call, phone)
    wait_for(lambda: rtpengine.sessions() == 0, what="the end of the first call")
    call, _, invite, answer = established(caller, browser, carol.name, with_video(WEB_SDP), with_video(WEB_SDP))
    for sdp in (invite.body, answer.body):
        is_for_the_web(sdp, rtpengine.host.address)
        assert re.match(r"video [1-9]\d* UDP/TLS/RTP/SAVPF 96\r\n", media(sdp, "video")) and "a=sendrecv" in media(sdp, "video")
        assert "11.0.0.200" not in sdp
    hang_up(call, browser)


def test_hold_resume_and_keys_pass_both_ways(web, raw, member, nothing_left):
    alice, bob = member(), member()
    caller, phone = web(alice.devices[0]), raw(bob.devices[0])
    offer, answer = WEB_SDP.replace("SAVPF 0", "SAVPF 0 101") + KEYS, SDP.replace("AVP 0", "AVP 0 101") + KEYS
    call, answered, invite, said = established(caller, phone, bob.name, offer, answer)
    for sdp in (invite.body, said.body):
        assert "a=rtpmap:101 telephone-event/8000" in sdp
    for ours, theirs in (("sendonly", "recvonly"), ("sendrecv", "sendrecv")):
        call.sequence += 1
        caller.send(call.text("INVITE", body=offer.replace("sendrecv", ours)))
        held = phone.expect("INVITE")
        assert f"a={ours}\r\n" in held.body
        phone.reply(held, 200, body=answer.replace("sendrecv", theirs))
        assert f"a={theirs}\r\n" in caller.expect(lambda m: m.status == 200 and m.cseq == [str(call.sequence), "INVITE"]).body
        caller.send(call.text("ACK"))
        phone.expect("ACK")
    hang_up(call, phone)


def test_two_that_ask_at_once_are_told_so(web, raw, member, nothing_left):
    """RFC 3261, section 14.1: 491 to each, and each tries again."""
    alice, bob = member(), member()
    caller, phone = web(alice.devices[0]), raw(bob.devices[0])
    call, answered, *_ = established(caller, phone, bob.name, WEB_SDP, SDP)
    call.sequence += 1
    caller.send(call.text("INVITE", body=RESTARTED))
    phone.send(answered.text("INVITE", body=SDP))
    to_phone, to_caller = phone.expect("INVITE"), caller.expect("INVITE")
    phone.reply(to_phone, 491, "Request Pending")
    caller.reply(to_caller, 491, "Request Pending", tag=call.tag)
    for one, sequence in ((caller, call.sequence), (phone, answered.sequence)):
        refused = one.expect(lambda m: m.status and m.status >= 200 and m.cseq == [str(sequence), "INVITE"])
        assert refused.status == 491
    call.ack(refused)
    call.sequence += 1
    caller.send(call.text("INVITE", body=RESTARTED))
    phone.reply(phone.expect("INVITE"), 200, body=SDP)
    assert caller.expect(lambda m: m.status == 200 and m.cseq == [str(call.sequence), "INVITE"]).body
    caller.send(call.text("ACK"))
    hang_up(call, phone)


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_a_browser_whose_connection_broke_takes_the_call_up_again_from_a_new_one(server, kamailio, web, raw, member, rtpengine, nothing_left, who):
    """It proves its password there. Until then the call waits, also for the other side's request; a stranger who knows all the words gets nowhere."""
    alice, bob, mallory = member(), member(), member()
    browser_owner, other = (alice, bob) if who == "caller" else (bob, alice)
    browser, phone = web(browser_owner.devices[0]), raw(other.devices[0])
    sides = (browser, phone) if who == "caller" else (phone, browser)
    sdps = (WEB_SDP, SDP) if who == "caller" else (SDP, WEB_SDP)
    call, answered, *_ = established(*sides, bob.name, *sdps)
    end, far = (call, answered) if who == "caller" else (answered, call)
    browser.close()
    browser.wait_closed()
    assert kamailio.status()["calls"] == 1

    def take_up(client):
        """The re-INVITE from this client's connection, as the browser makes it anew; the status of its answer."""
        client.own_tag, end.phone = browser.own_tag, client
        if who == "caller":
            end.sequence += 1
        client.send(end.text("INVITE", body=RESTARTED))
        asked = client.expect(lambda m: m.status and m.status >= 200)
        assert asked.status == 407
        proof = client.proof(asked, "INVITE", end.target)
        if who == "caller":
            end.sequence += 1
        client.send(end.text("INVITE", body=RESTARTED, headers=[proof]))

    stranger = client_in(server, kamailio, mallory.devices[0], "ws")
    take_up(stranger)
    assert stranger.expect(lambda m: m.status and m.status >= 200 and m.status != 407).status == 481
    stranger.close()
    fresh = client_in(server, kamailio, browser_owner.devices[0], "ws", source="198.51.100.77")
    take_up(fresh)
    again = phone.expect("INVITE")
    is_for_a_phone(again.body, rtpengine.host.address, "RTP/AVP")
    phone.reply(again, 200, body=SDP, tag=call.tag if who == "callee" else None)
    is_for_the_web(fresh.expect(lambda m: m.status == 200 and m.cseq[1] == "INVITE").body, rtpengine.host.address)
    # From now on the other side's requests arrive there, also its goodbye.
    fresh.own_tag = browser.own_tag
    if who == "caller":
        phone.send(far.text("BYE"))
    else:
        far.sequence += 1
        phone.send(far.text("BYE"))
    fresh.reply(fresh.expect("BYE"), 200)
    phone.expect(lambda m: m.status == 200 and m.cseq[1] == "BYE")
    fresh.close()


def test_a_busy_device_does_not_stop_the_others_and_one_that_declines_does(web, raw, member, nothing_left):
    alice, bob = member(), member(devices=3)
    caller = web(alice.devices[0])
    browser, desk, app = web(bob.devices[0]), raw(bob.devices[1]), raw(bob.devices[2], "TLS")
    call = caller.call(bob.name, WEB_SDP)
    invites = {one: one.expect("INVITE") for one in (browser, desk, app)}
    desk.reply(invites[desk], 486, "Busy Here")
    desk.expect("ACK")
    browser.reply(invites[browser], 180, "Ringing")
    call.expect(180)
    assert app.hears_nothing("CANCEL", 0.3)
    app.reply(invites[app], 603, "Decline")
    cancel = browser.expect("CANCEL")
    browser.reply(cancel, 200)
    browser.reply(invites[browser], 487, "Request Terminated")
    call.expect(603)


def test_the_others_hear_that_the_call_was_answered_elsewhere(web, raw, member, nothing_left):
    """RFC 3326, section 3.1: so that they show no missed call."""
    alice, bob = member(), member(devices=2)
    caller, browser, desk = raw(alice.devices[0]), web(bob.devices[0]), raw(bob.devices[1])
    call = caller.call(bob.name, SDP)
    browsers, desks = browser.expect("INVITE"), desk.ring()
    call.expect(180)
    answered = Answered(browser, browsers, WEB_SDP)
    call.expect(200)
    answered.wait()
    cancel = desk.expect("CANCEL")
    assert re.search(r'SIP;cause=200;text="Call completed elsewhere"', cancel.get("Reason"))
    desk.reply(cancel, 200)
    desk.reply(desks, 487, "Request Terminated")
    hang_up(call, browser)
