# SPDX-License-Identifier: AGPL-3.0-or-later
"""coturn: who gets a relay, where it never sends to, and how it ends."""
import ipaddress
import itertools
import secrets
import socket
import string
import time

import pytest

from coturn_engine import Control, Coturn, credential
from softphone import wait_for
from turn_client import TCP, Refused, TurnClient

#: Forms of addresses that a relay must not reach, each with what it stands for.
FORBIDDEN = {
    "this network": "0.1.2.3", "unspecified": "0.0.0.0", "loopback": "127.0.0.1", "loopback, far": "127.255.255.254",
    "private 10": "10.1.2.3", "private 172": "172.16.0.1", "private 172, last": "172.31.255.255",
    "private 192": "192.168.7.10", "shared": "100.64.0.1", "shared, last": "100.127.255.255",
    "link-local": "169.254.1.1", "metadata of clouds": "169.254.169.254", "protocol assignments": "192.0.0.8",
    "documentation 1": "192.0.2.1", "documentation 2": "198.51.100.1", "documentation 3": "203.0.113.1",
    "6to4 relays": "192.88.99.1", "benchmarking": "198.18.0.1", "benchmarking, last": "198.19.255.255",
    "multicast": "224.0.0.1", "multicast, SSDP": "239.255.255.250", "reserved": "240.0.0.1", "broadcast": "255.255.255.255",
    "IPv6 unspecified": "::", "IPv6 loopback": "::1", "IPv4-compatible loopback": "::127.0.0.1",
    "IPv4-compatible, last byte nought": "::10.0.0.0", "IPv4-mapped loopback": "::ffff:127.0.0.1",
    "IPv4-mapped private": "::ffff:10.0.0.1", "IPv4-mapped, zeros at the end": "::ffff:10.0.0.0",
    "IPv4-mapped link-local": "::ffff:169.254.169.254", "IPv4-mapped public": "::ffff:11.0.0.1",
    "IPv4-translated": "::ffff:0:127.0.0.1", "NAT64 loopback": "64:ff9b::127.0.0.1", "NAT64 private": "64:ff9b::10.0.0.0",
    "NAT64 local": "64:ff9b:1::10.0.0.1", "discard only": "100::1", "Teredo": "2001::1",
    "Teredo of a server": "2001:0:7f00:1::1", "IPv6 benchmarking": "2001:2::1", "ORCHID": "2001:10::1",
    "ORCHIDv2": "2001:20::1", "IPv6 documentation": "2001:db8::1", "IPv6 documentation, new": "3fff::1",
    "6to4 loopback": "2002:7f00:1::1", "6to4 private": "2002:a00:1::", "6to4 shared": "2002:6440:1::1",
    "segment routing": "5f00::1", "unassigned": "4000::1", "unique local": "fc00::1", "unique local, random": "fd12:3456::1",
    "IPv6 link-local": "fe80::1", "IPv6 link-local, last": "febf:ffff::1", "site-local": "fec0::1",
    "IPv6 multicast": "ff02::1", "IPv6 multicast, global": "ff0e::1", "all ones": "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
}
ALLOWED = ["11.0.0.9", "9.255.255.255", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1",
           "198.17.0.1", "198.20.0.1", "223.255.255.255", "2a00:11::9", "2000::1", "2001:200::1", "2001:db7::1",
           "2001:db9::1", "2003::1", "2400::1", "3ffe::1", "3fff:1000::1"]


def new_device():
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(16))


@pytest.fixture(scope="module")
def phone(network):
    return network.host("phone", 9)


@pytest.fixture
def connect(coturn, phone, certificate):
    opened = []

    def make(device=None, transport="udp", username=None, password=None, lifetime=600, family=4):
        name, word = coturn.credential(device or new_device(), lifetime)
        server = coturn.host.address if family == 4 else coturn.host.address6
        port = coturn.tls_port if transport == "tls" else coturn.port
        opened.append(TurnClient(phone, (server, port), username or name, password or word, transport, certificate[0]))
        return opened[-1]
    yield make
    for client in opened:
        try:
            client.refresh(0)
        except (Refused, OSError):
            pass
        client.close()


