# SPDX-License-Identifier: AGPL-3.0-or-later
"""Any live device's password registers, over each transport, and nothing else does."""
import time

import pytest

TRANSPORTS = ["udp", "tcp", "tls", "ws"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_two_devices_of_a_member_register_with_their_own_passwords(server, member, phone, transport):
    alice = member(devices=2)
    for device in alice.devices:
        answer = phone(device, transport).register()
        assert answer.status == 200, answer
    seen = server.registrations(alice)
    assert {one["device"] for one in seen} == {device.id for device in alice.devices}
    assert {one["transport"] for one in seen} == {transport}
    assert {one["address"] for one in seen} == {"203.0.113.9" if transport == "ws" else "127.0.0.1"}
    assert all(one["agent"] == "test phone" and 0 <= time.time() - one["since"] < 10 for one in seen)
    assert all(290 < one["expires"] - time.time() < 610 for one in seen)
