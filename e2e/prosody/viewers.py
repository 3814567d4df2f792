# SPDX-License-Identifier: AGPL-3.0-or-later
"""Alice, and who looks at her: a stranger, a contact, a contact whom she chose, and a contact whom she blocked; all are online."""
import re

DOMAIN = "social.localhost"
KINDS = ("a stranger", "a contact", "a chosen contact", "somebody blocked")


def jid(member):
    return f"{member.name}@{DOMAIN}"


def roster_and_presence(raw):
    raw.send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq><presence/>")
    raw.expect("id=['\"]roster['\"]")
    return raw


def online(connect, member, resource="phone", device=0):
    """An app that has its roster, hears of what other devices get, and has shown itself."""
    raw = connect().login(member.devices[device], resource)
    raw.send("<iq type='set' id='carbons'><enable xmlns='urn:xmpp:carbons:2'/></iq>")
    settle(roster_and_presence(raw))
    return raw


def settle(*raws):
    for raw in raws:
        assert raw.silent("<never/>", probe_id="settled")


def befriend(one, other):
    """Both subscribe to one another."""
    for sender, receiver in ((one, other), (other, one)):
        sender.send(f"<presence type='subscribe' to='{receiver.jid.split('/')[0]}'/>")
        receiver.expect("<presence [^>]*type=['\"]subscribe['\"]")
        receiver.send(f"<presence type='subscribed' to='{sender.jid.split('/')[0]}'/>")
        sender.expect("<presence [^>]*type=['\"]subscribed['\"]")
    settle(one, other)


def write(raw, member):
    """Whoever wrote may have their own app ask: else their own server would answer for the member."""
    raw.send(f"<message type='chat' to='{jid(member)}'><body>hello</body></message>")
    settle(raw)


def heard(raw, member):
    """What came since the last look, and until the answer to a ping, in a form that can be compared."""
    raw.send(f"<iq type='get' id='end' to='{DOMAIN}'><ping xmlns='urn:xmpp:ping'/></iq>")
    text = raw.expect("(.*?)<iq [^>]*id=['\"]end['\"][^>]*>").group(1).replace(member.name, "MEMBER")
    text = re.sub("<utc>[^<]*</utc>", "<utc/>", text)
    return re.sub(r"<([\w:]+) ([^<>]*?)(/?)>", in_order, text)


def in_order(tag):
    """Attributes come in any order, and roster pushes have ids and versions of their own."""
    name, attributes, end = tag.groups()
    given = sorted(re.findall(r"[\w:]+='[^']*'", attributes))
    if name == "iq" and "type='set'" in given:
        given = [attribute for attribute in given if not attribute.startswith("id=")]
    if name == "query":
        given = [attribute for attribute in given if not attribute.startswith("ver=")]
    return f"<{name} {' '.join(given)}{end}>"


class Scene:
    def __init__(self, server, member, connect, policy):
        self.server, self.alice = server, member(devices=3)
        self.connect, self.members = connect, {kind: member() for kind in KINDS}
        self.set_policy("contacts")
        self.app = roster_and_presence(connect().login(self.alice.devices[0], "phone"))
        self.raws = {kind: roster_and_presence(connect().login(one.devices[0], "home")) for kind, one in self.members.items()}
        for raw in self.raws.values():
            write(raw, self.alice)
        for kind in KINDS[1:]:
            befriend(self.app, self.raws[kind])
        self.publish("http://jabber.org/protocol/activity", "reading")
        self.publish("urn:xmpp:avatar:metadata", "one")
        for node in ("http://jabber.org/protocol/activity", "urn:xmpp:avatar:metadata"):
            for raw in self.raws.values():
                raw.send(f"<iq type='set' id='sub' to='{jid(self.alice)}'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
                         f"<subscribe node='{node}' jid='{raw.jid.split('/')[0]}'/></pubsub></iq>")
                raw.expect("<iq [^>]*id=['\"]sub['\"]")
        server.projection.relate(self.alice, jid(self.members["a chosen contact"]), "c")
        server.projection.relate(self.alice, jid(self.members["somebody blocked"]), "b")
        self.set_policy(policy)
        self.settle()

    def set_policy(self, policy):
        self.alice.presence = policy
        self.server.projection.save(self.alice)
        self.server.follow()

    def publish(self, node, text):
        self.app.send(f"<iq type='set' id='pub'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='{node}'><item id='current'>"
                      f"<x xmlns='{node}'>{text}</x></item></publish></pubsub></iq>")
        self.app.expect("<iq [^>]*id=['\"]pub['\"]")

    def settle(self):
        settle(self.app, *self.raws.values())

    def come(self, number=0, resource="phone"):
        self.app = roster_and_presence(self.connect().login(self.alice.devices[number], resource))

    def go(self):
        self.app.send("</stream:stream>")
        self.app.expect("</stream:stream>")
        settle(*self.raws.values())

    def asked(self, kind, *questions):
        """Everything that comes back."""
        raw = self.raws[kind]
        for question in questions:
            raw.send(question.format(full=f"{jid(self.alice)}/phone", bare=jid(self.alice)))
        return heard(raw, self.alice)
