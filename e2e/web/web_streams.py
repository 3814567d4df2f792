# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a browser's client opens, step by step: WebSockets through nginx, with XMPP (RFC 7395) or SIP (RFC 7118) on them."""

from __future__ import annotations

import base64
import os
import re
import socket
import struct
import time
from urllib.parse import urlsplit

from raw import Closed, Scram, b64
from sip_client import Message, digest

SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
FRAMING = "xmlns='urn:ietf:params:xml:ns:xmpp-framing'"


class WebSocket:
    """A WebSocket (RFC 6455) as the portal's own page opens it."""

    def __init__(self, trial, url: str, protocol: str):
        place = urlsplit(url)
        plain = socket.create_connection(("127.0.0.1", place.port), timeout=20)
        self.socket = trial.tls().wrap_socket(plain, server_hostname=place.hostname)
        self.buffer = b""
        self.socket.sendall((
            f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nOrigin: https://{place.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {b64(os.urandom(16))}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {protocol}\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            self.more(20)
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        assert b" 101 " in head.splitlines()[0], head

    def more(self, seconds: float):
        self.socket.settimeout(max(0.001, seconds))
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            raise
        except OSError as error:
            raise Closed(str(error)) from None
        if not data:
            raise Closed("the connection has ended")
        self.buffer += data

    def send(self, text: str, opcode: int = 1):
        data, mask = text.encode(), os.urandom(4)
        length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0xFE]) + struct.pack("!H", len(data))
        self.socket.sendall(bytes([0x80 | opcode]) + length + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))

    def receive(self, seconds: float = 20) -> str:
        """The next message; Closed once there will be none."""
        deadline = time.monotonic() + seconds
        while True:
            size = self._frame()
            if size is None:
                self.more(deadline - time.monotonic())
                continue
            start, length = size
            opcode, data = self.buffer[0] & 15, self.buffer[start:start + length]
            self.buffer = self.buffer[start + length:]
            if opcode == 8:
                raise Closed(data[2:].decode())
            if opcode == 9:
                self.send(data.decode(), opcode=10)
            elif opcode == 1:
                return data.decode()

    def _frame(self):
        """Where the data of the first frame begins and how long it is, once all of it is here."""
        if len(self.buffer) < 4:
            return None
        length, start = self.buffer[1] & 127, 2
        if length == 126:
            length, start = struct.unpack("!H", self.buffer[2:4])[0], 4
        return (start, length) if len(self.buffer) >= start + length else None

    def ended(self, seconds: float = 20) -> list[str]:
        """What still came before the end; fails if there is none in time."""
        said = []
        deadline = time.monotonic() + seconds
        while True:
            try:
                said.append(self.receive(deadline - time.monotonic()))
            except Closed:
                return said


class ChatStream(WebSocket):
    """An XMPP stream, signed in and bound."""

    def __init__(self, trial, chat: dict, domain: str):
        super().__init__(trial, chat["websocket"], "xmpp")
        self.domain, self.count = domain, 0
        self.open()
        scram = Scram("sha256", chat["username"], chat["password"])
        self.send(f"<auth {SASL} mechanism='SCRAM-SHA-256'>{b64(scram.first())}</auth>")
        challenge = self.expect(r"<challenge[^>]*>([^<]*)<|<failure.*").group(1)
        assert challenge, "the first message was refused"
        self.send(f"<response {SASL}>{b64(scram.final(base64.b64decode(challenge)))}</response>")
        self.refused = self.expect(r"<success|<failure.*").group() != "<success"
        if self.refused:
            return
        self.open()
        self.send("<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        self.jid = self.expect(r"<jid>([^<]*)</jid>").group(1)

    def open(self):
        self.send(f"<open {FRAMING} to='{self.domain}' version='1.0'/>")
        self.expect(r"<(stream:)?features")

    def expect(self, pattern: str):
        while True:
            if found := re.search(pattern, self.receive(), re.S):
                return found

    def is_there(self) -> bool:
        """Whether the stream answers; it has never been another one."""
        self.count += 1
        self.send(f"<iq xmlns='jabber:client' type='get' id='p{self.count}' to='{self.domain}'><ping xmlns='urn:xmpp:ping'/></iq>")
        return bool(self.expect(rf"<iq [^>]*id=['\"]p{self.count}['\"]"))


class Phone(WebSocket):
    """A SIP phone in a browser."""

    def __init__(self, trial, calls: dict):
        super().__init__(trial, calls["websocket"], "sip")
        self.calls, self.sequence, self.call = calls, 0, b64(os.urandom(9))

    def register(self) -> int:
        """Registers, or again; the status of the answer."""
        answer = self._register()
        if answer.status == 401:
            target = f"sip:{self.calls['uri'].split('@')[1]}"
            answer = self._register(digest(answer.get("WWW-Authenticate"), "REGISTER", target, self.calls["username"], self.calls["password"]))
        return answer.status

    def _register(self, authorization: str = "") -> Message:
        self.sequence += 1
        uri = self.calls["uri"]
        self.send(
            f"REGISTER sip:{uri.split('@')[1]} SIP/2.0\r\nVia: SIP/2.0/WSS x.invalid;branch=z9hG4bK{os.urandom(8).hex()}\r\n"
            f"Max-Forwards: 70\r\nFrom: <{uri}>;tag=t\r\nTo: <{uri}>\r\nCall-ID: {self.call}\r\nCSeq: {self.sequence} REGISTER\r\n"
            f"Contact: <sip:web@x.invalid;transport=ws>;expires=600\r\n{'Authorization: ' + authorization + chr(13) + chr(10) if authorization else ''}"
            "Content-Length: 0\r\n\r\n")
        while True:
            message = Message(self.receive())
            if message.status and message.cseq[0] == str(self.sequence) and message.status >= 200:
                return message
