# SPDX-License-Identifier: AGPL-3.0-or-later
"""rtpengine or Kamailio killed with -9 in a browser's call: an invitation with new ICE candidates, which a browser sends by itself, brings it back."""
import re

import pytest
from networked_client import SDP, WEB_SDP, client_in
from test_web import hang_up, is_for_a_phone, is_for_the_web
from test_web_dialogs import RESTARTED, established

from softphone import wait_for


def invite_again(end, browser, other, rtpengine, proof=()):
    """The browser's new invitation, answered at the other end, which is a phone."""
    end.sequence += 1
    browser.send(end.text("INVITE", body=RESTARTED, headers=proof))
    again = other.expect("INVITE")
    is_for_a_phone(again.body, rtpengine.host.address, "RTP/AVP")
    other.reply(again, 200, body=SDP)
    answer = browser.expect(lambda m: m.status == 200 and m.cseq == [str(end.sequence), "INVITE"])
    is_for_the_web(answer.body, rtpengine.host.address)
    browser.send(end.text("ACK"))
    other.expect("ACK")
    return answer


def test_a_browsers_call_whose_relay_was_killed_gets_a_new_one_by_its_next_invitation(web, raw, member, rtpengine, nothing_left):
    alice, bob = member(), member()
    browser, phone = web(alice.devices[0]), raw(bob.devices[0])
    call, _, _, first = established(browser, phone, bob.name, WEB_SDP, SDP)
    rtpengine.stop(kill=True)
    rtpengine.start()
    assert rtpengine.sessions() == 0
    second = invite_again(call, browser, phone, rtpengine)
    assert rtpengine.sessions() == 1
    said = [re.search(r"^a=fingerprint:(.+)$", answer.body, re.M).group(1) for answer in (first, second)]
    assert said[0] != said[1]  # another certificate: the browser begins DTLS anew
    hang_up(call, phone)


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "stopped"])
def test_a_browsers_call_outlives_kamailio_and_is_taken_up_from_a_new_connection(server, kamailio, web, raw, member, rtpengine, nothing_left, kill):
    alice, bob = member(), member()
    browser, phone = web(alice.devices[0]), raw(bob.devices[0])
    call, *_ = established(browser, phone, bob.name, WEB_SDP, SDP)
    in_memory = "SELECT 1 FROM dialog JOIN dialog_vars USING (hash_entry, hash_id) WHERE callid = ? AND dialog_key = 'callee'"
    wait_for(lambda: kamailio.kept("run/calls.sqlite", in_memory, call.call_id), what="the call in its memory")
    wait_for(lambda: len(kamailio.kept("run/calls.sqlite", "SELECT 1 FROM dialog")) == 1, what="the end of earlier calls there")
    kamailio.stop(kill=kill)
    assert browser.wait_closed() and rtpengine.sessions() == 1
    kamailio.start()
    fresh = client_in(server, kamailio, alice.devices[0], "ws")
    assert fresh.register().status == 200
    fresh.own_tag, call.phone = browser.own_tag, fresh
    call.sequence += 1
    asked = fresh.ask(call.text("INVITE", body=RESTARTED))
    assert asked.status == 407
    invite_again(call, fresh, phone, rtpengine, [fresh.proof(asked, "INVITE", call.target)])
    hang_up(call, phone)
    fresh.close()


def test_an_offer_that_was_refused_asks_no_browser_for_another_role_in_dtls(web, member, nothing_left):
    """Both browsers offer anew when Kamailio is back, and one of the offers comes to nothing. No browser changes roles in mid-call."""
    offer, alice, bob = WEB_SDP.replace("setup:active", "setup:actpass"), member(), member()
    caller, callee = web(alice.devices[0]), web(bob.devices[0])
    call, answered, _, first = established(caller, callee, bob.name, offer, WEB_SDP)
    assert "a=setup:passive" in first.body
    call.sequence += 1
    caller.send(call.text("INVITE", body=offer))
    callee.reply(callee.expect("INVITE"), 491, "Request Pending")
    assert caller.expect(lambda m: m.cseq == [str(call.sequence), "INVITE"] and m.status >= 200).status == 491
    callee.send(answered.text("INVITE", body=offer))
    caller.reply(caller.expect("INVITE"), 200, body=WEB_SDP, tag=call.tag)
    assert "a=setup:passive" in callee.expect(lambda m: m.cseq == [str(answered.sequence), "INVITE"] and m.status >= 200).body
    callee.send(answered.text("ACK").replace(f"CSeq: {answered.sequence} ", f"CSeq: {answered.sequence - 1} "))
    caller.expect("ACK")
    hang_up(call, callee)
