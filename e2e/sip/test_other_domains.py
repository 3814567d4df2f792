# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls to addresses of other domains, through a plain Kamailio that is one: over TLS, to who proves to be that domain, and nowhere else."""
import base64
import contextlib
import os
import re
import secrets
import socket
import time
from itertools import count

import pytest
from certificates import Authority
from forger import Forger, answer
from kamailio_engine import Kamailio
from names import Names
from other_domain import OtherDomain
from pylibsrtp import Policy, Session
from sip_client import SDP, Answered, Phone, eventually

FAR, LIAR, UNSIGNED, NEAR_US, NOBODY = "far.example", "liar.example", "unsigned.example", "inside.example", "nobody.example"
FORGED = "forged.example"
AT = "127.0.0.2"  # where the other domains are: an exception, as in a trial; every other address of this machine is closed
numbers = count()


@pytest.fixture(scope="module")
def world(sip_folder):
    """Our Kamailio, three other domains, one of them with a certificate of another name, one with one that nobody signed, and a name server that knows all."""
    names = Names("127.0.0.77", 53)
    authority = Authority(sip_folder / "authority")
    os.chmod(sip_folder, 0o755)
    base = 5060 + int(os.environ.get("TRUNKLINE_PORT_OFFSET", "3000"))
    far = OtherDomain(sip_folder / "far", FAR, authority, AT, base + 800)
    liar = OtherDomain(sip_folder / "liar", LIAR, authority, AT, base + 820, certified="other.example")
    unsigned = OtherDomain(sip_folder / "unsigned", UNSIGNED, None, AT, base + 830)
    forger = Forger(sip_folder / "forger", "other.example", authority, AT)
    ours = Kamailio(sip_folder / "leaving", above=840, elsewhere=True, exceptions=AT, authorities=authority.path,
                    resolver=names.resolver(sip_folder))
    with socket.socket() as inside:
        inside.bind(("127.0.0.1", 0))
        inside.listen()
        names.calls = {FAR: ("sip.far.example", far.tls_port, AT), LIAR: ("sip.liar.example", liar.tls_port, AT),
                       UNSIGNED: ("sip.unsigned.example", unsigned.tls_port, AT),
                       FORGED: ("sip.forged.example", forger.port, AT),
                       NEAR_US: ("sip.inside.example", inside.getsockname()[1], "127.0.0.1")}
        ours.far, ours.inside, ours.forger, ours.names = far, inside, forger, names
        try:
            yield ours.start()
        finally:
            for one in (ours, far, liar, unsigned, forger, names):
                one.stop()


@pytest.fixture
def caller(world, member, phone):
    def make(transport="udp", **options):
        one = phone(member(server=world).devices[0], transport, server=world, register=True, **options)
        one.device = world.projection.members[one.name].devices[0]
        return one
    return make


@pytest.fixture
def callee(world):
    """A phone at the other domain."""
    made = []

    def make():
        made.append(Phone(world.far, f"bob{next(numbers)}", "none"))
        assert made[-1].register().status == 200
        return made[-1]
    yield make
    for one in made:
        one.close()


def dial(caller, name, domain=FAR):
    return caller.call(name, uri=f"sip:{name}@{domain}")


def talk(caller, callee, body=SDP):
    call = dial(caller, callee.name)
    invite = callee.ring()
    call.expect(180)
    answered = Answered(callee, invite, body)
    call.expect(200)
    return call, answered.wait()


def hang_up(who, call, answered):
    one, other = call.phone, answered.phone
    if who == "caller":
        one.send(call.text("BYE", sequence=9))
        other.reply(other.expect("BYE"), 200)
        one.expect(200, cseq=["9", "BYE"])
    else:
        other.send(answered.text("BYE"))
        one.reply(one.expect("BYE"), 200)
        other.expect(lambda m: m.status == 200 and m.cseq[1] == "BYE")


