# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages in the manner of RFC 4475, written for this project: odd but right ones are understood, wrong ones are refused or dropped.
Nothing reaches another member, nothing crashes."""
import re
import secrets
import socket
import time

import pytest
from sip_client import SDP
from sip_lines import TCP, TLS, Closed, WebSocket

ME = "127.0.0.1:9"


def message(start="OPTIONS sip:social.localhost SIP/2.0", drop=(), body="", end="\r\n", **changes):
    """A right OPTIONS request, with headers replaced (None: left out) or added; `x_1="…"` is a raw line."""
    headers = {
        "Via": f"SIP/2.0/UDP {ME};rport;branch=z9hG4bK{secrets.token_hex(8)}", "Max-Forwards": "70",
        "From": "<sip:alice@social.localhost>;tag=a1", "To": "<sip:social.localhost>", "Call-ID": secrets.token_hex(8),
        "CSeq": "1 " + start.split(" ")[0], "Content-Length": str(len(body.encode())),
    }
    raw = [value for key, value in changes.items() if key.startswith("x_")]
    headers.update({key.replace("_", "-"): value for key, value in changes.items() if not key.startswith("x_")})
    lines = [start] + [f"{key}: {value}" for key, value in headers.items() if value is not None and key not in drop] + raw
    return (end.join(lines) + end + end + body).encode("utf-8", "surrogateescape")


INVITE = "INVITE sip:{callee}@social.localhost SIP/2.0"
REGISTER = "REGISTER sip:social.localhost SIP/2.0"

RIGHT = {
    "folded headers": (message(Subject="one\r\n two\r\n\tthree"), {200}),
    "white space everywhere": (message(CSeq="  1    OPTIONS  ", Max_Forwards="  70 "), {200}),
    "short header names": (message(drop=("Via", "From", "To", "Call-ID"), x_1=f"v: SIP/2.0/UDP {ME};branch=z9hG4bKq1;rport",
                                   x_2="f: <sip:a@social.localhost>;tag=1", x_3="t: <sip:social.localhost>", x_4="i: short-1"), {200}),
    "names in any case": (message(drop=("From", "CSeq"), x_1="fROM: <sip:a@social.localhost>;TAG=1", x_2="cSEQ: 1 OPTIONS"), {200}),
    "unknown headers and parameters": (message(X_Odd="]][[:::;;", To="<sip:social.localhost>;a;b=c;d=\"e;f\""), {200}),
    "display names with everything": (message(From='"A \\"quoted\\" <sip:not@me> ; ,tag=x" <sip:alice@social.localhost>;tag=a1'), {200}),
    "utf-8 in a display name": (message(From='"Ælice ☎" <sip:alice@social.localhost>;tag=a1'), {200}),
    "escaped user name": (message("INVITE sip:%61lice@social.localhost SIP/2.0"), {407}),
    "a long call id": (message(Call_ID="c" * 200 + "@x"), {200}),
    "an unknown scheme of authorization": (message(REGISTER, Authorization="NoOneKnows x=y"), {401, 400}),
    "two registrations in one header field": (message(REGISTER, Contact="<sip:a@127.0.0.1>, <sip:b@127.0.0.1>"), {401}),
    "no max-forwards": (message(drop=("Max-Forwards",)), {200}),
    "branch without the magic cookie": (message(Via=f"SIP/2.0/UDP {ME};rport;branch=old"), {200}),
    "many headers": (message(**{f"X_{number}": "y" for number in range(200)}), {200, 400}),
}

WRONG = {
    "empty": b"", "only white space": b" \r\n \r\n", "only CRLF": b"\r\n\r\n\r\n\r\n", "zeros": b"\0" * 200, "noise": bytes(range(256)) * 4,
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "tls hello on a plain port": bytes.fromhex("1603010200010001fc0303") + b"\0" * 500,
    "start line only": b"OPTIONS sip:social.localhost SIP/2.0\r\n", "no end of headers": message()[:-4],
    "cut in a header": message()[:60], "lf only": message(end="\n"), "cr only": message(end="\r"),
    "bad version": message("OPTIONS sip:social.localhost SIP/7.0"), "no version": message("OPTIONS sip:social.localhost"),
    "lower-case method": message("invite sip:social.localhost SIP/2.0"), "method of 5000 letters": message("A" * 5000 + " sip:x SIP/2.0"),
    "two spaces in the start line": message("OPTIONS  sip:social.localhost  SIP/2.0"),
    "request uri in brackets": message("INVITE <sip:{callee}@social.localhost> SIP/2.0"),
    "request uri with a space": message("INVITE sip:{callee}@social.localhost; lr SIP/2.0"),
    "request uri with headers": message("INVITE sip:{callee}@social.localhost?Route=%3Csip:example.com%3E SIP/2.0"),
    "request uri of another scheme": message("INVITE nobodyKnows:{callee} SIP/2.0"), "tel uri": message("INVITE tel:+49301234 SIP/2.0"),
    "no request uri": message("INVITE  SIP/2.0"), "request uri of 4000 letters": message(f"INVITE sip:{'u' * 4000}@social.localhost SIP/2.0"),
    "bad percent escape": message("INVITE sip:%zz%@social.localhost SIP/2.0"), "nul in the request uri": message("INVITE sip:a%00b\0@social.localhost SIP/2.0"),
    "port out of range": message("INVITE sip:{callee}@social.localhost:99999 SIP/2.0"),
    "negative port": message("INVITE sip:{callee}@social.localhost:-1 SIP/2.0"),
    "open bracket of an ipv6 address": message("INVITE sip:{callee}@[::1 SIP/2.0"),
    "no via": message(drop=("Via",)), "via without a host": message(Via="SIP/2.0/UDP ;branch=z9hG4bKx"),
    "via of an unknown transport": message(Via=f"SIP/2.0/XYZ {ME};branch=z9hG4bKx"), "via cut": message(Via="SIP/2.0/UDP"),
    "empty via": message(Via=""), "comma list of empty vias": message(Via=", , ,"), "sixty vias": message(**{"Via": ", ".join([f"SIP/2.0/UDP {ME};branch=z9hG4bKx"] * 60)}),
    "via with a huge port": message(Via="SIP/2.0/UDP 127.0.0.1:99999999999;branch=z9hG4bKx"),
    "no from": message(drop=("From",)), "no to": message(drop=("To",)), "no call id": message(drop=("Call-ID",)),
    "no cseq": message(drop=("CSeq",)), "empty from": message(From=""), "from without a tag": message(REGISTER, From="<sip:alice@social.localhost>", Contact="*"),
    "from with an open quote": message(From='"alice <sip:alice@social.localhost>;tag=1'),
    "from with an open bracket": message(From="<sip:alice@social.localhost;tag=1"), "from with two tags": message(INVITE, From="<sip:a@b>;tag=1;tag=2"),
    "from twice": message(INVITE, x_1="From: <sip:{callee}@social.localhost>;tag=z9"), "to twice": message(INVITE, x_1="To: <sip:x@y>;tag=z9"),
    "cseq of another method": message(CSeq="1 INVITE"), "cseq too large": message(CSeq="36893488147419103232 OPTIONS"),
    "cseq negative": message(CSeq="-1 OPTIONS"), "cseq without a number": message(CSeq="OPTIONS"), "cseq twice": message(x_1="CSeq: 7 INVITE"),
    "max-forwards zero": message(INVITE, Max_Forwards="0"), "max-forwards of 300": message(INVITE, Max_Forwards="300"),
    "max-forwards of letters": message(INVITE, Max_Forwards="many"), "max-forwards negative": message(INVITE, Max_Forwards="-5"),
    "content-length larger than the body": message(INVITE, Content_Length="9999", body=SDP),
    "content-length smaller than the body": message(INVITE, Content_Length="1", body=SDP),
    "content-length negative": message(INVITE, Content_Length="-999", body=SDP),
    "content-length of letters": message(INVITE, Content_Length="abc", body=SDP),
    "content-length beyond 64 bits": message(INVITE, Content_Length="99999999999999999999", body=SDP),
    "content-length twice": message(INVITE, x_1="Content-Length: 0", body=SDP),
    "unknown required extension": message(INVITE, Require="nothingSupportsThis", Proxy_Require="norDoesAnybodyThis"),
    "header without a colon": message(INVITE, x_1="This is no header"), "header without a name": message(INVITE, x_1=": value"),
    "header with nul": message(INVITE, Subject="a\0b"), "header of 12000 letters": message(INVITE, Subject="s" * 12000),
    "open comment and quote": message(INVITE, User_Agent='((((("""', Contact='"open <sip:a@b'),
    "contact star in an invite": message(INVITE, Contact="*"), "contact star and an address": message(REGISTER, Contact="*, <sip:a@127.0.0.1>", Expires="0"),
    "contact of garbage": message(REGISTER, Contact="<<<>>>;;;,,,"), "negative expires": message(REGISTER, Contact="<sip:a@127.0.0.1>", Expires="-1"),
    "authorization cut": message(REGISTER, Authorization="Digest"), "authorization with open quotes": message(REGISTER, Authorization='Digest username="alice, realm="x'),
    "authorization of commas": message(REGISTER, Authorization="Digest ,,,,=,=,="),
    "authorization twice": message(REGISTER, Authorization='Digest username="a", realm="social.localhost", nonce="n", uri="sip:x", response="r"',
                                   x_1='Authorization: Digest username="b", realm="social.localhost"'),
    "route of garbage": message(INVITE, Route="<sip:;;lr>, <>, <sip:@:0>"), "record-route of garbage": message(INVITE, Record_Route="<<sip:>"),
    "replaces of garbage": message(INVITE, Replaces="x;;;to-tag=;from-tag"), "answer to nobody": b"SIP/2.0 200 OK\r\n" + message().split(b"\r\n", 1)[1],
    "answer with a huge status": b"SIP/2.0 4294967301 Better\r\n" + message().split(b"\r\n", 1)[1],
    "answer with no via": b"SIP/2.0 180 Ringing\r\n\r\n", "cancel of nothing": message("CANCEL sip:{callee}@social.localhost SIP/2.0"),
    "ack of nothing": message("ACK sip:{callee}@social.localhost SIP/2.0"), "ack with a to tag": message("ACK sip:{callee}@127.0.0.1:9 SIP/2.0", To="<sip:x@y>;tag=1", Route="<sip:127.0.0.1;lr>"),
}