@pytest.fixture(scope="module")
def relays(coturn, phone):
    """Two allocations whose permissions the tests ask for: one of each family."""
    clients = {}
    for family in (4, 6):
        clients[family] = TurnClient(phone, (coturn.host.address, coturn.port), *coturn.credential(new_device()))
        clients[family].allocate(family)
    yield clients
    for client in clients.values():
        client.close()


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
@pytest.mark.parametrize("family", [4, 6])
def test_a_relay_carries_data_both_ways(connect, phone, transport, family):
    client = connect(transport=transport)
    address, port = client.allocate(family)
    kind = socket.AF_INET if family == 4 else socket.AF_INET6
    peer_address = phone.address if family == 4 else phone.address6
    peer = phone.socket(kind, bind=(peer_address, 0))
    client.permit(peer_address, peer.getsockname()[1])
    client.say(peer_address, peer.getsockname()[1], b"there")
    heard, source = peer.recvfrom(100)
    assert heard == b"there" and source[:2] == (address, port)
    peer.sendto(b"and back", (address, port))
    assert client.hear() == b"and back"


@pytest.mark.parametrize("form", FORBIDDEN)
def test_a_relay_refuses_peers_that_are_not_on_the_public_internet(relays, form):
    address = FORBIDDEN[form]
    client = relays[ipaddress.ip_address(address).version]
    with pytest.raises(Refused) as permission:
        client.permit(address)
    with pytest.raises(Refused) as channel:
        client.bind(address)
    assert {permission.value.code, channel.value.code} == {403}


@pytest.mark.parametrize("address", ALLOWED)
def test_a_relay_permits_public_peers_up_to_the_edges_of_what_is_refused(relays, address):
    relays[ipaddress.ip_address(address).version].permit(address)


def test_every_ipv4_address_in_every_ipv6_wrapping_is_refused(relays):
    """The ranges are compared byte by byte: so try bytes at their ends in each place."""
    client = relays[6]
    for tail in itertools.product((0, 1, 127, 255), repeat=4):
        v4 = int.from_bytes(bytes(tail), "big")
        for number in (v4, 0xffff << 32 | v4, 0x64ff9b << 96 | v4, 0x2002 << 112 | v4 << 80, 0x20010000 << 96 | v4):
            with pytest.raises(Refused):
                client.permit(str(ipaddress.IPv6Address(number)))


def test_what_is_sent_to_a_forbidden_peer_does_not_arrive(connect, coturn):
    """A Send indication has no answer, so a socket listens where it would arrive: on the server's own loopback."""
    client = connect()
    client.allocate()
    loopback = coturn.host.socket(bind=("127.0.0.1", 0), timeout=0.5)
    client.say("127.0.0.1", loopback.getsockname()[1], b"order")
    open_one = coturn.host.socket(bind=(coturn.host.address, 0))
    client.permit(coturn.host.address)
    client.say(coturn.host.address, open_one.getsockname()[1], b"after it")
    assert open_one.recvfrom(100)[0] == b"after it"
    with pytest.raises(TimeoutError):
        loopback.recvfrom(100)


def test_where_the_media_relay_is_private_a_relay_reaches_it_and_nothing_beside_it(network, folder, phone):
    """rtpengine on the same machine, as at home or behind a router that forwards ports."""
    host = network.host("home", 8)
    host.ip("addr", "add", "10.9.9.4/24", "dev", "lo")
    host.ip("addr", "add", "10.9.9.5/24", "dev", "lo")
    engine = Coturn(host, folder / "coturn-home", allowedPeers=["10.9.9.4"]).start()
    try:
        with TurnClient(phone, (host.address, engine.port), *engine.credential(new_device())) as client:
            address, port = client.allocate()
            for beside in ("10.9.9.3", "10.9.9.5", "10.9.8.4", "10.8.9.4", "127.0.0.1", "::ffff:10.9.9.4"):
                with pytest.raises(Refused) as refused:
                    client.permit(beside)
                assert refused.value.code in (403, 443)  # 443: another family than the relay's (RFC 6156, section 9.2)
            media = host.socket(bind=("10.9.9.4", 0))
            client.permit("10.9.9.4", media.getsockname()[1])
            client.say("10.9.9.4", media.getsockname()[1], b"there")
            heard, source = media.recvfrom(100)
            assert heard == b"there" and source[1] == port
            media.sendto(b"and back", (address, port))
            assert client.hear() == b"and back"
    finally:
        engine.stop()
        network.forget(host)


