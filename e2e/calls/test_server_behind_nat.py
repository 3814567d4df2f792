# SPDX-License-Identifier: AGPL-3.0-or-later
"""The engines on a machine with a private address, to which a router forwards ports: as a server at home has it."""
import pytest
from talking import call, talk
from turn_client import Refused, TurnClient

from softphone import wait_for


@pytest.fixture(scope="module")
def server(network):
    return network.server_behind_nat(253, "server")


@pytest.mark.parametrize("transports", [("udp", "tls"), ("tcp", "udp")], ids=lambda pair: " to ".join(pair))
def test_phones_outside_call_each_other_and_have_audio(phone, member, rtpengine, nothing_left, transports):
    caller, callee = (phone(member().devices[0], transport) for transport in transports)
    call(caller, callee)
    talk(rtpengine, caller, callee)
    callee.command("reinvite")
    talk(rtpengine, caller, callee)
    caller.command("hangup")
    callee.wait("CALL_CLOSED")


def test_a_phone_behind_another_nat_calls_and_is_called(phone, member, network, rtpengine, nothing_left):
    inside_host, = network.behind_nat(252, ["inside"])
    inside, outside = phone(member().devices[0], "udp", inside_host), phone(member().devices[0], "tls")
    for caller, callee in ((inside, outside), (outside, inside)):
        call(caller, callee)
        talk(rtpengine, caller, callee)
        callee.command("hangup")
        caller.wait("CALL_CLOSED")
        wait_for(lambda: callee.calls() == 0, what="the end of the call")


def test_relays_are_at_the_public_address_and_reach_the_machine_but_not_its_network(network, server, coturn):
    client = TurnClient(network.host("outside", 30), (server.public, coturn.port), *coturn.credential("abcdefghjkmnpq01"))
    with client:
        address, port = client.allocate()
        assert address == server.public
        client.permit("11.0.0.30")
        client.permit(server.address)  # rtpengine is there, and it has no other address
        for neighbour in ("192.168.7.1", "192.168.7.11", "127.0.0.1", "10.0.0.1"):
            with pytest.raises(Refused):
                client.permit(neighbour)
