# SPDX-License-Identifier: AGPL-3.0-or-later
"""Logins by every mechanism, with any of a member's devices, and who is refused."""
import hashlib
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from certificates import certificate_for, make_certificates
from OpenSSL import crypto
from raw import Raw
from server import Prosody
from viewers import jid, online

MECHANISMS = ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]


def sign_in(raw, mechanism, name, password):
    raw.open()
    return raw.plain_login(name, password) if mechanism == "PLAIN" else raw.scram(name, password, mechanism)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_each_device_of_a_member_signs_in_to_the_same_address(member, connect, mechanism):
    alice = member(devices=2)
    for device in alice.devices:
        raw = connect()
        assert sign_in(raw, mechanism, alice.name, device.password) == "success"
        raw.open()
        assert raw.bind().startswith(alice.name + "@social.localhost/")


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_the_last_of_twenty_devices_signs_in(member, connect, mechanism):
    many = member(devices=20)
    assert sign_in(connect(), mechanism, many.name, many.devices[-1].password) == "success"


@pytest.mark.parametrize("tls,binding", [(1.3, "tls-exporter"), (1.2, "tls-unique")])
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"])
def test_channel_binding_is_offered_and_checked(member, connect, tls, binding, mechanism):
    alice = member(devices=2)

    def data(raw):
        if binding == "tls-exporter":
            return raw.conn.export_keying_material(b"EXPORTER-Channel-Binding", 32, b"")
        return raw.conn.get_finished()

    for device in alice.devices:
        raw = connect(tls)
        features = raw.open()
        assert mechanism in features and binding in features
        assert raw.scram(alice.name, device.password, mechanism, f"p={binding},,", data(raw)) == "success"
    raw = connect(tls)
    raw.open()
    assert "malformed-request" in raw.scram(alice.name, alice.devices[0].password, mechanism, f"p={binding},,", b"x" * 32)
    raw = connect(tls)
    raw.open()  # a client that was made to believe that there is no channel binding
    assert "malformed-request" in raw.scram(alice.name, alice.devices[0].password, mechanism.replace("-PLUS", ""), "y,,")
    raw = connect(tls)
    raw.open()
    wrong = "tls-unique" if binding == "tls-exporter" else "tls-exporter"
    assert "malformed-request" in raw.scram(alice.name, alice.devices[0].password, mechanism, f"p={wrong},,", b"x" * 12)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"])
@pytest.mark.parametrize("tls", [1.2, 1.3])
def test_the_certificate_serves_as_a_channel_binding(server, member, connect, mechanism, tls):
    """For clients that can have neither of the others (XEP-0440, section 4)."""
    alice, binding = member(), "tls-server-end-point"

    def shown(raw):
        return hashlib.sha256(crypto.dump_certificate(crypto.FILETYPE_ASN1, raw.conn.get_peer_certificate())).digest()
    raw = connect(tls)
    assert f"type='{binding}'" in raw.open()
    assert raw.scram(alice.name, alice.devices[0].password, mechanism, f"p={binding},,", shown(raw)) == "success"
    raw = connect(tls)
    raw.open()
    assert "malformed-request" in raw.scram(alice.name, alice.devices[0].password, mechanism, f"p={binding},,", hashlib.sha256(b"x").digest())


def test_a_renewed_certificate_serves_from_the_reload_on(folder):
    """Before it, the old one is still shown, and must go on to serve."""
    server = Prosody(folder / "renewing", base_port=5222 + 14500).start()
    alice = server.projection.add_member("alice")

    def signs_in():
        raw = Raw(server)
        raw.open()
        shown = crypto.dump_certificate(crypto.FILETYPE_ASN1, raw.conn.get_peer_certificate())
        data = hashlib.sha256(shown).digest()
        assert raw.scram("alice", alice.devices[0].password, "SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,", data) == "success"
        raw.close()
        return shown
    try:
        first = signs_in()
        for name in ("chain.pem", "key.pem"):
            (server.folder / "tls" / name).unlink()
        for path in make_certificates(server.folder / "tls", [server.domain]):
            if server.as_user:
                shutil.chown(path, server.as_user)
        assert signs_in() == first
        server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while signs_in() == first:
            assert time.monotonic() < deadline
    finally:
        server.stop()


