# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nothing of where one side of a call is, or with what it calls, stands in any message that the other side gets."""
import secrets

import pytest
from networked_client import SDP, WEB_SDP, client_in
from sip_client import Answered

from softphone import wait_for

TELLING = ["Call-Info", "Organization", "P-Access-Network-Info", "P-Asserted-Identity", "Warning", "X-Local", "Server", "Error-Info", "Reply-To",
           "Geolocation", "Path", "Alert-Info", "History-Info", "Diversion", "Referred-By", "In-Reply-To"]


class Heard(list):
    """An inbox that keeps all that ever came."""

    def __init__(self, messages):
        super().__init__(messages)
        self.all = []

    def append(self, message):
        self.all.append(message)
        super().append(message)


class Side:
    """A phone that tells of itself wherever it can, and what of it is never to arrive at the other one."""

    def __init__(self, phone, host, seen_at):
        self.phone, self.host, self.word = phone, host, secrets.token_hex(6)
        phone.inbox = Heard(phone.inbox)
        phone.agent = f"{self.word} on {host.address}"
        phone.contact = phone.contact + f';+sip.instance="<urn:uuid:{self.word}>"'
        self.headers = [f"{name}: <sip:{self.word}@{host.address}>" for name in TELLING]
        lan = [f"10.77.{int(self.word[:2], 16)}.{number}" for number in range(4)]
        self.never = {self.word, phone.host.split(":")[0], seen_at, *lan} | ({host.address} if phone.transport != "ws" else set())
        self.sdp = SDP.replace("192.168.99.99", lan[0]) + f"a=rtcp:40001 IN IP4 {lan[1]}\r\n"
        if phone.transport == "ws":
            self.sdp = (WEB_SDP.replace("11.0.0.200", lan[0]) + f"a=candidate:2 1 UDP 1 {lan[1]} 50001 typ srflx raddr {lan[2]} rport 9\r\n"
                        f"a=candidate:3 1 UDP 1 {self.word}.local 50002 typ host\r\n")

    def call(self, member):
        return self.phone.call(member.name, self.sdp, headers=self.headers, call_id=f"{secrets.token_hex(8)}-{self.word}@{self.host.address}")

    def reply(self, request, status, **options):
        self.phone.reply(request, status, "Said", headers=self.headers, **options)

    def gets_and_refuses(self, method, tag=None):
        self.reply(self.phone.expect(method), 488, tag=tag)

    def was_told_nothing_of(self, other):
        assert self.phone.inbox.all
        for message in self.phone.inbox.all:
            assert [word for word in other.never if word in message.text] == [], message


@pytest.fixture
def side(network, kamailio, server):
    """Phones behind a NAT, with a host of their own, or in a browser."""
    made, hosts = [], []

    def make(device, where):
        number = 100 + len(hosts)
        if where == "ws":
            seen_at = f"198.51.100.{number}"
            phone, host = client_in(server, kamailio, device, "ws", source=seen_at), server
        elif where == "NAT":
            host, = network.behind_nat(number, ["phone"])
            phone, seen_at = client_in(host, kamailio, device, "UDP"), f"11.0.0.{number}"
            hosts.extend([host, network.routers[host]])
        else:
            host = network.host("phone", number)
            phone, seen_at = client_in(host, kamailio, device, where), host.address
            hosts.append(host)
        made.append(phone)
        assert phone.register().status == 200
        return Side(phone, host, seen_at)
    yield make
    for phone in made:
        phone.close()
    for host in hosts:
        network.forget(host)


