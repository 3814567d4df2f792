# SPDX-License-Identifier: AGPL-3.0-or-later
"""A name server of a test's own, for programs that ask one and read no hosts file."""

import socket
import threading

IS_ADDRESS = b"\x00\x01"  # A (RFC 1035, section 3.2.2)
IS_SERVICE = b"\x00\x21"  # SRV (RFC 2782)
XMPP = "_xmpp-server._tcp."


class NameServer:
    """Answers that every name is at `leads_to`, and that nothing else is known of it, but what `known` has of its server for chat."""

    def __init__(self, leads_to: str = "127.0.0.1", address: str = "127.0.0.1", port: int = 0):
        #: Domain: address and port. What lies below a domain is there, too.
        self.known: dict[str, tuple[str, int]] = {}
        self.leads_to, self.socket = leads_to, socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self) -> None:
        while True:
            try:
                query, asker = self.socket.recvfrom(512)
            except OSError:
                return
            end = query.index(b"\0", 12) + 5
            wanted = query[end - 4:end - 2] == IS_ADDRESS
            name = self.name_in(query[12:end - 5])
            record = b""
            if wanted:
                address = self.server_of(name)[0] or self.leads_to
                record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + socket.inet_aton(address)
            elif query[end - 4:end - 2] == IS_SERVICE and name.startswith(XMPP) and self.server_of(name[len(XMPP):])[0]:
                target = query[12:end - 5].split(b"_tcp", 1)[1] + b"\0"
                rest = b"\0\0\0\0" + self.server_of(name[len(XMPP):])[1].to_bytes(2, "big") + target
                record = b"\xc0\x0c\x00\x21\x00\x01\x00\x00\x00\x3c" + len(rest).to_bytes(2, "big") + rest
            header = query[:2] + b"\x81\x80\x00\x01" + int(bool(record)).to_bytes(2, "big") + b"\0\0\0\0"
            self.socket.sendto(header + query[12:end] + record, asker)

    @staticmethod
    def name_in(labels: bytes) -> str:
        parts, at = [], 0
        while at < len(labels):
            parts.append(labels[at + 1:at + 1 + labels[at]].decode("ascii", "replace"))
            at += 1 + labels[at]
        return ".".join(parts).lower()

    def server_of(self, name: str) -> tuple[str | None, int]:
        while name:
            if name in self.known:
                return self.known[name]
            name = name.partition(".")[2]
        return None, 0

    def close(self) -> None:
        self.socket.close()
