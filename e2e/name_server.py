# SPDX-License-Identifier: AGPL-3.0-or-later
"""A name server of a test's own, for programs that ask one and read no hosts file."""

import socket
import threading

IS_ADDRESS = b"\x00\x01"  # A (RFC 1035, section 3.2.2)


class NameServer:
    """Answers that every name is at `leads_to`, and that nothing else is known of it."""

    def __init__(self, leads_to: str = "127.0.0.1", address: str = "127.0.0.1", port: int = 0):
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
            record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + socket.inet_aton(self.leads_to) if wanted else b""
            header = query[:2] + b"\x81\x80\x00\x01" + int(wanted).to_bytes(2, "big") + b"\0\0\0\0"
            self.socket.sendto(header + query[12:end] + record, asker)

    def close(self) -> None:
        self.socket.close()
