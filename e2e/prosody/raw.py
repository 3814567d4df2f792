# SPDX-License-Identifier: AGPL-3.0-or-later
"""A client that shows each step of a stream, with SCRAM and channel binding of its own (RFC 5802, 5929, 9266)."""
import base64
import functools
import hashlib
import hmac
import os
import re
import select
import socket
import time

from OpenSSL import SSL

SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
SM = "urn:xmpp:sm:3"


def b64(data):
    return base64.b64encode(data).decode()


@functools.lru_cache(None)
def salted_password(family, password, salt, iterations):
    return hashlib.pbkdf2_hmac(family, password.encode(), salt, iterations)


class Scram:
    def __init__(self, family, name, password, header="n,,", binding=b""):
        self.family, self.password, self.header, self.binding = family, password, header, binding
        escaped = name.replace("=", "=3D").replace(",", "=2C")
        self.bare = f"n={escaped},r={b64(os.urandom(12))}"

    def first(self):
        return (self.header + self.bare).encode()

    def final(self, challenge):
        self.challenge = challenge.decode()
        fields = dict(part.split("=", 1) for part in self.challenge.split(","))
        self.salt, self.iterations = fields["s"], int(fields["i"])
        salted = salted_password(self.family, self.password, base64.b64decode(self.salt), self.iterations)
        digest = lambda key, text: hmac.new(key, text, self.family).digest()
        client_key = digest(salted, b"Client Key")
        unproved = "c=" + b64(self.header.encode() + self.binding) + ",r=" + fields["r"]
        message = f"{self.bare},{self.challenge},{unproved}".encode()
        self.signature = b"v=" + base64.b64encode(digest(digest(salted, b"Server Key"), message))
        proof = bytes(a ^ b for a, b in zip(client_key, digest(hashlib.new(self.family, client_key).digest(), message)))
        return (unproved + ",p=" + b64(proof)).encode()


class Closed(Exception):
    pass


class Raw:
    def __init__(self, server, tls=None, domain=None):
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_alpn_protos([b"xmpp-client"])
        if tls == 1.2:
            context.set_max_proto_version(SSL.TLS1_2_VERSION)
        plain = socket.create_connection(("127.0.0.1", server.c2s_tls))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.conn = SSL.Connection(context, plain)
        domain = domain or server.domain
        self.conn.set_tlsext_host_name(domain.encode())
        self.conn.set_connect_state()
        self.conn.do_handshake()
        plain.setblocking(False)
        self.plain, self.domain, self.buffer = plain, domain, ""

    def send(self, text):
        self.conn.sendall(text.encode())

    def expect(self, pattern, timeout=10):
        deadline = time.monotonic() + timeout
        while True:
            match = re.search(pattern, self.buffer, re.S)
            if match:
                self.buffer = self.buffer[match.end():]
                return match
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"waited for {pattern}, got {self.buffer!r}")
            try:
                self.buffer += self.conn.recv(65536).decode()
            except SSL.WantReadError:
                select.select([self.plain], [], [], left)
            except (SSL.ZeroReturnError, SSL.SysCallError, SSL.Error):
                match = re.search(pattern, self.buffer, re.S)
                if match:
                    self.buffer = self.buffer[match.end():]
                    return match
                raise Closed(self.buffer) from None

    def silent(self, pattern, probe_id="quiet"):
        """Nothing that matches comes before the answer to a ping that is sent now."""
        self.send(f"<iq type='get' id='{probe_id}' to='{self.domain}'><ping xmlns='urn:xmpp:ping'/></iq>")
        before = self.expect(rf"(.*?)<iq [^>]*id=['\"]{probe_id}['\"][^>]*>").group(1)
        return not re.search(pattern, before, re.S)

    def open(self):
        self.send(f"<?xml version='1.0'?><stream:stream to='{self.domain}' version='1.0' xmlns='jabber:client' "
                  "xmlns:stream='http://etherx.jabber.org/streams'>")
        return self.expect(r"<stream:features>.*?</stream:features>|<stream:error>.*?</stream:error>").group()

    def begin(self, mechanism, scram):
        """Sends the first message; returns the challenge, or the failure's XML as text."""
        self.send(f"<auth {SASL} mechanism='{mechanism}'>{b64(scram.first())}</auth>")
        match = self.expect(r"<challenge[^>]*>([^<]*)</challenge>|<failure.*?</failure>")
        return base64.b64decode(match.group(1)) if match.group(1) else match.group()

    def finish(self, scram, challenge):
        """Returns "success" if the server's signature is right, else the failure's XML."""
        self.send(f"<response {SASL}>{b64(scram.final(challenge))}</response>")
        match = self.expect(r"<success[^>]*>([^<]*)</success>|<failure.*?</failure>", timeout=20)
        if not match.group(1):
            return match.group()
        assert base64.b64decode(match.group(1)) == scram.signature, "the server does not know the password"
        return "success"

    def scram(self, name, password, mechanism="SCRAM-SHA-256", header="n,,", binding=b""):
        scram = Scram("sha256" if "256" in mechanism else "sha1", name, password, header, binding)
        challenge = self.begin(mechanism, scram)
        return challenge if isinstance(challenge, str) else self.finish(scram, challenge)

    def plain_login(self, name, password):
        self.send(f"<auth {SASL} mechanism='PLAIN'>{b64(f'{chr(0)}{name}{chr(0)}{password}'.encode())}</auth>")
        match = self.expect(r"<success|<failure.*?</failure>", timeout=20)
        return "success" if match.group() == "<success" else match.group()

    def bind(self, resource=None):
        inner = f"<resource>{resource}</resource>" if resource else ""
        self.send(f"<iq type='set' id='bind'>{BIND}{inner}</bind></iq>")
        self.jid = self.expect(r"<jid>([^<]*)</jid>").group(1)
        return self.jid

    def login(self, device, resource=None, **options):
        """Signs in with a device and binds."""
        self.open()
        result = self.scram(device.member.name, device.password, **options)
        assert result == "success", result
        self.open()
        self.bind(resource)
        return self

    def enable_resumption(self):
        self.send(f"<enable xmlns='{SM}' resume='true'/>")
        return re.search(r" id=['\"]([^'\"]+)", self.expect(r"<enabled[^>]*>").group()).group(1)

    def drop(self):
        """The connection breaks without a word."""
        self.plain.shutdown(socket.SHUT_RDWR)
        self.plain.close()

    def close(self):
        try:
            self.send("</stream:stream>")
            self.plain.close()
        except Exception:  # already gone
            pass
