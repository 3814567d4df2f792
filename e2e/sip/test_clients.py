# SPDX-License-Identifier: AGPL-3.0-or-later
"""Programs that others wrote: sipp and baresip register, and sipp calls sipp, many at once."""
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from sip_client import eventually

HEAD = """Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=[branch]
Max-Forwards: 70
From: <sip:[field0]@social.localhost>;tag=[call_number]a
To: <sip:{to}@social.localhost>{tag}
Call-ID: [call_id]
CSeq: {sequence} {method}
Contact: <sip:[field0]@[local_ip]:[local_port];transport=[transport]>
{more}Content-Length: [len]

{body}"""
SDP = "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 6000 RTP/AVP 0\n"


def send(method, uri, sequence, more="", to="[field0]", body="", tag="", retrans=True):
    head = HEAD.format(method=method, sequence=sequence, more=more, to=to, body=body, tag=tag)
    # sipp takes an answer to what it sent twice for one to what it sent last (a second 401 or 407, with another nonce, where it waits for
    # 200). Nothing is lost on loopback: it sends again only after 5 s, not when Kamailio or sipp was held up for half a second.
    attribute = ' retrans="5000"' if retrans else ""
    return f"<send{attribute}><![CDATA[\n\n{method} {uri} SIP/2.0\n{head}\n]]></send>"


REGISTER = ('<scenario name="register">' + send("REGISTER", "sip:social.localhost", 1, "Expires: 300\n") +
            '<recv response="401" auth="true"/>' + send("REGISTER", "sip:social.localhost", 2, "[field1]\nExpires: 300\n") +
            '<recv response="100" optional="true"/><recv response="200"/></scenario>')
CALLEE = "sip:[field2]@social.localhost"
CALL = ('<scenario name="call">' + send("INVITE", CALLEE, 1, "Content-Type: application/sdp\n", "[field2]", SDP) +
        '<recv response="407" auth="true"/>' + send("ACK", CALLEE, 1, "", "[field2]", "", "[peer_tag_param]", False) +
        send("INVITE", CALLEE, 2, "[field1]\nContent-Type: application/sdp\n", "[field2]", SDP) +
        '<recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="200" rrs="true"/>' +
        send("ACK", "[next_url]", 2, "[routes]\n", "[field2]", "", "[peer_tag_param]", False) + '<pause milliseconds="200"/>' +
        send("BYE", "[next_url]", 3, "[routes]\n", "[field2]", "", "[peer_tag_param]") + '<recv response="200"/></scenario>')
ANSWER_HEAD = ("[last_Via:]\n[last_From:]\n[last_To:]{tag}\n[last_Call-ID:]\n[last_CSeq:]\n[last_Record-Route:]\n"
               "Contact: <sip:callee@[local_ip]:[local_port];transport=[transport]>\n")
ANSWER = ('<scenario name="answer"><recv request="INVITE" crlf="true"/>' +
          "<send><![CDATA[\n\nSIP/2.0 180 Ringing\n" + ANSWER_HEAD.format(tag=";tag=[call_number]b") + "Content-Length: 0\n\n]]></send>" +
          '<send retrans="500"><![CDATA[\n\nSIP/2.0 200 OK\n' + ANSWER_HEAD.format(tag=";tag=[call_number]b") +
          "Content-Type: application/sdp\nContent-Length: [len]\n\n" + SDP + "]]></send>" +
          '<recv request="ACK"/><recv request="BYE"/>' +
          "<send><![CDATA[\n\nSIP/2.0 200 OK\n" + ANSWER_HEAD.format(tag="") + "Content-Length: 0\n\n]]></send></scenario>")


@pytest.fixture
def folder():
    path = Path(tempfile.mkdtemp(prefix="trunkline-sipp-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


def sipp(folder, server, name, scenario, rows, port, *arguments, kind="u1"):
    """Starts sipp with rows of name;authentication;callee."""
    (folder / f"{name}.xml").write_text('<?xml version="1.0" encoding="UTF-8"?>\n' + scenario)
    (folder / f"{name}.csv").write_text("SEQUENTIAL\n" + "".join(";".join(row) + "\n" for row in rows))
    return subprocess.Popen(
        ["sipp", f"127.0.0.1:{server.port}", "-sf", f"{name}.xml", "-inf", f"{name}.csv", "-i", "127.0.0.1", "-p", str(port), "-t", kind,
         "-nostdin", "-timeout", "30s", "-timeout_error", *arguments],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def credentials(device):
    return f"[authentication username={device.member.name} password={device.password}]"


def finished(process, calls):
    said, _ = process.communicate(timeout=40)
    # What came in the place of what it waited for stands before its statistics.
    assert process.returncode == 0, said[max(0, said.find("unexpected message") - 300):][:2500]
    assert re.search(rf"Successful call\s+\|\s+\d+\s+\|\s+{calls}\b", said), said[-3000:]


@pytest.mark.parametrize("kind,port", [("u1", 26010), ("t1", 26020)])  # Debian's sipp has no TLS
def test_sipp_registers(server, member, folder, kind, port):
    devices = [device for _ in range(10) for device in member(devices=2).devices]
    rows = [(device.member.name, credentials(device), "-") for device in devices]
    finished(sipp(folder, server, "register", REGISTER, rows, port, "-m", "20", "-r", "50", kind=kind), 20)
    for device in devices:
        assert device.id in {one["device"] for one in server.registrations(device.member)}


def test_sipp_calls_sipp(server, member, phone, folder):
    """Fifty calls that overlap, each set up, held and ended."""
    caller, callee = member(), member()
    rows = [(callee.name, credentials(callee.devices[0]), "-")]
    finished(sipp(folder, server, "register", REGISTER, rows, 26040, "-m", "1"), 1)
    answering = sipp(folder, server, "answer", ANSWER, rows, 26040, "-m", "50")
    before = server.status()["calls"]
    calling = sipp(folder, server, "call", CALL, [(caller.name, credentials(caller.devices[0]), callee.name)], 26050, "-m", "50", "-r", "25")
    finished(calling, 50)
    finished(answering, 50)
    assert eventually(lambda: server.status()["calls"] == before)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_baresip_registers(server, member, folder, transport):
    device = member().devices[0]
    port = server.tls_port if transport == "tls" else server.port
    (folder / "config").write_text(
        "module_path /usr/lib/baresip/modules\nmodule account.so\nmodule stdio.so\nmodule g711.so\nnet_interface 127.0.0.1\n"
        f"sip_listen 127.0.0.1:0\nsip_cafile {server.ca}\nsip_verify_server yes\n")
    (folder / "accounts").write_text(
        f"<sip:{device.member.name}@social.localhost;transport={transport}>;auth_pass={device.password};regint=300;"
        f"outbound=\"sip:127.0.0.1:{port};transport={transport}\"\n")
    (folder / "contacts").write_text("")
    baresip = subprocess.Popen(["baresip", "-f", str(folder), "-t", "20"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert eventually(lambda: [one["device"] for one in server.registrations(device.member)] == [device.id], 8), "not registered"
        assert "baresip" in server.registrations(device.member)[0]["agent"]
    finally:
        baresip.terminate()
        said, _ = baresip.communicate(timeout=10)
        print(said[-2000:])
