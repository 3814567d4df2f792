# SPDX-License-Identifier: AGPL-3.0-or-later
"""The trial's parts for calls: each answers where it should, and only who may commands them."""

import socket
import time


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
    assert answer.status_code == 200 and answer.json()["registrations"] == 0
    assert token not in (trial.state / "engines/kamailio/kamailio.cfg").read_text()
