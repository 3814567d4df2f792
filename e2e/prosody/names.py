# SPDX-License-Identifier: AGPL-3.0-or-later
"""A name server on loopback that knows the servers of a test, and how Prosody and Kamailio ask it and nobody else."""
import contextlib
import threading

from dnslib import QTYPE, RR, SRV, A
from dnslib.server import BaseResolver, DNSLogger, DNSServer


class Names(BaseResolver):
    def __init__(self, address="127.0.0.1", port=0):
        self.ports = {}  # domain -> (s2s, s2s by direct TLS); also for what lies below it
        self.calls = {}  # domain -> (host, port, its address), for calls by TLS
        self.address = address
        self.silent, self.is_asked, self.goes_on = None, threading.Event(), threading.Event()
        self.server = DNSServer(self, logger=DNSLogger(logf=lambda _: None), address=address, port=port)
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
        if self.silent and name.endswith(self.silent):
            self.is_asked.set()
            self.goes_on.wait(10)
        service, _, domain = name.partition("._tcp.")
        if asked.qtype == QTYPE.SRV and service in ("_xmpp-server", "_xmpps-server") and self.ports_of(domain):
            port = self.ports_of(domain)[service == "_xmpps-server"]
            if port:
                reply.add_answer(RR(asked.qname, QTYPE.SRV, ttl=0, rdata=SRV(0, 0, port, domain)))
        elif asked.qtype == QTYPE.SRV and service == "_sips" and domain in self.calls:
            host, port, _ = self.calls[domain]
            reply.add_answer(RR(asked.qname, QTYPE.SRV, ttl=0, rdata=SRV(0, 0, port, host)))
        elif asked.qtype == QTYPE.A and name in (hosts := {host: address for host, _, address in self.calls.values()}):
            reply.add_answer(RR(asked.qname, QTYPE.A, ttl=0, rdata=A(hosts[name])))
        elif asked.qtype == QTYPE.A and self.ports_of(name):
            reply.add_answer(RR(asked.qname, QTYPE.A, ttl=0, rdata=A("127.0.0.1")))
        return reply

    @contextlib.contextmanager
    def silent_for(self, domain):
        """Whoever asks for this domain waits; is_asked says that somebody does."""
        self.is_asked.clear()
        self.goes_on.clear()
        self.silent = domain
        try:
            yield
        finally:
            self.silent = None
            self.goes_on.set()

    def configuration(self):
        return f"""
unbound = {{
  resolvconf = false, hoststxt = false, forward = "127.0.0.1@{self.port}",
  options = {{ ["do-not-query-localhost:"] = "no" }},
}}
"""

    def resolver(self, folder):
        """What /etc/resolv.conf has to be for programs that read it; the server is at port 53 then."""
        path = folder / "resolv.conf"
        path.write_text(f"nameserver {self.address}\noptions timeout:1 attempts:1\n")
        return path

    def stop(self):
        self.server.stop()
        self.server.server.server_close()
