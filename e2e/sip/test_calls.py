# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls between members: all devices ring, one answers, the others stop; and what a call goes through until it ends."""
import itertools

import pytest
from sip_client import talk

TRANSPORTS = ["udp", "tcp", "tls", "ws"]


@pytest.mark.parametrize("transport,other", itertools.product(TRANSPORTS, TRANSPORTS))
def test_a_call_from_any_transport_to_any_other(server, member, phone, transport, other):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], transport, register=True), phone(bob.devices[0], other, register=True)
    before = server.status()["calls"]
    call, answered = talk(caller, callee, bob)
    assert server.status()["calls"] == before + 1
    bye = call.text("BYE", sequence=9)
    caller.send(bye)
    callee.reply(callee.expect("BYE"), 200)
    assert caller.expect(200, cseq=["9", "BYE"])
    assert server.status()["calls"] == before