@pytest.mark.parametrize("transport", ["udp", "tls", "ws"])
@pytest.mark.parametrize("who", ["caller", "callee"])
def test_a_call_to_another_domain_and_both_hang_up(world, caller, callee, transport, who):
    one, other = caller(transport), callee()
    call, answered = talk(one, other)
    invite = answered.invite
    assert f"sip:{one.name}@social.localhost" in invite.get("From") and invite.uri.startswith("sip:bob")
    assert "a=crypto:" in invite.body and "RTP/SAVP" in invite.body  # SRTP towards the other domain, whatever the phone speaks
    assert eventually(lambda: world.status()["calls"] == 1)
    hang_up(who, call, answered)
    assert eventually(lambda: world.status()["calls"] == 0)


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_a_call_to_another_domain_goes_on_after_a_kill_and_both_hang_up(world, caller, callee, who):
    one, other = caller(), callee()
    call, answered = talk(one, other)
    assert eventually(lambda: world.kept("run/calls.sqlite", "SELECT state FROM dialog WHERE callid = ?", call.call_id) == [(4,)])
    world.stop(kill=True)
    world.start()
    assert world.status()["calls"] == 1
    stranger = Phone(world, "eve", "none", "tls")
    stolen = Answered.__new__(Answered)
    stolen.__dict__ = {**answered.__dict__, "phone": stranger, "sequence": answered.sequence + 50,
                       "routes": [re.sub(";w=[^;>]*", "", route) for route in answered.routes if str(world.tls_port) in route]}
    stranger.own_tag = other.own_tag
    assert stranger.ask(stolen.text("BYE")).status == 481
    stranger.close()
    hang_up(who, call, answered)
    assert eventually(lambda: world.status()["calls"] == 0)


def test_neither_side_learns_where_the_other_is(world, caller, callee):
    one, other = caller("tls"), callee()
    call = dial(one, other.name)
    invite = other.ring()
    ringing = call.expect(180)
    answered = Answered(other, invite, headers=["Server: far 1.0", "Warning: 399 far x"])
    answer = call.expect(200)
    answered.wait()
    for word in (one.host, one.agent, call.call_id):
        assert word not in invite.text, word
    for message in (ringing, answer):
        assert other.host not in message.text and "far 1.0" not in message.text and "Warning" not in message.text
        assert AT not in message.text and str(world.far.port) not in message.text
    again = call.text("INVITE", body=SDP, sequence=20)
    one.send(again)
    offered = other.expect("INVITE")
    assert other.contact.strip("<>").split(";")[0] in offered.uri  # the other side's own address, by its own routes
    other.reply(offered, 200, body=SDP)
    call.sequence = 20
    one.expect(200, cseq=["20", "INVITE"])
    one.send(call.text("ACK"))
    other.expect("ACK")
    one.send(call.text("BYE", sequence=30))
    other.reply(other.expect("BYE"), 200)


def test_what_becomes_of_a_call_that_nobody_takes(world, caller, callee):
    one, other = caller(), callee()
    for status, told in ((486, 486), (603, 603), (302, 480), (401, 480), (503, 480)):
        call = dial(one, other.name)
        other.reply(other.expect("INVITE"), status, "Words", headers=["Contact: <sip:x@127.0.0.1>"] if status == 302 else [])
        call.expect(told)
    assert dial(one, "unknown").expect(404)
    call = dial(one, other.name)
    invite = other.ring()
    call.expect(180)
    assert call.cancel().status == 200
    other.reply(other.expect("CANCEL"), 200)
    other.reply(invite, 487, "Request Terminated")
    call.expect(487)
    assert eventually(lambda: world.status()["ringing"] == 0)


def test_who_cannot_prove_to_be_the_domain_is_not_believed(world, caller):
    one, other = caller(), caller()
    unsigned = dial(other, "bob", UNSIGNED)
    answer = dial(one, "bob", LIAR).expect(502)
    assert unsigned.expect(502, timeout=9).start == answer.start
    assert answer.start.endswith("Other Domain Cannot Be Called")


# In what an answer may differ from what it should say, and still be one for who only looks at the branch of its Via.
FORGERIES = {"nothing": {}, "Call-ID": {"Call-ID": "another"}, "known Call-ID": {}, "no Call-ID": {"Call-ID": None}, "From": {"From": "<sip:x@y>;tag=z"},
             "CSeq": {"Call-ID": "another", "CSeq": "7 INVITE"}, "headers": {"Call-ID": "another"}}


