# SPDX-License-Identifier: AGPL-3.0-or-later
"""Chat apps that call by Jingle: they find TURN at the chat server, and coturn takes the password that they find there."""

import asyncio
import socket
from xml.etree import ElementTree

import pytest
from aioice import stun
from aioice.turn import create_turn_endpoint
from people import DOMAIN, leave, signed_in

EXTERNAL_SERVICES = "urn:xmpp:extdisco:2"


def test_a_chat_app_finds_turn_is_let_in_and_put_out_with_its_device(trial, member, run):
    alice = member("caller", devices=1)

    async def story():
        client = alice.client()
        await signed_in(client)
        request = client.make_iq_get(ito=DOMAIN)
        request.append(ElementTree.Element(f"{{{EXTERNAL_SERVICES}}}services"))
        answer = await request.send()
        services = {(one.get("type"), one.get("transport")): one for one in answer.xml.iter(f"{{{EXTERNAL_SERVICES}}}service")}
        await leave(client)
        assert {kind for kind, _ in services} == {"stun", "turn", "turns"}
        assert int(services["turns", "tcp"].get("port")) == trial.port("turn_tls")
        turn = services["turn", "udp"]
        address = socket.getaddrinfo(turn.get("host"), None)[0][4][0], int(turn.get("port"))
        assert address[1] == trial.port("turn") and turn.get("username").endswith(":" + alice.devices[0].id)
        transport, _ = await asyncio.wait_for(create_turn_endpoint(
            asyncio.DatagramProtocol, server_addr=address, username=turn.get("username"), password=turn.get("password")), 10)
        assert transport.get_extra_info("sockname")[1] > 0  # where the relay listens for the app
        relay = transport._TurnTransport__inner_protocol  # aioice has no other way to ask for a refresh

        async def refresh():
            request = stun.Message(message_method=stun.Method.REFRESH, message_class=stun.Class.REQUEST)
            request.attributes["LIFETIME"] = 600
            await relay.request_with_retry(request)

        await refresh()
        await asyncio.to_thread(alice.remove, alice.devices[0])
        with pytest.raises((stun.TransactionFailed, stun.TransactionTimeout)):
            async with asyncio.timeout(15):
                while True:
                    await refresh()
                    await asyncio.sleep(0.2)

    run(story())
