# SPDX-License-Identifier: AGPL-3.0-or-later
"""The trial's parts for calls: each answers where it should, and only who may commands them."""

import grp
import os
import socket
import stat
import subprocess
import time

import pytest


def ask_by_udp(port, question, seconds=10):
    """Sends a datagram until it is answered; the answer."""
    with socket.socket(type=socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.5)
        asking.connect(("127.0.0.1", port))
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                asking.send(question)
                return asking.recv(4096)
            except (TimeoutError, ConnectionRefusedError):
                continue
    raise AssertionError(f"nobody answered at UDP port {port}")


def options(name, transport):
    return (
        f"OPTIONS sip:{name} SIP/2.0\r\nVia: SIP/2.0/{transport} 127.0.0.1;rport;branch=z9hG4bK{time.monotonic_ns()}\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:probe@{name}>;tag=a\r\nTo: <sip:{name}>\r\nCall-ID: {time.monotonic_ns()}\r\n"
        "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n").encode()


def test_the_parts_of_calls_answer_where_they_should(trial):
    name = trial.report["hosts"]["domain"]
    assert ask_by_udp(trial.port("sip"), options(name, "UDP")).startswith(b"SIP/2.0 200 ")
    with socket.create_connection(("127.0.0.1", trial.port("sip")), timeout=20) as stream:
        stream.sendall(options(name, "TCP"))
        assert stream.recv(4096).startswith(b"SIP/2.0 200 ")
    with socket.create_connection(("127.0.0.1", trial.port("sip_tls")), timeout=20) as plain:
        with trial.tls().wrap_socket(plain, server_hostname=name) as stream:
            stream.sendall(options(name, "TLS"))
            assert stream.recv(4096).startswith(b"SIP/2.0 200 ")
    # RFC 8489: a binding request, and a success with the same transaction.
    answer = ask_by_udp(trial.port("turn"), bytes.fromhex("000100002112a442") + b"twelve bytes")
    assert answer[:2] == b"\x01\x01" and answer[8:20] == b"twelve bytes"
    with socket.create_connection(("127.0.0.1", trial.port("turn_tls")), timeout=20) as plain:
        with trial.tls().wrap_socket(plain, server_hostname=name) as stream:
            stream.sendall(bytes.fromhex("000100002112a442") + b"twelve bytes")
            assert stream.recv(4096)[:2] == b"\x01\x01"
    assert ask_by_udp(trial.port("rtpengine_ng"), b"a d7:command4:pinge") == b"a d6:result4:ponge"


def test_the_control_of_calls_wants_its_token(trial):
    import requests

    url = f"http://127.0.0.1:{trial.port('sip_control')}"
    token = (trial.state / "secrets/sip-control.token").read_text().strip()
    for headers in ({}, {"X-Trunkline-Token": ""}, {"X-Trunkline-Token": token[:-1]}, {"X-Trunkline-Token": token + "x"}):
        assert requests.get(f"{url}/status", headers=headers, timeout=20).status_code == 403
    answer = requests.get(f"{url}/status", headers={"X-Trunkline-Token": token}, timeout=20)
    assert answer.status_code == 200 and isinstance(answer.json()["registrations"], int)
    assert token not in (trial.state / "engines/kamailio/kamailio.cfg").read_text()


def try_writing_engines(trial, configuration, folder, **more):
    """`trunkline engines write`, as whoever runs the test."""
    environment = {**os.environ, "TRUNKLINE_SHARE": trial.report["share"], "LD_LIBRARY_PATH": trial.report["libraries"], **more}
    command = [trial.report["executable"], "engines", "write", "--to", folder, "--config", configuration]
    return subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True, timeout=60)


