# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever has led our Kamailio to their own machine: their certificate is good, but another domain's. They answer as they like."""
import contextlib
import queue
import socket
import ssl
import threading

from certificates import make_certificates
from sip_lines import Closed, Stream


class Forger:
    def __init__(self, folder, certified, authority, host):
        chain, key = make_certificates(folder, [certified], authority)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain, key)
        self.heard, self.lines = queue.Queue(), []
        self.listener = socket.create_server((host, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self.listener.accept()
                threading.Thread(target=self.read, args=(plain,), daemon=True).start()

    def read(self, plain):
        with contextlib.suppress(OSError, Closed):
            line = Stream(self.context.wrap_socket(plain, server_side=True))
            self.lines.append(line)
            while True:
                self.heard.put((line, line.receive()))

    def expect(self, method):
        """The line by which a request of that method comes, and its text."""
        while True:
            line, text = self.heard.get(timeout=5)
            if text.startswith(method + " "):
                return line, text

    def stop(self):
        self.listener.close()
        for line in self.lines:
            line.close()


def answer(text, status, changed, body="", more=()):
    """An answer to a request, in which the headers `changed` (name => value, None: left out) are others than they should be."""
    lines = [f"SIP/2.0 {status} Words"]
    for header in text.split("\r\n\r\n")[0].split("\r\n")[1:]:
        name, value = header.split(":", 1)
        if name in changed:
            value = changed[name]
        elif name == "To" and ";tag=" not in value:
            value += ";tag=forged"
        if value is not None and name in ("Via", "From", "To", "Call-ID", "CSeq", "Record-Route"):
            lines.append(f"{name}: {value.strip()}")
    kind = ["Content-Type: application/sdp"] if body else []
    return "\r\n".join([*lines, *more, *kind, f"Content-Length: {len(body)}", "", body]).encode()
