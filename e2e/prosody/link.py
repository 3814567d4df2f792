# SPDX-License-Identifier: AGPL-3.0-or-later
"""The daemon's end of the link, made by hand: a component (XEP-0114) that shows each step, and asks as docs/link.md says."""
import hashlib
import socket
import time
from itertools import count
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

LINK = "urn:trunkline:link:1"
ACCEPT = "{jabber:component:accept}"
ROSTER = "jabber:iq:roster"
PRIVILEGE = "urn:xmpp:privilege:2"
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"


class Closed(Exception):
    pass


class Refused(Exception):
    """An error answered a question; its only argument is the condition."""


class Link:
    def __init__(self, server, name=None, secret=None):
        self.server, self.name = server, name or server.component
        self.secret = server.component_secret if secret is None else secret
        self.socket = socket.create_connection(("127.0.0.1", server.components), timeout=10)
        self.parser, self.stanzas, self.id = ElementTree.XMLPullParser(("start", "end")), [], None
        self.depth, self.root, self.numbers = 0, None, count()
        self.send(f"<?xml version='1.0'?><stream:stream to='{self.name}' xmlns='jabber:component:accept' "
                  "xmlns:stream='http://etherx.jabber.org/streams'>")

    def send(self, text):
        self.socket.sendall(text.encode())

    def read(self, timeout):
        self.socket.settimeout(max(timeout, 0.001))
        data = self.socket.recv(65536)
        if not data:
            raise Closed()
        self.parser.feed(data)
        for event, element in self.parser.read_events():
            if event == "start":
                self.depth += 1
                if self.depth == 1:
                    self.root, self.id = element, element.get("id")
            else:
                self.depth -= 1
                if self.depth == 1:
                    self.stanzas.append(element)

    def until(self, wanted, timeout=10):
        """The first stanza that wanted(stanza) accepts; what comes before it stays where it is."""
        deadline = time.monotonic() + timeout
        while True:
            for stanza in self.stanzas:
                if wanted(stanza):
                    self.stanzas.remove(stanza)
                    return stanza
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError([ElementTree.tostring(one) for one in self.stanzas])
            try:
                self.read(left)
            except TimeoutError:
                pass

    def handshake(self):
        """"in", or the condition of the stream error."""
        while self.id is None:
            self.read(10)
        self.send(f"<handshake>{hashlib.sha1((self.id + self.secret).encode()).hexdigest()}</handshake>")
        answer = self.until(lambda stanza: stanza.tag in (ACCEPT + "handshake", "{http://etherx.jabber.org/streams}error"))
        return "in" if answer.tag == ACCEPT + "handshake" else answer[0].tag.split("}")[1]

    def ask(self, kind, content, to=None, sender=None):
        """Sends an IQ and returns what its answer holds, or None if it is empty."""
        number = f"q{next(self.numbers)}"
        self.send(f"<iq type='{kind}' id='{number}' from='{sender or self.name}' to='{to or self.server.domain}'>{content}</iq>")
        answer = self.until(lambda stanza: stanza.get("id") == number)
        if answer.get("type") == "error":
            error = answer.find(ACCEPT + "error")
            raise Refused(next(child.tag.removeprefix(STANZAS) for child in error if child.tag.startswith(STANZAS)))
        return answer[0] if len(answer) else None

    def get(self, what, **attributes):
        return self.ask("get", element(what, attributes))

    def set(self, what, **attributes):
        return self.ask("set", element(what, attributes))

    def contact(self, member, address, do):
        return self.set("contact", name=member.name, address=address, do=do)

    def standing(self, member):
        """({address: when asked}, blocked addresses)."""
        found = self.get("standing", name=member.name)
        return ({one.get("address"): int(one.get("at")) for one in found.findall(f"{{{LINK}}}asking")},
                [one.get("address") for one in found.findall(f"{{{LINK}}}blocked")])

    def requests(self, member):
        """{sender: [(kind, text), …]}"""
        found = self.get("requests", name=member.name)
        return {one.get("from"): [(said.get("kind"), said.text or "") for said in one] for one in found}

    def answer(self, member, sender, do):
        return self.set("request", name=member.name, **{"from": sender, "do": do})

    def changes(self, epoch="", after=0):
        """(epoch, upto, names, whether all)."""
        found = self.get("changes", epoch=epoch, after=str(after))
        return found.get("epoch"), int(found.get("upto")), [one.get("name") for one in found], found.get("all") == "1"

    def roster(self, member):
        """{address: (subscription, ask)}"""
        found = self.ask("get", f"<query xmlns='{ROSTER}'/>", to=f"{member.name}@{self.server.domain}")
        return {one.get("jid"): (one.get("subscription"), one.get("ask")) for one in found}

    def hint(self, member, timeout=10):
        return self.until(lambda stanza: any(
            child.tag == f"{{{LINK}}}changed" and child.get("name") == member.name for child in stanza), timeout)

    def close(self):
        self.socket.close()


def element(name, attributes):
    given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name} xmlns='{LINK}'{given}/>"
