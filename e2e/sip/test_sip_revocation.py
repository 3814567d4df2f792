# SPDX-License-Identifier: AGPL-3.0-or-later
"""A revoked device is out in whatever it was doing, and only it; so is one whose password expires."""
import time

import pytest
from sip_client import SDP, Answered, eventually, talk

TRANSPORTS = ["udp", "tcp", "tls", "ws"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_registration_of_a_revoked_device_ends_and_its_connection_too(server, member, phone, transport):
    alice = member(devices=2)
    out, stays = phone(alice.devices[0], transport, register=True), phone(alice.devices[1], transport, register=True)
    server.projection.revoke(out_device := alice.devices[0])
    assert server.follow() == 1
    assert [one["device"] for one in server.registrations(alice)] == [alice.devices[0].id] != [out_device.id]
    if transport == "udp":
        assert out.register().status == 401
    else:
        assert out.wait_closed()
        assert phone(out_device, transport).register().status == 401
    assert stays.register().status == 200


def test_kamailio_follows_by_itself_within_seconds(server, member, phone):
    alice = member()
    phone(alice.devices[0], register=True)
    server.projection.remove(alice)
    assert eventually(lambda: server.registrations(alice) == [], 3)


@pytest.mark.parametrize("side", ["caller", "callee"])
@pytest.mark.parametrize("transport", ["udp", "tls"])
def test_a_call_of_a_revoked_device_ends_for_both(server, member, phone, side, transport):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], transport, register=True), phone(bob.devices[0], transport, register=True)
    before = server.status()["calls"]
    talk(caller, callee, bob)
    server.projection.revoke((alice if side == "caller" else bob).devices[0])
    assert server.follow() == 2  # the registration and the call
    stays = callee if side == "caller" else caller
    stays.reply(stays.expect("BYE"), 200)
    if transport == "udp":
        gone = caller if side == "caller" else callee
        gone.reply(gone.expect("BYE"), 200)
    assert eventually(lambda: server.status()["calls"] == before)


def test_a_revoked_device_that_rings_stops_and_the_call_is_over(server, member, phone):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)
    call = caller.call(bob.name)
    invite = callee.ring()
    call.expect(180)
    server.projection.revoke(bob.devices[0])
    assert server.follow() == 2
    call.expect(480)
    callee.reply(callee.expect("CANCEL"), 200)
    callee.reply(invite, 487, "Request Terminated")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_revoked_device_stops_ringing_while_the_others_go_on(server, member, phone, transport):
    alice, bob = member(), member(devices=2)
    caller = phone(alice.devices[0], register=True)
    out, stays = phone(bob.devices[0], transport, register=True), phone(bob.devices[1], register=True)
    call = caller.call(bob.name)
    invite, other = out.ring(), stays.ring()
    call.expect(180)
    call.expect(180)
    server.projection.revoke(bob.devices[0])
    assert server.follow() == 2
    if transport == "udp":
        cancel = out.expect("CANCEL")
        assert cancel.get("Via") == invite.get("Via") and cancel.uri == invite.uri
        out.reply(cancel, 200)
        out.reply(invite, 487, "Request Terminated")
        out.expect("ACK")
    else:
        assert out.wait_closed()
    answered = Answered(stays, other)
    call.expect(200)
    answered.wait()


def test_a_revoked_device_that_answers_in_the_same_moment_does_not_keep_the_call(server, member, phone):
    alice, bob = member(), member(devices=2)
    caller = phone(alice.devices[0], register=True)
    out, other = phone(bob.devices[0], register=True), phone(bob.devices[1], register=True)
    call = caller.call(bob.name)
    invite = out.ring()
    other.ring()
    call.expect(180)
    call.expect(180)
    server.projection.revoke(bob.devices[0])
    assert server.follow() == 2
    out.expect("CANCEL")
    out.reply(invite, 200, body=SDP)
    call.expect(200)
    caller.reply(caller.expect("BYE", 3), 200)
    out.reply(out.expect("BYE", 3), 200)


def test_a_call_that_a_revoked_device_placed_stops_ringing(server, member, phone):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)
    before = server.status()["ringing"]
    call = caller.call(bob.name)
    invite = callee.ring()
    call.expect(180)
    server.projection.revoke(alice.devices[0])
    assert server.follow() == 2
    call.expect(480)
    callee.reply(callee.expect("CANCEL"), 200)
    callee.reply(invite, 487, "Request Terminated")
    assert eventually(lambda: server.status()["ringing"] == before)