@pytest.mark.parametrize("status", [183, 200, 486])
@pytest.mark.parametrize("what", FORGERIES)
def test_no_answer_under_another_call_id_is_believed(world, caller, what, status):
    one = caller()
    call = dial(one, "bob", FORGED)
    line, invite = world.forger.expect("INVITE")
    changed = {"Call-ID": call.call_id} if what == "known Call-ID" else FORGERIES[what]
    line.send(answer(invite, status, changed, SDP if status < 300 else "", ["Contact: <sip:eve@203.0.113.5>", "Reason: forged"] +
                     (["Contact: <"] if what == "headers" else [])))
    refused = call.expect(status, 480, 502, timeout=9)
    assert refused.start.endswith("502 Other Domain Cannot Be Called"), refused.text
    assert "forged" not in refused.text and "203.0.113" not in refused.text and not refused.body
    assert eventually(lambda: world.status()["calls"] + world.status()["ringing"] == 0)
    assert one.hears_nothing(200, 0.1)


def test_no_name_leads_into_our_own_network(world, caller):
    one = caller()
    started = time.monotonic()
    assert dial(one, "bob", NEAR_US).expect(502)
    assert dial(one, "bob", NOBODY).expect(502)
    assert time.monotonic() - started < 5
    world.inside.settimeout(0.2)
    with pytest.raises(TimeoutError):
        world.inside.accept()
    for uri in ("sip:bob@127.0.0.2", f"sip:bob@{FAR}:5061", f"sip:bob@{FAR};maddr=127.0.0.1:1", "sip:bob@localhost", f"sip:{FAR}"):
        assert one.call("bob", uri=uri).expect(403, 484, 400)


@pytest.mark.parametrize("transport", ["tls", "tcp"])
def test_no_name_leads_to_a_phone_by_the_connection_that_it_made(world, caller, transport):
    one, rung = caller(), caller(transport, source=AT)
    world.names.calls["behind.example"] = ("sip.behind.example", rung.line.address[1], AT)
    assert dial(one, rung.name, "behind.example").expect(502, timeout=9).start.endswith("Other Domain Cannot Be Called")
    assert rung.hears_nothing("INVITE", 0.1)
    assert rung.register().status == 200, "its connection was closed"


def test_a_stranger_at_the_other_domain_cannot_reach_into_the_call(world, caller, callee):
    one, other = caller(), callee()
    call, answered = talk(one, other)
    for transport in ("udp", "tls"):
        stranger = Phone(world, "eve", "none", transport)
        for routes in ([], [re.sub(";w=[^;>]*", "", route) for route in answered.routes],
                       [re.sub(";w=[^;>]*", f";w={secrets.token_hex(16)}", route) for route in answered.routes]):
            stolen = Answered.__new__(Answered)
            stolen.__dict__ = {**answered.__dict__, "phone": stranger, "routes": [r for r in routes if str(world.tls_port) in r],
                               "sequence": answered.sequence + 50}
            stranger.own_tag = other.own_tag
            assert stranger.ask(stolen.text("BYE")).status == 481
        stranger.close()
    assert one.hears_nothing("BYE", 0.1)
    one.send(call.text("BYE", sequence=9))
    other.reply(other.expect("BYE"), 200)


@pytest.mark.parametrize("state", ["ringing", "talking"])
def test_a_revocation_ends_the_call(world, caller, callee, state):
    one, other = caller(), callee()
    if state == "talking":
        talk(one, other)
    else:
        call = dial(one, other.name)
        invite = other.ring()
        call.expect(180)
    world.projection.revoke(one.device)
    assert world.follow() == 2
    if state == "talking":
        other.reply(other.expect("BYE"), 200)
    else:
        other.reply(other.expect("CANCEL"), 200)
        other.reply(invite, 487, "Request Terminated")
        call.expect(480)
    assert eventually(lambda: world.status()["calls"] + world.status()["ringing"] == 0)


def test_a_member_calls_other_domains_twenty_times_a_minute_at_most(world, caller):
    one = caller()
    for _ in range(20):
        dial(one, "bob", NEAR_US).expect(502)
    assert "Other Domains" in dial(one, "bob", NEAR_US).expect(503).start


def test_a_member_has_one_question_to_name_servers_at_a_time(world, caller):
    one, other = caller(), caller()
    with world.names.silent_for("slow.example"):
        waiting = dial(one, "bob", "slow.example")
        assert world.names.is_asked.wait(5)
        refused = dial(one, "bob", NOBODY).expect(503)
        assert refused.start.endswith("Another Call To Another Domain Is Being Made") and refused.get("Retry-After")
        assert dial(other, "bob", NOBODY).expect(502)
    assert waiting.expect(502, timeout=15)
    assert dial(one, "bob", NOBODY).expect(502)