@pytest.mark.parametrize("caller_at, callee_at", [("NAT", "UDP"), ("UDP", "ws"), ("ws", "NAT"), ("TLS", "UDP"), ("ws", "ws")])
def test_no_message_of_a_whole_call_tells_one_side_where_the_other_is(side, member, kamailio, nothing_left, caller_at, callee_at):
    alice, bob = member(), member()
    caller, callee = side(alice.devices[0], caller_at), side(bob.devices[0], callee_at)

    call = caller.call(bob)
    invite = callee.phone.expect("INVITE")
    for status in (180, 183):
        callee.reply(invite, status)
        call.expect(status)
    answered = Answered(callee.phone, invite, callee.sdp, callee.headers)
    call.expect(200)
    answered.wait()
    for method in ("INFO", "UPDATE", "INVITE"):  # each way, answered and refused
        body = caller.sdp if method != "INFO" else ""
        call.sequence += 1
        caller.phone.send(call.text(method, body=body, headers=caller.headers))
        callee.reply(callee.phone.expect(method), 200, body=callee.sdp if body else "")
        assert caller.phone.expect(lambda m: m.status and m.cseq == [str(call.sequence), method] and m.status >= 200).status == 200
        if method == "INVITE":
            caller.phone.send(call.text("ACK"))
            callee.phone.expect("ACK")
        callee.phone.send(answered.text(method, headers=callee.headers, body=callee.sdp if body else ""))
        caller.gets_and_refuses(method, tag=call.tag)
        refused = callee.phone.expect(lambda m: m.status and m.cseq == [str(answered.sequence), method] and m.status >= 200)
        assert refused.status == 488
        if method == "INVITE":
            caller.phone.expect("ACK")
    callee.phone.send(answered.text("BYE", headers=callee.headers))
    caller.reply(caller.phone.expect("BYE"), 200, tag=call.tag)
    callee.phone.expect(200, cseq=[str(answered.sequence), "BYE"])

    for status in (302, 404, 486, 500, 603):
        call = caller.call(bob)
        callee.reply(callee.phone.expect("INVITE"), status)
        call.expect(480 if status in (302, 404, 500) else status)
        callee.phone.expect("ACK")
    call = caller.call(bob)
    invite = callee.phone.ring()
    call.expect(180)
    assert call.cancel().status == 200
    callee.reply(callee.phone.expect("CANCEL"), 200)
    callee.reply(invite, 487)
    call.expect(487)

    caller.was_told_nothing_of(callee)
    callee.was_told_nothing_of(caller)


@pytest.mark.parametrize("callee_at", ["NAT", "ws"])
def test_what_kamailio_itself_ends_is_ended_by_the_call_id_that_each_side_knows(side, member, kamailio, nothing_left, callee_at):
    alice, bob = member(), member()
    caller, callee = side(alice.devices[0], "UDP"), side(bob.devices[0], callee_at)
    call = caller.call(bob)
    invite = callee.phone.ring()
    call.expect(180)
    answered = Answered(callee.phone, invite, callee.sdp)
    call.expect(200)
    answered.wait()
    assert invite.get("Call-ID") != call.call_id
    kamailio.projection.relate(bob, alice, "b")
    kamailio.follow()
    for one, call_id in ((caller, call.call_id), (callee, invite.get("Call-ID"))):
        bye = one.phone.expect("BYE")
        assert bye.get("Call-ID") == call_id
        one.phone.reply(bye, 200)
    caller.was_told_nothing_of(callee)
    callee.was_told_nothing_of(caller)


def test_a_call_whose_call_id_is_hidden_goes_on_after_a_restart(side, member, kamailio, nothing_left):
    alice, bob = member(), member()
    caller, callee = side(alice.devices[0], "UDP"), side(bob.devices[0], "NAT")
    call = caller.call(bob)
    invite = callee.phone.ring()
    call.expect(180)
    answered = Answered(callee.phone, invite, callee.sdp)
    call.expect(200)
    answered.wait()
    in_memory = "SELECT 1 FROM dialog JOIN dialog_vars USING (hash_entry, hash_id) WHERE callid = ? AND dialog_key = 'callee'"
    wait_for(lambda: kamailio.kept("run/calls.sqlite", in_memory, call.call_id), what="the call in its memory")
    wait_for(lambda: len(kamailio.kept("run/calls.sqlite", "SELECT 1 FROM dialog")) == 1, what="the end of earlier calls there")
    kamailio.stop(kill=True)
    kamailio.start()
    callee.phone.send(answered.text("INVITE", body=callee.sdp))
    again = caller.phone.expect("INVITE")
    assert again.get("Call-ID") == call.call_id
    caller.reply(again, 200, body=caller.sdp, tag=call.tag)
    assert callee.phone.expect(200).get("Call-ID") == invite.get("Call-ID")
    callee.phone.send(answered.text("BYE"))
    caller.reply(caller.phone.expect("BYE"), 200, tag=call.tag)
    caller.was_told_nothing_of(callee)
    callee.was_told_nothing_of(caller)