def test_the_hash_of_the_certificate_is_that_of_its_signature(tmp_path):
    """RFC 5929, section 4.1."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    library = Path(__file__).resolve().parents[2] / "share/prosody/modules/mod_auth_trunkline/binding.lib.lua"
    curve, wide = ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)
    for key, algorithm, wanted in [(curve, hashes.SHA384(), "sha384"), (curve, hashes.SHA256(), "sha256"), (wide, hashes.SHA512(), "sha512"),
                                   (wide, hashes.SHA256(), "sha256"), (ed25519.Ed25519PrivateKey.generate(), None, None)]:
        certificate = certificate_for(["x.example"], key, algorithm=algorithm)
        path = tmp_path / "chain.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) * 2)
        script = f"""
package.path, package.cpath = "/usr/lib/prosody/?.lua;" .. package.path, "/usr/lib/prosody/?.so;" .. package.cpath
module = {{ get_option = function () return {{ certificate = "{path}" }} end, hook_global = function () end, log = print }}
local socket = {{ info = function () return {{ protocol = "TLSv1.3" }} end }}
local bind = dofile("{library}")({{ encrypted = true, conn = {{ socket = function () return socket end }} }})["tls-server-end-point"]
io.write(bind and bind():gsub(".", function (c) return ("%02x"):format(c:byte()) end) or "none")"""
        found = subprocess.run(["lua5.4", "-e", script], capture_output=True, text=True, check=True).stdout
        der = certificate.public_bytes(serialization.Encoding.DER)
        assert found == (hashlib.new(wanted, der).hexdigest() if wanted else "none")


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_wrong_revoked_foreign_and_unknown_look_alike(server, member, connect, mechanism):
    alice, bob = member(devices=2), member()
    revoked = alice.devices[1]
    server.projection.revoke(revoked)
    tries = [(alice.name, "wrong"), (alice.name, revoked.password), (alice.name, bob.devices[0].password),
             ("nobody-has-this-name", "wrong")]
    answers = {sign_in(connect(), mechanism, name, password) for name, password in tries}
    assert len(answers) == 1 and "<not-authorized/>" in answers.pop()


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_expired_is_told_only_to_who_knows_the_password(server, member, connect, mechanism):
    alice = member()
    old = server.projection.add_device(alice, expires=time.time() - 10)
    assert "<credentials-expired/>" in sign_in(connect(), mechanism, alice.name, old.password)
    answer = sign_in(connect(), mechanism, alice.name, "wrong")
    assert "<not-authorized/>" in answer and "expired" not in answer


def test_a_member_without_devices_and_a_removed_member_are_refused(server, member, connect):
    alice, bob = member(devices=0), member()
    server.projection.remove(bob)
    assert "<not-authorized/>" in sign_in(connect(), "SCRAM-SHA-256", alice.name, "x")
    assert "<not-authorized/>" in sign_in(connect(), "SCRAM-SHA-256", bob.name, bob.devices[0].password)


def test_names_are_case_folded(member, connect):
    alice = member()
    assert sign_in(connect(), "SCRAM-SHA-256", alice.name.upper(), alice.devices[0].password) == "success"


def test_nobody_may_act_for_another(member, connect):
    alice, bob = member(), member()
    for authzid, wanted in [(f"{alice.name}@social.localhost", "success"), (f"{bob.name}@social.localhost", "invalid-authzid")]:
        raw = connect()
        raw.open()
        assert wanted in raw.scram(alice.name, alice.devices[0].password, header=f"n,a={authzid},")


def test_plain_is_not_offered_before_tls(server):
    import socket
    with socket.create_connection(("127.0.0.1", server.c2s)) as plain:
        plain.sendall(b"<stream:stream to='social.localhost' version='1.0' xmlns='jabber:client' "
                      b"xmlns:stream='http://etherx.jabber.org/streams'>")
        seen = b""
        while b"</stream:features>" not in seen:
            seen += plain.recv(4096)
        assert b"mechanism" not in seen and b"starttls" in seen
        plain.sendall(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>")
        assert b"encryption-required" in plain.recv(4096)


def test_what_is_written_to_a_member_who_has_no_device_waits_for_the_first(server, member, connect):
    writer, newcomer = member(), member(devices=0)
    raw = online(connect, writer)
    raw.send(f"<message type='chat' id='early' to='{jid(newcomer)}'><body>welcome</body></message>")
    assert raw.silent("type=['\"]error['\"]")
    phone = server.projection.add_device(newcomer)
    raw = connect().login(phone, "phone")
    raw.send("<presence/>")
    raw.expect("<body>welcome</body>")
