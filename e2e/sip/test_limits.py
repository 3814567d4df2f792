# SPDX-License-Identifier: AGPL-3.0-or-later
"""Scanners, floods and guessing are met with silence, and the member whose name or address they use still gets in."""
import socket
import time

import pytest
from sip_client import Phone, eventually
from sip_lines import TCP, TLS, Closed, WebSocket


@pytest.fixture(scope="module")
def limited(sip_folder):
    from kamailio_engine import Kamailio
    kamailio = Kamailio(sip_folder / "limited", above=740, sourceLimit=60, guessLimit=10, connections=60,
                        arguments=["-A", "IDLE_WEB_SECONDS=30"])
    try:
        kamailio.start()
        # For the last test here, which would else have to wait for half a minute.
        kamailio.opened, kamailio.silent = time.monotonic(), [kind(kamailio, source="127.0.10.1") for kind in (TCP, TLS)]
        device = kamailio.projection.add_member("settled").devices[0]
        kamailio.idle = WebSocket(kamailio, source="203.0.113.10")
        kamailio.settled = Phone(kamailio, "settled", device.password, "tls", source="127.0.10.2")
        assert kamailio.settled.register().status == 200
        yield kamailio
    finally:
        kamailio.stop()


@pytest.fixture
def server(limited):
    yield limited
    assert limited.process.poll() is None, "Kamailio has ended"
    assert limited.complaints() == []


def guess(one):
    """One wrong guess; whether it was answered."""
    challenge = one.ask(one.request("REGISTER"))
    one.send(one.request("REGISTER", headers=[one.proof(challenge, "REGISTER", "sip:social.localhost", password="wrong")]))
    return not one.hears_nothing(401, 0.3)


def test_guessing_a_members_password_is_met_with_silence_and_the_member_gets_in(server, member, phone):
    alice = member(server=server)
    known = phone(alice.devices[0], server=server, source="127.0.1.1", register=True)
    # From many addresses, so that only the name can tell.
    answered = [guess(phone(alice.devices[0], server=server, source=f"127.0.2.{number}")) for number in range(1, 16)]
    assert answered == [True] * 10 + [False] * 5
    assert known.register().status == 200
    assert phone(alice.devices[0], server=server, source="127.0.1.2").register().status == 200


def test_an_unknown_name_is_guarded_in_the_same_way(server, member, phone):
    device = member(server=server).devices[0]
    answered = [guess(phone(device, server=server, name="no_such_member", source=f"127.0.3.{number}")) for number in range(1, 16)]
    assert answered == [True] * 10 + [False] * 5


def test_one_source_that_tries_many_names_is_met_with_silence_and_members_behind_it_get_in(server, member, phone):
    device = member(server=server).devices[0]
    answered = [guess(phone(device, server=server, name=f"user{number}", source="127.0.4.1")) for number in range(15)]
    assert answered == [True] * 10 + [False] * 5
    assert phone(device, server=server, source="127.0.4.1").register().status == 200


def test_a_flood_is_dropped_by_source_and_others_do_not_notice(server, member, phone):
    alice = member(server=server)
    good = phone(alice.devices[0], server=server, source="127.0.5.1", register=True)
    flood = phone(alice.devices[0], server=server, source="127.0.5.2")
    for _ in range(300):
        flood.send(flood.request("OPTIONS"))
    assert flood.expect(200) and good.register().status == 200
    assert eventually(lambda: not server.process.poll() and len(flood.inbox) >= 29)
    flood.hears_nothing(lambda m: m.status != 200, 0.2)
    heard = 1 + sum(message.status == 200 for message in flood.inbox)
    assert 30 <= heard <= 130, heard
    assert good.register().status == 200
    # A flood that carries the address of a good phone does not shut it out.
    spoofed = phone(alice.devices[0], server=server, source="127.0.5.1")
    for _ in range(300):
        spoofed.send(spoofed.request("OPTIONS"))
    assert good.register().status == 200


SCANNERS = ["friendly-scanner", "sipvicious", "SIPVicious 0.3", "sipcli/v1.8", "pplsip", "VaxSIPUserAgent/3.1"]


@pytest.mark.parametrize("agent", SCANNERS)
def test_scanners_that_say_so_hear_nothing_and_cannot_ban_anybody(server, member, phone, agent):
    alice, source = member(server=server), f"127.0.6.{SCANNERS.index(agent) + 1}"
    scanner = phone(alice.devices[0], server=server, agent=agent, source=source)
    scanner.send(scanner.request("REGISTER"))
    scanner.send(scanner.request("OPTIONS"))
    assert scanner.hears_nothing(lambda m: m.status, 0.3)
    assert phone(alice.devices[0], server=server, source=source).register().status == 200


