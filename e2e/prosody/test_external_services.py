# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a device finds STUN and TURN (XEP-0215), with a password that a real coturn takes for an hour at most."""
import asyncio
import base64
import hashlib
import hmac
import shutil
import socket
import subprocess
import time
from datetime import datetime
from xml.etree import ElementTree

import pytest
from aioice.stun import TransactionFailed
from aioice.turn import create_turn_endpoint
from client import Client
from server import DOMAIN, Prosody, free_ports
from test_services import run

XMLNS = "urn:xmpp:extdisco:2"
SECRET = "a secret of the test"


@pytest.fixture(scope="module")
def server(folder):
    folder.mkdir(exist_ok=True)
    secret = folder / "turn.secret"
    secret.write_text(SECRET + "\n")
    udp, _ = free_ports(2, 3478 + 14000)
    prosody = Prosody(folder / "server", hasTurn=True, turnHost="turn." + DOMAIN, turnPort=udp, hasTurnTLS=True,
                      turnTLSPort=udp + 1, turnSecretFile=str(secret))
    prosody.secret = secret
    try:
        yield prosody.start()
        assert prosody.tracebacks() == []
    finally:
        prosody.stop()


def services_of(server, device, kind=None):
    """What the device is told, by (type, transport); and what it gets when it asks for credentials."""
    async def ask(client, verb, *children, **attributes):
        request = client.make_iq_get(ito=DOMAIN)
        element = ElementTree.Element(f"{{{XMLNS}}}{verb}", attributes)
        for child in children:
            element.append(ElementTree.Element(f"{{{XMLNS}}}service", child))
        request.append(element)
        answer = await request.send()
        return [one.attrib for one in answer.xml.iter(f"{{{XMLNS}}}service")]

    async def story():
        client = Client(server, device, "x")
        assert await client.sign_in() == "in"
        found = {(one["type"], one["transport"]): one for one in await ask(client, "services", **({"type": kind} if kind else {}))}
        found["asked"] = await ask(client, "credentials", {"type": "turn", "host": f"turn.{DOMAIN}"})
        await client.leave()
        return found
    return run(story())


def test_a_device_is_told_its_own_name_and_password_for_an_hour(server, member):
    alice = member(devices=2)
    names = set()
    for device in alice.devices:
        found = services_of(server, device)
        port = str(server.values["turnPort"])
        for kind, transport, at in (("turn", "udp", port), ("turn", "tcp", port), ("turns", "tcp", str(int(port) + 1))):
            one = found[kind, transport]
            assert (one["host"], one["port"]) == (f"turn.{DOMAIN}", at)
            expiry, name = one["username"].split(":")
            assert name == device.id and 3500 < int(expiry) - time.time() <= 3600
            assert one["password"] == base64.b64encode(hmac.digest(SECRET.encode(), one["username"].encode(), hashlib.sha1)).decode()
            assert datetime.fromisoformat(one["expires"]).timestamp() == int(expiry)
            names.add(name)
        for transport in ("udp", "tcp"):
            assert found["stun", transport]["port"] == port and "username" not in found["stun", transport]
        assert {one["username"].split(":")[1] for one in found["asked"]} == {device.id} and len(found["asked"]) == 2
    assert len(names) == 2
    assert set(services_of(server, alice.devices[0], kind="turns")) == {("turns", "tcp"), "asked"}


def test_no_password_outlives_the_device(server, member):
    alice = member()
    device = server.projection.add_device(alice, expires=int(time.time()) + 300)
    assert services_of(server, device)["turn", "udp"]["username"] == f"{device.expires}:{device.id}"


def test_without_a_secret_nobody_is_given_anything_but_stun(server, member):
    alice = member()
    server.secret.write_text(" \n")
    assert set(services_of(server, alice.devices[0])) == {("stun", "udp"), ("stun", "tcp"), "asked"}
    server.secret.rename(server.secret.with_suffix(".aside"))
    assert services_of(server, alice.devices[0])["asked"] == []
    server.secret.with_suffix(".aside").rename(server.secret)
    server.secret.write_text("another secret")
    assert services_of(server, alice.devices[0])["turn", "udp"]["password"]
    server.secret.write_text(SECRET)


@pytest.fixture
def coturn(server):
    assert shutil.which("turnserver"), "install coturn"
    folder = server.state / "coturn"
    folder.mkdir()
    if server.as_user:
        shutil.chown(folder, server.as_user)
    port = server.values["turnPort"]
    config = folder / "turnserver.conf"
    config.write_text(
        f"listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port={port}\nmin-port={port + 100}\nmax-port={port + 120}\n"
        f"use-auth-secret\nstatic-auth-secret={SECRET}\nrealm={DOMAIN}\nno-tls\nno-dtls\nno-cli\nallow-loopback-peers\n"
        f"log-file=stdout\nuserdb={folder}/db\npidfile={folder}/pid\n")
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(server.command("turnserver", "-c", str(config)), stdout=log, stderr=log)
    deadline = time.monotonic() + 15
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
    yield ("127.0.0.1", port)
    process.terminate()
    process.wait(10)


def test_coturn_takes_what_a_device_was_told(server, member, coturn):
    told = services_of(server, member().devices[0])["turn", "udp"]

    async def allocate(username, password):
        transport, _ = await create_turn_endpoint(asyncio.DatagramProtocol, server_addr=coturn, username=username, password=password)
        relayed = transport.get_extra_info("sockname")
        transport.close()
        return relayed

    async def story():
        assert (await allocate(told["username"], told["password"]))[0] == "127.0.0.1"
        expiry, device = told["username"].split(":")
        for name in (f"{int(expiry) + 3600}:{device}", f"{expiry}:{'x' * 16}", f"1:{device}"):
            with pytest.raises(TransactionFailed):
                await allocate(name, told["password"])
    run(story())
