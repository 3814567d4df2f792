# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two servers that find each other by DNS and prove themselves by certificates, and a third party that speaks as a server."""
import base64
import socket
from xml.etree import ElementTree

from certificates import Authority, make_certificates
from names import Names
from OpenSSL import SSL
from raw import SASL, Raw
from server import Prosody

NEAR, FAR, LIAR, PUSH = "near.example", "far.example", "liar.example", "push.far.example"
ROOMS = "talk.other.example"  # of near: not below its domain
AT_FAR = f"""
Component "{LIAR}" "muc"
Component "{PUSH}"
  component_secret = "push"
"""


def jid(member):
    """Of a member of near."""
    return f"{member.name}@{NEAR}"


class Federation:
    """near is the server that a test looks at; far is another one like it, with a component at push.far.example."""

    def __init__(self, folder):
        self.folder, self.names, self.authority = folder, Names(), Authority(folder)
        self.servers = []
        self.near = self.add(NEAR, names=[ROOMS], roomsHost=ROOMS)
        self.far = self.add(FAR, AT_FAR, names=[PUSH])
        self.names.ports |= {ROOMS: self.names.ports[NEAR], LIAR: self.names.ports[FAR]}

    def add(self, domain, after="", **options):
        base = self.servers[-1].components + 1 if self.servers else None
        server = Prosody(self.folder / domain, self.names.configuration(), base, domain, self.authority, after, **options)
        self.servers.append(server)
        self.names.ports[domain] = (server.s2s, server.s2s_tls)
        return server

    def start(self):
        for server in self.servers:
            server.start()
        return self

    def stop(self):
        for server in self.servers:
            server.stop()
        self.names.stop()

    def peer(self, certified, authority="the test's", calls_itself=None):
        """Connects to near by direct TLS with a certificate for the names in certified (none: without one)."""
        pair = None
        if certified:
            folder = self.folder / ("peer-" + "-".join(certified) + ("" if authority else "-unsigned"))
            pair = make_certificates(folder, certified, self.authority if authority else None)
        return Peer(self.near, calls_itself or certified[0], pair)


class Peer(Raw):
    """Speaks as another server, step by step."""

    def __init__(self, server, name, pair):
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_alpn_protos([b"xmpp-server"])
        if pair:
            context.use_certificate_chain_file(str(pair[0]))
            context.use_privatekey_file(str(pair[1]))
        plain = socket.create_connection(("127.0.0.1", server.s2s_tls))
        self.conn = SSL.Connection(context, plain)
        self.conn.set_tlsext_host_name(server.domain.encode())
        self.conn.set_connect_state()
        self.conn.do_handshake()
        plain.setblocking(False)
        self.plain, self.domain, self.buffer, self.name = plain, server.domain, "", name

    def open(self):
        self.send(f"<?xml version='1.0'?><stream:stream from='{self.name}' to='{self.domain}' version='1.0' "
                  "xmlns='jabber:server' xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams'>")
        return self.expect(r"<stream:features.*?</stream:features>|<stream:features/>|<stream:error>.*?</stream:error>").group()

    def external(self):
        """Proves itself by its certificate; returns "success" or the refusal."""
        name = base64.b64encode(self.name.encode()).decode()
        self.send(f"<auth {SASL} mechanism='EXTERNAL'>{name}</auth>")
        found = self.expect(r"<success|<failure.*?</failure>|<stream:error>.*?</stream:error>").group()
        return "success" if found == "<success" else found

    def proved(self):
        """Signed in as a server; answers come over this connection too (XEP-0288)."""
        features = self.open()
        assert "<mechanism>EXTERNAL</mechanism>" in features, features
        self.send("<bidi xmlns='urn:xmpp:bidi'/>")
        assert self.external() == "success"
        self.open()
        return self

    def heard(self, address):
        """What has come so far, and until the answer to a ping from address, in a form that can be compared."""
        self.send(f"<iq type='get' id='so-far' from='{address}' to='{self.domain}'><ping xmlns='urn:xmpp:ping'/></iq>")
        text = self.expect(r"(.*?)<iq [^>]*id=['\"]so-far['\"][^>]*/>").group(1)
        return [ElementTree.canonicalize(ElementTree.tostring(stanza)) for stanza in ElementTree.fromstring(f"<all>{text}</all>")]