def test_a_web_client_is_counted_by_its_own_address(server, member, phone):
    """All of them come from the reverse proxy; one that guesses does not use up the others' answers."""
    device = member(server=server).devices[0]
    answered = [guess(phone(device, "ws", server=server, name=f"web{number}", source="203.0.113.66")) for number in range(15)]
    assert answered == [True] * 10 + [False] * 5
    assert guess(phone(device, "ws", server=server, name="web_other", source="203.0.113.67"))


def test_devices_that_are_registered_are_limited(server, member, phone):
    """An app that was restarted takes its own place; many contacts at once are refused."""
    alice = member(server=server)
    for number in range(5):
        assert phone(alice.devices[0], server=server, source=f"127.0.7.{number + 1}").register().status == 200
    assert len(server.registrations(alice)) == 1
    for number in range(5):
        instance = phone(alice.devices[0], server=server, source=f"127.0.7.{number + 1}")
        instance.contact += f';+sip.instance="<urn:uuid:{number}>"'
        assert instance.register().status == 200
    assert len(server.registrations(alice)) <= 3
    many = phone(alice.devices[0], server=server, source="127.0.7.9")
    many.contact = ", ".join(f"<sip:x@127.0.0.1:{port}>" for port in range(2000, 2040))
    assert many.register().status == 400
    many.contact = ", ".join(f"<sip:x@127.0.0.1:{port}>" for port in range(2000, 2003))
    assert many.register().status == 200
    assert len(server.registrations(alice)) <= 6


def test_an_expiry_is_brought_within_bounds(server, member, phone):
    alice = member(server=server)
    one = phone(alice.devices[0], server=server, source="127.0.8.1")
    for asked, granted in ((1, 300), (100000, 600), (2**32 - 1, 600)):
        assert one.register(expires=asked).status == 200
        assert granted - 3 <= server.registrations(alice)[0]["expires"] - time.time() <= granted + 1
    assert one.register(expires=0).status == 200
    assert server.registrations(alice) == []


@pytest.mark.alone
@pytest.mark.parametrize("transport,kind", [("tcp", TCP), ("ws", WebSocket)])
def test_slow_and_silent_connections_hold_up_nobody_and_are_closed(server, member, phone, transport, kind):
    alice = member(server=server)
    slow = [kind(server, source="127.0.9.1" if transport == "tcp" else "203.0.113.1") for _ in range(10)]
    if transport == "tcp":
        for number, line in enumerate(slow):
            line.socket.sendall(b"REGISTER sip:social.localhost SIP/2.0\r\nVia: SIP/2.0/TCP x"[:10 + number * 4])
    started = time.monotonic()
    assert phone(alice.devices[0], transport, server=server).register().status == 200
    assert time.monotonic() - started < 1
    for line in slow:
        line.close()


def test_more_connections_than_allowed_are_closed_and_udp_goes_on(server, member, phone):
    alice = member(server=server)
    lines = []
    try:
        for _ in range(80):
            line = socket.create_connection(("127.0.0.1", server.port), timeout=2)
            line.settimeout(0.5)
            lines.append(line)
        assert phone(alice.devices[0], server=server, source="127.0.9.2").register().status == 200
        assert eventually(lambda: sum(is_closed(line) for line in lines) >= 20, 3)
    finally:
        for line in lines:
            line.close()
    assert eventually(lambda: registers_by_tcp(server, phone, alice.devices[0]), 5)


def registers_by_tcp(server, phone, device):
    try:
        return phone(device, "tcp", server=server, source="127.0.9.3").register().status == 200
    except (TimeoutError, OSError):
        return False


def is_closed(line):
    try:
        line.settimeout(0.01)
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def test_a_connection_that_never_signs_in_is_closed_after_half_a_minute(server):
    left = 40 - (time.monotonic() - server.opened)
    for line in server.silent:
        line.socket.settimeout(max(left, 1))
        assert line.socket.recv(1) == b""
    assert server.settled.register().status == 200 and not server.settled.closed


def test_a_web_socket_that_answers_pings_and_never_signs_in_is_closed_too(server, member, phone):
    settled = phone(member(server=server).devices[0], "ws", server=server, source="203.0.113.11", register=True)
    neighbour = phone(member(server=server).devices[0], "ws", server=server, source="203.0.113.11")  # of the same household
    server.idle.socket.settimeout(40)
    with pytest.raises((Closed, ConnectionError)):
        while True:
            server.idle.receive()  # answers pings
    assert not neighbour.wait_closed(45)
    assert neighbour.ask(neighbour.request("OPTIONS")).status == 200
    assert settled.register().status == 200 and not settled.closed
