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


def test_what_a_device_registered_before_goes_when_its_app_starts_again(server, member, phone):
    alice = member(devices=2)
    other = phone(alice.devices[1], register=True)
    one = phone(alice.devices[0], register=True)
    for start in range(3):
        before = one.contact
        if start < 2:  # at a new port, and at the same with a new registration
            one = phone(alice.devices[0])
        one.call_id = f"start{start}-{before}".replace("<", "").replace(">", "")
        assert one.register().status == one.register().status == 200
        assert sorted(each["device"] for each in server.registrations(alice)) == sorted(device.id for device in alice.devices)
    assert other.register(expires=0).status == one.register(expires=0).status == 200
    assert server.registrations(alice) == []


def test_a_phone_that_signs_out_of_all_its_contacts_leaves_none(server, member, phone):
    alice = member()
    before = server.status()["registrations"]
    apps = []
    for number in range(3):
        apps.append(phone(alice.devices[0]))
        apps[-1].contact += f';+sip.instance="<urn:uuid:{number}>"'
        assert apps[-1].register().status == 200
    assert server.status()["registrations"] == before + 3
    apps[0].contact = "*"
    assert apps[0].register(expires=0).status == 200
    assert server.registrations(alice) == [] and server.status()["registrations"] == before


@pytest.mark.parametrize(("header", "parameter"), [("0", ""), ("00", ""), ("600", ";expires=0"), ("600", ';expires="00"')])
def test_a_phone_that_signs_out_is_not_counted_any_more(server, member, phone, header, parameter):
    alice = member()
    before = server.status()["registrations"]
    one = phone(alice.devices[0], register=True)
    one.contact += parameter
    assert one.register(expires=header).status == 200
    assert server.registrations(alice) == [] and server.status()["registrations"] == before
