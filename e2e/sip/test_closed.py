# SPDX-License-Identifier: AGPL-3.0-or-later
"""Closed by default: who is not a party gets nothing through, and nobody speaks in another's name."""
import re
import socket

import pytest
from sip_client import SDP, talk
from sip_lines import Closed, WebSocket


@pytest.fixture
def elsewhere():
    """A SIP listener of a stranger, who must never hear anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.3)
        yield listener
        try:
            assert not listener.recv(4096), "something was relayed"
        except TimeoutError:
            pass


def at(listener):
    return f"127.0.0.1:{listener.getsockname()[1]}"


def relays(server, elsewhere, offline):
    """Headers of requests that want to be relayed to a stranger."""
    us, them = f"127.0.0.1:{server.port}", at(elsewhere)
    for target in (f"sip:x@{them}", f"sip:{offline.name}@social.localhost;maddr={them}", f"sip:x@{us};alias={them.replace(':', '~')}~1"):
        for routes in ([f"<sip:{us};lr>"], [f"<sip:{us};lr>", f"<sip:{them};lr>"], [f"<sip:{them};lr>"], [f"<sip:{us};lr;did=1.1>"],
                       [f"<sip:{us};lr>, <sip:{us};lr>, <sip:{them}>"], []):
            yield target, [f"Route: {route}" for route in routes]


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "BYE", "INFO", "UPDATE", "NOTIFY", "REFER", "ACK"])
def test_no_open_relay_with_to_tags_and_routes(server, member, phone, elsewhere, method):
    alice = member()
    one = phone(alice.devices[0], register=True)
    for target, routes in relays(server, elsewhere, member()):
        for to in (f"<sip:x@{at(elsewhere)}>;tag=abc", f"<{target}>"):
            text = one.request(method, target, to=to, headers=routes, call_id=None, body=SDP if method == "INVITE" else "")
            if method == "ACK":
                one.send(text)
                continue
            answer = one.ask(text)
            assert answer.status in (481, 405, 407, 404) or (method == "OPTIONS" and answer.status == 200), answer
            if answer.status == 407:
                proved = one.request(method, target, to=to, headers=[*routes, one.proof(answer, method, target)], body=SDP)
                assert one.ask(proved).status in (403, 480, 404, 482)


@pytest.mark.parametrize("method", ["MESSAGE", "SUBSCRIBE", "PUBLISH", "REFER", "NOTIFY", "INFO", "FOO", "BYE", "UPDATE", "PRACK"])
def test_nothing_but_calls_outside_a_dialog(server, member, phone, method):
    alice, bob = member(), member()
    one, other = phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)
    to = f"<sip:{bob.name}@social.localhost>"
    answer = one.ask(one.request(method, f"sip:{bob.name}@social.localhost", to=to, headers=["Refer-To: <sip:x@y>"]))
    assert answer.status == 405 and "INVITE" in answer.get("Allow")
    assert other.hears_nothing(method, 0.1)


@pytest.mark.parametrize("method", ["MESSAGE", "SUBSCRIBE", "PUBLISH", "FOO"])
def test_no_messages_within_a_call_either(server, member, phone, method):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)
    call, _ = talk(caller, callee, bob)
    assert call.within(method).status == 405
    assert callee.hears_nothing(method, 0.1)


def test_only_signed_in_members_call_and_only_as_themselves(server, member, phone):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)
    for sender in (f"<sip:{bob.name}@social.localhost>", "<sip:nobody@social.localhost>", "<sip:social.localhost>",
                   f"<sip:{alice.name}.x@social.localhost>"):
        call = caller.call(bob.name, sender=sender)
        call.expect(403)
    for sender in (f"<sip:{alice.name}@elsewhere.example>", "<sip:x@127.0.0.1>", "<tel:+4930123>"):
        assert caller.call(bob.name, sender=sender).refused.status in (403, 400)
    stranger = phone(alice.devices[0], password="wrong")
    stranger.call(bob.name).expect(407)
    assert callee.hears_nothing("INVITE", 0.2)


def test_asserted_identities_of_the_caller_are_taken_out(server, member, phone):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)
    claims = [f"{name}: <sip:president@social.localhost>" for name in
              ("P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "Identity", "Diversion", "History-Info")]
    caller.call(bob.name, headers=[*claims, "p-asserted-identity: <sip:x@y>", "Call-Info: <http://evil.example/x.jpg>;purpose=icon"])
    invite = callee.expect("INVITE")
    assert "president" not in invite.text and "evil" not in invite.text and "x@y" not in invite.text
    assert not invite.get("Proxy-Authorization") and "response=" not in invite.text


def test_other_domains_are_refused_with_a_clear_answer(server, member, phone):
    caller = phone(member().devices[0], register=True)
    for uri in ("sip:bob@elsewhere.example", "sip:bob@127.0.0.1", "sips:bob@elsewhere.example", "sip:bob@social.localhost.evil.example"):
        answer = caller.call("bob", uri=uri).expect(403)
        assert answer.start.endswith("Calls To Other Domains Are Not Possible"), answer.start


def test_a_stranger_cannot_reach_into_a_call(server, member, phone):
    """With everything that an eavesdropper knows: Call-ID, tags, routes, and another member's password."""
    alice, bob, mallory = member(), member(), member()
    caller, callee = phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)
    call, answered = talk(caller, callee, bob)
    stranger = phone(mallory.devices[0], register=True)
    call.phone = stranger
    stranger.sequence = 50
    for method in ("BYE", "INVITE", "REFER", "INFO", "UPDATE"):
        call.sequence += 10
        refused = stranger.ask(call.text(method, body=SDP if method == "INVITE" else ""))
        assert refused.status == 407
        call.sequence += 1
        proof = stranger.proof(refused, method, call.target)
        assert stranger.ask(call.text(method, headers=[proof])).status in (481, 403)
    stranger.send(call.text("ACK"))
    assert callee.hears_nothing(lambda m: m.method, 0.3)
    call.phone = caller
    caller.send(call.text("BYE", sequence=200))
    callee.reply(callee.expect("BYE"), 200)
    caller.expect(200, cseq=["200", "BYE"])


