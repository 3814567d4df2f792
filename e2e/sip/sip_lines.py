# SPDX-License-Identifier: AGPL-3.0-or-later
"""The four transports, each as a line that carries whole SIP messages as text."""
import base64
import os
import select
import socket
import ssl
import struct
import threading


class Closed(Exception):
    """The other side has ended the connection."""


class UDP:
    name, via = "udp", "UDP"

    def __init__(self, server, source="127.0.0.1"):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", server.port))
        self.address = self.socket.getsockname()

    def send(self, data):
        self.socket.send(data)

    def receive(self):
        while True:
            try:
                data = self.socket.recv(65536)
            except ConnectionRefusedError:  # Kamailio is being restarted
                continue
            except OSError as error:
                raise Closed from error
            if data.strip(b"\0\r\n "):
                return data.decode(errors="replace")

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


class Stream:
    """Messages on a stream, cut by Content-Length."""

    def __init__(self, plain):
        self.socket, self.buffer = plain, b""
        self.address = plain.getsockname()

    def send(self, data):
        self.socket.sendall(data)

    def more(self):
        try:
            data = self.socket.recv(65536)
        except OSError as error:
            raise Closed from error
        if not data:
            raise Closed
        self.buffer += data

    def receive(self):
        while True:
            self.buffer = self.buffer.lstrip(b"\r\n\0")
            head, separator, rest = self.buffer.partition(b"\r\n\r\n")
            if separator:
                length = 0
                for line in head.split(b"\r\n"):
                    if line.lower().startswith((b"content-length:", b"l:")):
                        length = int(line.split(b":")[1])
                if len(rest) >= length:
                    self.buffer = rest[length:]
                    return (head + separator + rest[:length]).decode(errors="replace")
            self.more()

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


class TCP(Stream):
    name, via = "tcp", "TCP"

    def __init__(self, server, source="127.0.0.1"):
        super().__init__(socket.create_connection(("127.0.0.1", server.port), timeout=10, source_address=(source, 0)))
        self.socket.settimeout(None)


class Encrypted(Stream):
    """TLS on a stream that is connected."""

    def __init__(self, server, plain):
        context = ssl.create_default_context(cafile=str(server.ca))
        super().__init__(context.wrap_socket(plain, server_hostname="social.localhost"))
        self.socket.setblocking(False)
        self.lock = threading.Lock()  # OpenSSL cannot read and write at once

    def send(self, data):
        while data:
            with self.lock:
                try:
                    data = data[self.socket.send(data):]
                    continue
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    pass
            select.select([], [self.socket], [], 0.05)

    def more(self):
        while True:
            with self.lock:
                try:
                    data = self.socket.recv(65536)
                    break
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                    pass
                except OSError as error:
                    raise Closed from error
            try:
                select.select([self.socket], [], [], 0.5)
            except (OSError, ValueError) as error:
                raise Closed from error
        if not data:
            raise Closed
        self.buffer += data


class TLS(Encrypted):
    name, via = "tls", "TLS"

    def __init__(self, server, source="127.0.0.1"):
        super().__init__(server, socket.create_connection(("127.0.0.1", server.tls_port), timeout=10, source_address=(source, 0)))


class WebSocket(Stream):
    """RFC 7118 as the reverse proxy passes it on, with the address of the web client."""
    name, via = "ws", "WS"

    def __init__(self, server, source="203.0.113.9", origin="https://chat.social.localhost:8443"):
        super().__init__(socket.create_connection(("127.0.0.1", server.ws_port), timeout=10))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((
            f"GET /sip HTTP/1.1\r\nHost: chat.social.localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n"
            f"Origin: {origin}\r\nX-Real-IP: {source}\r\nVia: SIP/2.0/TCP 127.0.0.1:{self.address[1]}\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.handshake = head.decode()
        self.socket.settimeout(None)

    def send(self, data, opcode=1):
        mask = os.urandom(4)
        length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + struct.pack("!H", len(data))
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self.socket.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def receive(self):
        while True:
            while len(self.buffer) < 2:
                self.more()
            opcode, length, start = self.buffer[0] & 15, self.buffer[1] & 127, 2
            if length == 126:
                while len(self.buffer) < 4:
                    self.more()
                length, start = struct.unpack("!H", self.buffer[2:4])[0], 4
            while len(self.buffer) < start + length:
                self.more()
            data, self.buffer = self.buffer[start:start + length], self.buffer[start + length:]
            if opcode == 8:
                raise Closed
            if opcode == 9:
                self.send(data, opcode=10)
            elif opcode in (1, 2) and data.strip():
                return data.decode(errors="replace")


LINES = {line.name: line for line in (UDP, TCP, TLS, WebSocket)}