def write_engines(trial, configuration, folder):
    """The names of the files that `trunkline engines write` has written."""
    done = try_writing_engines(trial, configuration, folder)
    assert done.returncode == 0, done.stderr
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert names == {os.path.relpath(line, folder) for line in done.stdout.splitlines()}
    return names


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another group")
def test_written_by_root_what_holds_a_secret_is_for_its_engine_alone(trial, tmp_path):
    folder = tmp_path / "engines"
    names = write_engines(trial, trial.configuration, folder)
    secrets = {"coturn/turnserver.conf": "turnserver", "prosody/turn.secret": "prosody", "prosody/component.secret": "prosody"}
    assert {"kamailio/kamailio.cfg", "kamailio/tls.cfg", "rtpengine/rtpengine.conf", *secrets} < names
    hidden = [
        (trial.state / "secrets" / name).read_text().strip()
        for name in ("turn.secret", "turn-control.password", "sip-control.token")]
    for name in names:
        about = (folder / name).stat()
        if name in secrets:
            assert stat.S_IMODE(about.st_mode) == 0o640 and grp.getgrgid(about.st_gid).gr_name == secrets[name], name
        else:
            assert stat.S_IMODE(about.st_mode) == 0o644, name
            assert not any(secret in (folder / name).read_text() for secret in hidden), name


@pytest.mark.skipif(os.geteuid() != 0, reason="the trial's configuration is its own user's")
def test_a_site_without_calls_needs_none_of_their_keys_and_gets_none_of_their_files(trial, tmp_path):
    sections = trial.configuration.read_text().split("\n\n")
    chat_only = [section for section in sections if section.split(":")[0].strip() not in ("sip", "media", "turn")]
    assert len(chat_only) == len(sections) - 3
    configuration = tmp_path / "trunkline.yaml"
    configuration.write_text("\n\n".join(chat_only))
    names = write_engines(trial, configuration, tmp_path / "engines")
    assert names == {"prosody/prosody.cfg.lua", "prosody/component.secret", "nginx/nginx.conf", "nginx/trunkline.conf", "nginx/home-server.conf"}
    assert "/sip" not in (tmp_path / "engines/nginx/trunkline.conf").read_text()
    assert "trunkline_turn" not in (tmp_path / "engines/prosody/prosody.cfg.lua").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another group")
def test_nothing_is_written_while_nobody_says_whose_certificates_of_other_domains_are_believed(trial, tmp_path):
    folder, missing = tmp_path / "engines", tmp_path / "missing.crt"
    done = try_writing_engines(trial, trial.configuration, folder, TRUNKLINE__DISCOVERY__CA_FILE=str(missing))
    assert done.returncode == 1 and not folder.exists()
    assert f"calls.other_domains), but {missing} cannot be read" in done.stderr
    assert "Install the package ca-certificates, or set calls.other_domains to no." in done.stderr
    without = try_writing_engines(
        trial, trial.configuration, folder, TRUNKLINE__DISCOVERY__CA_FILE=str(missing), TRUNKLINE__CALLS__OTHER_DOMAINS="no")
    assert without.returncode == 0, without.stderr
    assert "#!define CALLS_LEAVE" not in (folder / "kamailio/kamailio.cfg").read_text()
    write_engines(trial, trial.configuration, folder)
    assert "#!define CALLS_LEAVE" in (folder / "kamailio/kamailio.cfg").read_text()


def test_each_missing_key_of_calls_is_named_with_what_switched_them_on(trial, tmp_path):
    sections = trial.configuration.read_text().split("\n\n")
    configuration = tmp_path / "trunkline.yaml"
    configuration.write_text("\n\n".join(section for section in sections if not section.startswith(("sip:", "media:", "turn:"))))
    environment = {
        **os.environ, "LD_LIBRARY_PATH": trial.report["libraries"], "TRUNKLINE__SIP__ENABLED": "yes", "TRUNKLINE__TURN__ENABLED": "yes"}
    done = subprocess.run(
        [trial.report["executable"], "config", "check", "--config", configuration], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    for key in ("sip.interfaces", "sip.certificate", "sip.certificate_key", "sip.control_token_file", "media.interfaces"):
        assert f"“{key}” is missing, and “sip.enabled” is on." in done.stderr
    for key in ("turn.interfaces", "turn.secret_file", "turn.control_password_file", "turn.certificate", "turn.certificate_key"):
        assert f"“{key}” is missing, and “turn.enabled” is on." in done.stderr