def test_no_sound_goes_where_the_other_domain_must_not_send_it(world, caller, callee):
    """Its SDP names this machine; what the member says goes to the address that was proved instead, and no STUN to its candidates."""
    one, other = caller(), callee()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inside, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as proved:
        inside.bind(("127.0.0.1", 0))
        port = inside.getsockname()[1]
        proved.bind((AT, port))
        call = dial(one, other.name)
        invite = other.ring()
        call.expect(180)
        number = re.search(r"a=crypto:(\d+) AES_CM_128_HMAC_SHA1_80 ", invite.body).group(1)
        key = f"a=crypto:{number} AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n"
        body = SDP.replace("40000 RTP/AVP", f"{port} RTP/SAVP") + key + (
            f"a=ice-ufrag:abcd\r\na=ice-pwd:{'p' * 24}\r\na=candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host\r\n")
        answered = Answered(other, invite, body)
        answer = call.expect(200)
        answered.wait()
        where = int(re.search(r"^m=audio (\d+)", answer.body, re.M).group(1))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as talker:
            talker.bind(("127.0.0.1", 0))
            proved.settimeout(0.05)
            heard = b""
            for number in range(60):
                talker.sendto(bytes([0x80, 0]) + number.to_bytes(2, "big") + (160 * number).to_bytes(4, "big") + b"abcd" + b"\x55" * 160,
                              ("127.0.0.1", where))
                try:
                    heard = proved.recv(2000)
                    break
                except TimeoutError:
                    pass
            assert len(heard) > 172, "nothing was heard where it should be"
        inside.settimeout(0.2)
        with pytest.raises(TimeoutError):
            inside.recv(2000)


def srtp(sdp, suite="AES_CM_128_HMAC_SHA1_80"):
    """The number and the key of what an SDP offers of it (RFC 4568)."""
    number, key = re.search(rf"a=crypto:(\d+) {suite} inline:([A-Za-z0-9+/=]+)", sdp).groups()
    return number, base64.b64decode(key + "=" * (-len(key) % 4))


def test_sound_goes_both_ways_and_is_encrypted_towards_the_other_domain(world, caller, callee):
    one, other = caller(), callee()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as theirs:
        ours.bind(("127.0.0.1", 0))
        theirs.bind((AT, 0))
        call = one.call(other.name, SDP.replace("40000", str(ours.getsockname()[1])), uri=f"sip:{other.name}@{FAR}")
        invite = other.ring()
        call.expect(180)
        number, key = srtp(invite.body)
        own = os.urandom(30)
        Answered(other, invite, SDP.replace("127.0.0.1", AT).replace("40000 RTP/AVP", f"{theirs.getsockname()[1]} RTP/SAVP") +
                 f"a=crypto:{number} AES_CM_128_HMAC_SHA1_80 inline:{base64.b64encode(own).decode()}\r\n")
        answer = call.expect(200)
        other.expect("ACK")
        port = lambda sdp: int(re.search(r"^m=audio (\d+)", sdp, re.M).group(1))
        session = lambda key, kind: Session(Policy(key=key, ssrc_type=kind))
        out, back = session(own, Policy.SSRC_ANY_OUTBOUND), session(key, Policy.SSRC_ANY_INBOUND)
        heard = {}
        for sequence in range(100):
            packet = lambda word: bytes([0x80, 0]) + sequence.to_bytes(2, "big") + (160 * sequence).to_bytes(4, "big") + word + b"\x55" * 160
            ours.sendto(packet(b"ours"), ("127.0.0.1", port(answer.body)))
            theirs.sendto(out.protect(packet(b"them")), ("127.0.0.1", port(invite.body)))
            for name, line in (("ours", ours), ("theirs", theirs)):
                line.settimeout(0.02)
                with contextlib.suppress(TimeoutError):
                    heard[name] = line.recv(2000)
            if len(heard) == 2:
                break
        assert heard["ours"].endswith(b"them" + b"\x55" * 160)
        assert b"\x55" * 20 not in heard["theirs"] and back.unprotect(heard["theirs"]).endswith(b"ours" + b"\x55" * 160)
    one.send(call.text("BYE", sequence=9))
    other.reply(other.expect("BYE"), 200)