def test_a_party_cannot_use_its_call_to_reach_elsewhere(server, member, phone, elsewhere):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)
    call, _ = talk(caller, callee, bob)
    them = at(elsewhere)
    targets = (f"sip:x@{them}", f"sip:x@127.0.0.1;alias={them.replace(':', '~')}~1", f"sip:x@localhost;maddr={them}")
    for number, target in enumerate(targets):
        caller.send(call.text("INFO", uri=target, sequence=20 + number))
        callee.reply(callee.expect("INFO"), 200)  # it goes to the other party, whatever its Request-URI says
    call.routes = [*call.routes, f"<sip:{them};lr>"]
    caller.send(call.text("INFO", sequence=40))
    callee.reply(callee.expect("INFO"), 200)


def test_dialogs_that_do_not_exist_or_with_changed_tags_are_481(server, member, phone):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)
    call, _ = talk(caller, callee, bob)
    good = call.to, call.tag, call.call_id, list(call.routes)
    for change in (lambda: setattr(call, "to", re.sub("tag=.*", "tag=xyz", call.to)), lambda: setattr(call, "tag", "xyz"),
                   lambda: setattr(call, "call_id", "xyz"), lambda: setattr(call, "routes", [])):
        change()
        assert call.within("BYE").status == 481
        call.to, call.tag, call.call_id, call.routes = good
    assert callee.hears_nothing("BYE", 0.1)


def test_only_our_own_page_opens_a_web_socket(server):
    for origin in ("https://evil.example", "null", "http://chat.social.localhost:8443", "https://chat.social.localhost:8443.evil.example",
                   ""):
        assert " 403 " in WebSocket(server, origin=origin).handshake.splitlines()[0] + " "
    assert " 101 " in WebSocket(server).handshake.splitlines()[0] + " "


def test_sip_does_not_come_in_through_the_doors_of_http(server, member, phone):
    for port in (server.ws_port, server.control_port):
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.settimeout(0.5)
            one = phone(member().devices[0])
            plain.sendall(one.request("OPTIONS").replace("SIP/2.0/UDP", "SIP/2.0/TCP").encode())
            try:
                assert plain.recv(4096) == b""
            except TimeoutError:
                pass


def test_control_needs_its_token(server):
    for path in ("/follow", "/status", "/registrations/alice", "/x"):
        for token in ("", "wrong", server.token + "x", "0" * 64):
            assert server.ask("POST" if path == "/follow" else "GET", path, token=token)[0] == 403
    for method, path in (("GET", "/follow"), ("POST", "/status"), ("GET", "/x"), ("GET", "/registrations/a'b"), ("GET", "/"),
                         ("POST", "/RPC"), ("GET", "/registrations/")):
        assert server.ask(method, path)[0] == 404
    with pytest.raises((OSError, Closed)):
        WebSocket(type("Control", (), {"ws_port": server.control_port}))
        raise OSError  # an answer that is no handshake is as good


@pytest.mark.parametrize("call_id", ["a b c", "a\tb", "x" * 300, "a - - talking 0 b"])
def test_a_call_id_that_could_be_mistaken_is_refused(server, member, phone, call_id):
    """By it a call is found again that has to end."""
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)
    callee_uri = f"sip:{bob.name}@social.localhost"
    answer, headers = None, []
    for _ in range(2):  # also with a password
        answer = caller.ask(caller.request("INVITE", callee_uri, to=f"<{callee_uri}>", call_id=call_id, headers=headers))
        if answer.status == 407:
            headers = [caller.proof(answer, "INVITE", callee_uri)]
    assert answer.status == 400
    assert callee.hears_nothing("INVITE", 0.1)