def test_a_device_that_is_not_registered_but_calls_is_ended_too(server, member, phone):
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], "tls"), phone(bob.devices[0], register=True)
    talk(caller, callee, bob)
    server.projection.revoke(alice.devices[0])
    assert server.follow() == 1
    callee.reply(callee.expect("BYE"), 200)


def test_all_calls_of_a_revoked_device_end_and_all_its_connections(server, member, phone):
    """Three that talk, two that ring, and three apps that share its password."""
    alice, bob = member(), member()
    caller, callee = phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)
    before = server.status()
    apps = []
    for number in range(3):
        apps.append(phone(alice.devices[0], "tls"))
        apps[-1].contact += f';+sip.instance="<urn:uuid:{number}>"'
        assert apps[-1].register().status == 200
    for _ in range(3):
        talk(caller, callee, bob)
    ringing = [caller.call(bob.name) for _ in range(2)]
    invites = [callee.ring() for _ in ringing]
    server.projection.revoke(alice.devices[0])
    assert server.follow() >= 5 + 1  # the calls, and its registrations, of which there are never more than three
    for _ in range(3):
        callee.reply(callee.expect("BYE"), 200)
        caller.reply(caller.expect("BYE"), 200)
    for call, invite in zip(ringing, invites):
        callee.reply(callee.expect("CANCEL"), 200)
        callee.reply(invite, 487, "Request Terminated")
    assert all(app.wait_closed() for app in apps)
    assert eventually(lambda: [server.status()[key] for key in ("calls", "ringing")] == [before["calls"], before["ringing"]])


def test_a_password_that_expires_ends_registration_and_call(server, member, phone):
    alice, bob = member(expires=time.time() + 3), member()
    caller, callee = phone(alice.devices[0], register=True), phone(bob.devices[0], register=True)
    talk(caller, callee, bob)
    callee.reply(callee.expect("BYE", 6), 200)
    assert eventually(lambda: server.registrations(alice) == [])
    assert caller.register().status == 401


def test_a_lease_that_is_renewed_goes_on(server, member, phone):
    """That of a web client which is registered and in a call. It gets another password with it. Not renewed again, both end in time."""
    lease, bob = time.time() + 4, member()
    alice = member(expires=lease)
    device = alice.devices[0]
    browser, callee = phone(device, "ws", register=True), phone(bob.devices[0], register=True)
    before = server.status()["calls"]
    talk(browser, callee, bob)
    device.expires, device.password = int(lease) + 4, "another password"
    server.projection.save(alice)
    assert server.follow() == 0
    assert eventually(lambda: time.time() > lease + 1.2, 6)  # Kamailio has looked by itself since
    assert len(server.registrations(alice)) == 1 and server.status()["calls"] == before + 1
    browser.password = device.password
    assert browser.register().status == 200
    callee.reply(callee.expect("BYE", 8), 200)
    assert 0 <= time.time() - device.expires < 3
    assert browser.wait_closed()
    assert eventually(lambda: server.registrations(alice) == [] and server.status()["calls"] == before)


def test_a_trimmed_change_log_and_a_new_epoch_make_kamailio_check_everything(server, member, phone):
    alice, bob = member(), member()
    for one in (alice, bob):
        phone(one.devices[0], register=True)
    server.count_ended()
    db = server.projection.db
    db.execute("DELETE FROM credentials WHERE name = ?", (alice.name,))
    server.projection.write()
    server.projection.write()
    db.execute("DELETE FROM changes")
    assert server.follow() == 1 and server.registrations(alice) == []
    server.count_ended()
    db.execute("BEGIN IMMEDIATE")
    db.execute("DELETE FROM credentials WHERE name = ?", (bob.name,))
    db.execute("UPDATE position SET epoch = 'another', sequence = 0")
    db.execute("COMMIT")
    server.projection.say_epoch("another")
    assert server.follow() == 1 and server.registrations(bob) == []


def test_revoked_between_digest_check_and_saved_contact(own, member, phone):
    """This Kamailio waits a moment at that point, which only a test can ask it to (-A TEST_PAUSE)."""
    server = own(arguments=["-A", "TEST_PAUSE"])
    alice = member(server=server)
    one = phone(alice.devices[0], server=server)
    challenge = one.ask(one.request("REGISTER"))
    one.send(one.request("REGISTER", headers=[one.proof(challenge, "REGISTER", "sip:social.localhost")]))
    assert eventually(lambda: "Pausing" in server.log.read_text(errors="replace"))
    server.projection.revoke(alice.devices[0])
    assert server.follow() == 0
    assert one.expect(lambda m: m.status and m.status >= 200 and m.cseq[0] == "2").status == 401
    assert server.registrations(alice) == [] and server.status()["registrations"] == 0
