# SPDX-License-Identifier: AGPL-3.0-or-later
"""The SIP client of e2e/sip in hosts of a test network."""
import socket
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "sip"))

import sip_lines  # noqa: E402
from sip_client import Phone  # noqa: E402

SDP = ("v=0\r\no=- 1 1 IN IP4 192.168.99.99\r\ns=-\r\nc=IN IP4 192.168.99.99\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
       "a=rtpmap:0 PCMU/8000\r\na=sendrecv\r\n")
WEB_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\n"
    "a=rtcp:9 IN IP4 0.0.0.0\r\na=ice-options:trickle\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 "
    + ":".join(["AB"] * 32) + "\r\na=setup:active\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:0 PCMU/8000\r\n"
    "a=candidate:1 1 UDP 2130706431 11.0.0.200 50000 typ host\r\n")


class UDP(sip_lines.UDP):
    name = "UDP"

    def __init__(self, server, host):
        self.socket = host.socket(bind=(host.address, 0), connect=(server.host.address, server.port), timeout=None)
        self.address = self.socket.getsockname()


class UDP6(sip_lines.UDP):
    """UDP over IPv6."""
    name, via = "Udp", "UDP"

    def __init__(self, server, host):
        self.socket = host.socket(socket.AF_INET6, bind=(host.address6, 0), connect=(server.host.address6, server.port), timeout=None)
        address, port, *_ = self.socket.getsockname()
        self.address = f"[{address}]", port


class TLS(sip_lines.Encrypted):
    name, via = "TLS", "TLS"

    def __init__(self, server, host):
        super().__init__(server, host.socket(kind=socket.SOCK_STREAM, connect=(server.host.address, server.tls_port)))


def client_in(host, server, device, transport, **options):
    """A phone of our own in `host`; over WebSocket in the server's, as the reverse proxy."""
    sip_lines.LINES.setdefault("UDP", UDP)
    sip_lines.LINES.setdefault("Udp", UDP6)
    sip_lines.LINES.setdefault("TLS", TLS)
    if transport != "ws":
        options["host"] = host
    return host.within(lambda: Phone(server, device.member.name, device.password, transport, **options))