@pytest.fixture
def listening(server, member, phone):
    """A registered member who must hear nothing."""
    callee = phone(member().devices[0], register=True)
    yield callee
    assert callee.hears_nothing(lambda m: m.method, 0.02)


def raw_udp(server, data, seconds=0.15):
    """Sends a datagram; the first line that comes back, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(seconds)
        line.connect(("127.0.0.1", server.port))
        line.send(data)
        try:
            while True:
                first = line.recv(65536).split(b"\r\n")[0].decode(errors="replace")
                if not first.startswith("SIP/2.0 1"):
                    return first
        except TimeoutError:
            return None


def lives(server):
    return (raw_udp(server, message(), 3) or "").startswith("SIP/2.0 200")


@pytest.mark.parametrize("what", RIGHT)
def test_odd_but_right(server, what):
    data, statuses = RIGHT[what]
    answer = raw_udp(server, data, 3)
    assert answer and int(answer.split(" ")[1]) in statuses, answer


def test_wrong_messages_are_refused_or_dropped_over_udp(server, listening):
    accepted = {}
    for what, data in WRONG.items():
        answer = raw_udp(server, data.replace(b"{callee}", listening.name.encode()))
        if answer and answer.startswith("SIP/2.0 2") and b"OPTIONS" not in data:
            accepted[what] = answer
    assert accepted == {} and lives(server)


@pytest.mark.parametrize("kind", [TCP, TLS, WebSocket])
def test_wrong_messages_on_connections(server, listening, kind):
    for what, data in WRONG.items():
        try:
            line = kind(server)
            line.socket.settimeout(0.02)
            line.send(data.replace(b"{callee}", listening.name.encode()).replace(b"/UDP", b"/" + kind.via.encode()))
            answer = line.receive()
            assert not (answer.startswith("SIP/2.0 2") and "OPTIONS" not in answer), (what, answer)
        except (Closed, OSError, ValueError):
            pass
        line.close()
    assert lives(server)


def test_no_answer_says_what_runs_here(server):
    """Neither version nor system, and no address of this machine."""
    for data in list(WRONG.values())[:40]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.settimeout(0.05)
            line.connect(("127.0.0.1", server.port))
            line.send(data)
            try:
                answer = line.recv(65536).decode(errors="replace").lower()
            except TimeoutError:
                continue
            answer = re.sub('nonce="[^"]*"|;tag=.*', "", answer)  # by chance they may say anything
            assert not any(word in answer for word in ("kamailio", "5.6", "linux", "warning:", "debian")), answer


def test_messages_beyond_the_limit(server, phone, member, listening):
    one = phone(member().devices[0])
    answer = one.ask(one.request("OPTIONS", headers=[f"X-{number}: {'y' * 1000}" for number in range(20)]))
    assert answer.status == 513
    line = TCP(server)
    line.send(b"OPTIONS sip:social.localhost SIP/2.0\r\nX: " + b"y" * 200_000)
    line.socket.settimeout(5)
    try:
        while line.socket.recv(4096):
            pass
    except ConnectionResetError:
        pass
    assert lives(server)


@pytest.mark.alone
def test_bytes_one_by_one(server, phone, member):
    """A slow but right sender is served, and holds up nobody meanwhile."""
    one, other = phone(member().devices[0], "tcp"), phone(member().devices[0], "tcp")
    text = one.request("OPTIONS").encode()
    for index in range(0, len(text), 8):
        one.line.send(text[index:index + 8])
        time.sleep(0.002)
        if index % 80 == 0:
            started = time.monotonic()
            assert other.ask(other.request("OPTIONS")).status == 200
            assert time.monotonic() - started < 0.5
    assert one.expect(200)


def test_broken_web_socket_frames(server):
    for frame in (b"\xff" * 50, b"\x81\xff" + b"\xff" * 8, b"\x81\x05hello", b"\x01\x80\0\0\0\0", b"\x88\x80\0\0\0\0", b"\x89\xff" + b"\xff" * 8,
                  b"\x82\xfe\xff\xff\0\0\0\0" + b"x" * 65535, b"\xc1\x81\0\0\0\0x"):
        line = WebSocket(server)
        line.socket.settimeout(0.2)
        line.socket.sendall(frame)
        try:
            line.socket.recv(4096)
        except (TimeoutError, OSError):
            pass
        line.close()
    assert lives(server)