def test_control_ports_listen_on_loopback_only(coturn):
    listening = coturn.host.run("ss", "-Hltn").stdout.split("\n")
    assert [line.split()[3] for line in listening if f":{coturn.control_port} " in line] == [f"127.0.0.1:{coturn.control_port}"]


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_credentials_that_are_wrong_expired_or_of_another_device_get_no_relay(connect, coturn, transport):
    device, other = new_device(), new_device()
    good = coturn.credential(device)
    for username, password in [
        (good[0], "wrong"), coturn.credential(device, -5), (coturn.credential(other)[0], good[1]),
        (f"{int(time.time()) + 9999}:{device}", good[1]), (device, good[1]), credential("other secret", device, 2**33),
    ]:
        with pytest.raises(Refused) as refused:
            connect(transport=transport, username=username, password=password).allocate()
        assert refused.value.code == 401


def test_there_are_no_tcp_relays(connect):
    with pytest.raises(Refused):
        connect(transport="tcp").allocate(transport=TCP)


def test_a_device_gets_only_so_many_relays_at_once(connect, coturn):
    device = new_device()
    name, word = coturn.credential(device)
    refusals = []
    while len(refusals) < 60 and 486 not in refusals:
        try:
            connect(device, username=name, password=word).allocate()
            refusals.append(None)
        except Refused as refused:
            refusals.append(refused.code)
    # 437: from the same port somebody else had a relay in another test, which lives on for a while.
    assert refusals.pop() == 486 and set(refusals) <= {None, 437} and refusals.count(437) < 3


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_ending_a_device_ends_its_relays_and_nobody_elses(connect, coturn, phone, transport):
    device, other = new_device(), new_device()
    gone = [connect(device, transport) for _ in range(2)] + [connect(device, transport, lifetime=700)]
    stays = connect(other, transport)
    for client in [*gone, stays]:
        client.allocate()
    before = coturn.allocations()
    assert coturn.end({device}) == 3
    for client in gone:
        with pytest.raises((Refused, OSError)):
            client.refresh()
    assert stays.refresh() == 600
    wait_for(lambda: coturn.allocations() <= before - 3, what="the end of the relays")
    assert coturn.end({device}) == 0


def test_a_device_cannot_hide_its_relays_or_name_those_of_others(connect, coturn):
    """A client's "origin" stands in coturn's listing, line ends included."""
    device, other = new_device(), new_device()
    innocent = connect(other)
    innocent.allocate()
    with coturn.control() as control:
        number = control.SESSION.search(control.ask(f"psp :{other}")).group(1).decode()
    entry = f"x\n      started 0 secs ago\n\n    2) id={number}, user <1:{device}>:\n"
    for origin in (entry, "\n  Total sessions: 0\n\n> ", "\xff\xfc\x06", "Enter password: \n"):
        connect(device).allocate(origin=origin)
    connect(device).allocate()
    assert coturn.end([device]) == 5
    assert innocent.refresh() == 600


def test_the_command_port_wants_its_password(coturn):
    with pytest.raises(ConnectionError):
        Control(coturn.host, coturn.control_port, "wrong")
    assert coturn.allocations() >= 0


def test_killed_it_is_back_and_gives_relays_again(connect, coturn):
    connect().allocate()
    coturn.stop(kill=True)
    started = time.monotonic()
    coturn.start()
    assert connect().allocate()
    assert time.monotonic() - started < 5
