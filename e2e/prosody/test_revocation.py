# SPDX-License-Identifier: AGPL-3.0-or-later
"""Revoked means out: while online, hibernating, and in every gap of a login."""
import time

import pytest
from raw import SM, Closed, Scram

SIGNED_OUT = r"<stream:error>.*?not-authorized.*?</stream:error>"


def closed(raw):
    """The stream ended with a reason, and the connection with it."""
    raw.expect(SIGNED_OUT)
    with pytest.raises(Closed):
        raw.expect(r"<never/>")
    return True


def alive(raw):
    return raw.silent(r"<stream:error")


def resume(raw, device, token):
    raw.open()
    assert raw.scram(device.member.name, device.password) == "success"
    raw.open()
    raw.send(f"<resume xmlns='{SM}' previd='{token}' h='0'/>")
    return raw.expect(r"<resumed|<failed.*?</failed>|<failed[^>]*/>|<stream:error>.*?</stream:error>").group()


def test_revoking_ends_the_streams_of_that_device_only(server, member, connect):
    alice = member(devices=2)
    phone, laptop = alice.devices
    first, second, other = connect().login(phone), connect().login(phone), connect().login(laptop)
    server.projection.revoke(phone)
    assert server.follow() == 2
    assert closed(first) and closed(second) and alive(other)
    raw = connect()
    raw.open()
    assert "<not-authorized/>" in raw.scram(alice.name, phone.password)


@pytest.mark.alone
def test_prosody_follows_by_itself_within_seconds(server, member, connect):
    alice = member(devices=2)
    raw, other = connect().login(alice.devices[0]), connect().login(alice.devices[1])
    start = time.monotonic()
    server.projection.revoke(alice.devices[0])
    assert closed(raw) and alive(other)
    assert time.monotonic() - start < 2.5


def test_a_removed_member_is_out(server, member, connect):
    alice, bob = member(devices=2), member()
    raws = [connect().login(device) for device in alice.devices]
    other = connect().login(bob.devices[0])
    server.projection.remove(alice)
    assert server.follow() == 2
    assert all(closed(raw) for raw in raws) and alive(other)


def test_a_password_that_expires_while_online_ends_its_stream(server, member, connect):
    alice = member()
    soon = server.projection.add_device(alice, expires=time.time() + 2)
    raw, other = connect().login(soon), connect().login(alice.devices[0])
    assert closed(raw) and alive(other)


def test_a_lease_that_is_extended_goes_on(server, member, connect):
    alice = member()
    soon, witness = (server.projection.add_device(alice, expires=time.time() + 2) for _ in range(2))
    raw, other = connect().login(soon), connect().login(witness)
    soon.expires = time.time() + 60
    server.projection.save(alice)
    server.follow()
    assert closed(other), "past the first expiry"
    assert alive(raw)


def test_revoked_between_the_two_steps_of_scram(server, member, connect):
    alice = member(devices=2)
    raw = connect()
    raw.open()
    scram = Scram("sha256", alice.name, alice.devices[0].password)
    challenge = raw.begin("SCRAM-SHA-256", scram)
    server.projection.revoke(alice.devices[0])
    assert "<not-authorized/>" in raw.finish(scram, challenge)


@pytest.mark.parametrize("told", [True, False])
def test_revoked_between_proof_and_bind(server, member, connect, told):
    alice = member(devices=2)
    raw = connect()
    raw.open()
    assert raw.scram(alice.name, alice.devices[0].password) == "success"
    raw.open()
    server.projection.revoke(alice.devices[0])
    if told:
        assert server.follow() == 1
    else:
        raw.send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
    assert closed(raw) and "<jid>" not in raw.buffer


def test_a_hibernating_stream_of_a_revoked_device_is_gone(server, member, connect):
    alice = member(devices=2)
    phone, laptop = alice.devices
    raw = connect().login(phone)
    token = raw.enable_resumption()
    raw.drop()
    deadline = time.monotonic() + 5
    while server.status()["hibernating"] == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.status()["hibernating"] == 1
    server.projection.revoke(phone)
    assert server.follow() == 1 and server.status()["hibernating"] == 0
    assert "item-not-found" in resume(connect(), laptop, token)


@pytest.mark.parametrize("told", [True, False])
def test_resuming_does_not_revive_a_revoked_device(server, member, connect, told):
    phone, laptop = member(devices=2).devices
    raw = connect().login(phone)
    token = raw.enable_resumption()
    raw.drop()
    server.projection.revoke(phone)
    if told:
        server.follow()
    assert "item-not-found" in resume(connect(), laptop, token)


def test_revoked_while_resuming_from_another_device(server, member, connect):
    alice = member(devices=2)
    raw = connect().login(alice.devices[0])
    token = raw.enable_resumption()
    raw.drop()
    other = connect()
    other.open()
    assert other.scram(alice.name, alice.devices[1].password) == "success"
    other.open()
    server.projection.revoke(alice.devices[1])
    other.send(f"<resume xmlns='{SM}' previd='{token}' h='0'/>")
    assert closed(other) and "<resumed" not in other.buffer


def test_a_resumed_stream_belongs_to_the_device_that_resumed_it(server, member, connect):
    phone, laptop = member(devices=2).devices
    raw = connect().login(phone)
    token = raw.enable_resumption()
    raw.drop()
    other = connect()
    assert resume(other, laptop, token) == "<resumed"
    server.follow()
    server.projection.revoke(phone)
    assert server.follow() == 0 and alive(other)
    server.projection.revoke(laptop)
    assert server.follow() == 1 and closed(other)


def test_a_failed_resumption_leaves_no_stream_behind(server, member, connect):
    alice = member(devices=2)
    before = server.status()["sessions"]
    assert "item-not-found" in resume(connect(), alice.devices[1], "nothing")
    other = connect()
    other.open()
    assert other.scram(alice.name, alice.devices[1].password) == "success"
    other.drop()
    assert server.status()["sessions"] == before


def test_a_trimmed_change_log_and_a_new_epoch_make_prosody_check_everything(server, member, connect):
    alice, bob = member(devices=2), member()
    raw, other, third = connect().login(alice.devices[0]), connect().login(alice.devices[1]), connect().login(bob.devices[0])
    projection = server.projection
    revoked = alice.devices.pop(0)
    projection.db.execute("BEGIN IMMEDIATE")
    projection.db.execute("UPDATE members SET devices = ? WHERE name = ?", (alice.row()[-1], alice.name))
    projection.db.execute("UPDATE position SET sequence = sequence + 20")
    projection.db.execute("DELETE FROM changes")
    projection.db.execute("COMMIT")
    assert server.follow() == 1 and closed(raw) and alive(other) and alive(third)
    assert revoked not in alice.devices
    projection.db.execute("BEGIN IMMEDIATE")
    alice.devices.clear()
    projection.db.execute("UPDATE members SET devices = '' WHERE name = ?", (alice.name,))
    projection.db.execute("UPDATE position SET epoch = 'restored'")
    projection.db.execute("COMMIT")
    assert server.follow() == 1 and closed(other) and alive(third)
