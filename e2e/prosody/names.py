# SPDX-License-Identifier: AGPL-3.0-or-later
"""A name server on loopback that knows the servers of a test, and Prosody's setting to ask it and nobody else."""
from dnslib import QTYPE, RR, SRV, A
from dnslib.server import BaseResolver, DNSLogger, DNSServer


class Names(BaseResolver):
    def __init__(self):
        self.ports = {}  # domain -> (s2s, s2s by direct TLS); also for what lies below it
        self.server = DNSServer(self, logger=DNSLogger(logf=lambda _: None), address="127.0.0.1", port=0)
        self.server.start_thread()
        self.port = self.server.server.server_address[1]

    def ports_of(self, name):
        while name:
            if name in self.ports:
                return self.ports[name]
            _, _, name = name.partition(".")
        return None

    def resolve(self, request, handler):
        reply, asked = request.reply(), request.q
        name = str(asked.qname).rstrip(".").lower()
        service, _, domain = name.partition("._tcp.")
        if asked.qtype == QTYPE.SRV and service in ("_xmpp-server", "_xmpps-server") and self.ports_of(domain):
            port = self.ports_of(domain)[service == "_xmpps-server"]
            if port:
                reply.add_answer(RR(asked.qname, QTYPE.SRV, ttl=0, rdata=SRV(0, 0, port, domain)))
        elif asked.qtype == QTYPE.A and self.ports_of(name):
            reply.add_answer(RR(asked.qname, QTYPE.A, ttl=0, rdata=A("127.0.0.1")))
        return reply

    def configuration(self):
        return f"""
unbound = {{
  resolvconf = false, hoststxt = false, forward = "127.0.0.1@{self.port}",
  options = {{ ["do-not-query-localhost:"] = "no" }},
}}
"""

    def stop(self):
        self.server.stop()
        self.server.server.server_close()
