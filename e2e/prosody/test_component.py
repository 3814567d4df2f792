# SPDX-License-Identifier: AGPL-3.0-or-later
"""The daemon's connection: only who has the secret gets it, and it may do what was granted and nothing else."""
import re
import time
from pathlib import Path

import pytest
from link import LINK, PRIVILEGE, ROSTER, Closed, Link, Refused
from viewers import DOMAIN, jid


def is_permission(stanza):
    return stanza.find(f"{{{PRIVILEGE}}}privilege") is not None


def test_who_has_the_secret_is_in_and_told_what_it_may_do(server, link):
    granted = link.until(is_permission).find(f"{{{PRIVILEGE}}}privilege")
    assert {one.get("access"): one.get("type") for one in granted} == {"roster": "both", "message": "outgoing"}


@pytest.mark.parametrize("secret", ["", "wrong", "social.localhost"])
def test_without_the_secret_nobody_is_in_and_it_takes_a_second(server, secret):
    start = time.monotonic()
    assert Link(server, secret=secret).handshake() == "not-authorized"
    assert time.monotonic() - start > 0.9


def test_trying_again_on_the_same_connection_does_not_help(server):
    intruder = Link(server, secret="wrong")
    while intruder.id is None:
        intruder.read(10)
    intruder.send("<handshake>00</handshake>")
    intruder.secret = server.component_secret
    assert intruder.handshake() == "not-authorized"


def test_nothing_is_done_for_who_has_not_shown_the_secret(server, member):
    alice = member()
    intruder = Link(server)
    intruder.send(f"<iq type='get' id='r' from='{server.component}' to='{jid(alice)}'><query xmlns='{ROSTER}'/></iq>")
    with pytest.raises((Closed, TimeoutError, ConnectionResetError)):
        intruder.until(lambda stanza: stanza.get("id") == "r" and stanza.get("type") == "result", timeout=2)


@pytest.mark.parametrize("host", ["rooms.social.localhost", "social.localhost", "nobody.example"])
def test_no_other_host_can_be_had_with_the_secret(server, host):
    with pytest.raises(Closed):
        other = Link(server, name=host)
        while True:
            other.read(10)


def test_a_new_connection_replaces_the_old_one(server, link):
    second = Link(server)
    assert second.handshake() == "in"
    error = link.until(lambda stanza: stanza.tag.endswith("}error"))
    assert error[0].tag.endswith("}conflict")
    assert second.changes()[0]
    second.close()
    third = Link(server)
    assert third.handshake() == "in" and third.changes()[0]
    third.close()


def test_a_refused_one_does_not_disturb_who_is_in(server, link):
    assert Link(server, secret="wrong").handshake() == "not-authorized"
    assert link.changes()[0]


def test_a_new_secret_counts_at_once_and_an_unreadable_one_lets_nobody_in(server):
    path = server.folder / "component.secret"
    try:
        path.write_text("another\n")
        assert Link(server).handshake() == "not-authorized"
        assert Link(server, secret="another").handshake() == "in"
        path.write_text("\n")
        assert Link(server, secret="").handshake() == "not-authorized"
        path.rename(path.with_suffix(".away"))
        assert Link(server, secret="another").handshake() == "not-authorized"
    finally:
        if path.with_suffix(".away").exists():
            path.with_suffix(".away").rename(path)
        path.write_text(server.component_secret + "\n")
    assert Link(server).handshake() == "in"


def test_the_secret_stands_neither_in_the_configuration_nor_in_the_log(server, link):
    assert server.component_secret not in server.config.read_text()
    assert server.component_secret not in server.log.read_text(errors="replace")


def test_it_listens_on_loopback_only(server):
    listening = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, port = local.split(":")
            if port == f"{server.components:04X}" and state == "0A":
                listening.add(address)
    assert listening == {"0100007F"}


def test_rosters_of_members_are_read_and_written(server, link, member, connect):
    alice = member()
    item = "<item jid='bob@far.example' subscription='both' name='Bob'/>"
    link.ask("set", f"<query xmlns='{ROSTER}'>{item}</query>", to=jid(alice))
    assert link.roster(alice) == {"bob@far.example": ("both", None)}


@pytest.mark.parametrize("kind", ["get", "set"])
def test_members_get_nobody_elses_roster(server, link, member, connect, kind):
    alice, mallory = member(), member()
    raw = connect().login(mallory.devices[0])
    inner = "<item jid='m@x'/>" if kind == "set" else ""
    raw.send(f"<iq type='{kind}' id='r' to='{jid(alice)}'><query xmlns='{ROSTER}'>{inner}</query></iq>")
    assert "type='error'" in raw.expect("<iq [^>]*id='r'[^>]*>.*?</iq>").group()
    assert link.roster(alice) == {}


def privileged(sender, to, extra=""):
    return (f"<privilege xmlns='{PRIVILEGE}'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{sender}' "
            f"to='{to}' type='chat' id='p1'><body>hello</body>{extra}</message></forwarded></privilege>")


def test_a_message_in_the_servers_name_arrives_and_is_archived_once(server, link, member, connect):
    alice = member()
    raw = connect().login(alice.devices[0], "phone")
    raw.send("<presence/>")
    assert raw.silent("<never/>")
    link.send(f"<message from='{server.component}' to='{DOMAIN}'>{privileged(DOMAIN, jid(alice))}</message>")
    assert f"from='{DOMAIN}'" in raw.expect("<message [^>]*>.*?<body>hello</body>").group()
    raw.send("<iq type='set' id='mam'><query xmlns='urn:xmpp:mam:2'/></iq>")
    assert len(re.findall("<body>hello</body>", raw.expect("(.*?)<fin ").group(1))) == 1


def errors(link, message):
    link.send(message)
    answer = link.until(lambda stanza: stanza.get("type") == "error")
    return answer.find("{jabber:component:accept}error")[0].tag.split("}")[1]


def test_no_message_is_sent_in_another_name_or_to_another_server(server, link, member):
    alice, bob = member(), member()
    head = f"<message from='{server.component}' to='{DOMAIN}'>"
    for sender, to in ((jid(alice), jid(bob)), (f"rooms.{DOMAIN}", jid(bob)), ("far.example", jid(bob)), (DOMAIN, "bob@far.example"),
                       (DOMAIN, DOMAIN), (jid(alice) + "/phone", jid(bob)), ("", jid(bob)), (DOMAIN, jid(bob) + "/phone")):
        assert errors(link, f"{head}{privileged(sender, to)}</message>") == "forbidden", (sender, to)
    for broken in (f"<privilege xmlns='{PRIVILEGE}'/>", f"<privilege xmlns='{PRIVILEGE}'><forwarded xmlns='urn:xmpp:forward:0'/></privilege>"):
        assert errors(link, f"{head}{broken}</message>") == "bad-request"


def test_members_send_nothing_in_the_servers_name(server, link, member, connect):
    alice, mallory = member(), member()
    raw = connect().login(mallory.devices[0])
    raw.send(f"<message to='{DOMAIN}' id='m'>{privileged(DOMAIN, jid(alice))}</message>")
    assert "<forbidden" in raw.expect("<message [^>]*type='error'.*?</message>").group()


def test_iqs_in_a_members_name_are_refused(server, link, member, connect):
    alice = member()
    inner = (f"<privileged_iq xmlns='{PRIVILEGE}'><iq xmlns='jabber:client' type='get' id='i' to='{jid(alice)}'>"
             "<query xmlns='http://jabber.org/protocol/disco#info'/></iq></privileged_iq>")
    with pytest.raises(Refused, match="forbidden"):
        link.ask("get", inner, to=jid(alice))
    assert link.changes()[0], "the stream has stayed whole"
    raw = connect().login(alice.devices[0])
    raw.send(f"<iq type='get' id='p' to='{jid(alice)}'>{inner}</iq>")
    assert "error" in raw.expect("<iq [^>]*id='p'[^>]*>.*?</iq>").group()
    assert raw.silent("true|nil")


def test_presence_of_members_is_not_shown_to_it(server, link, member, connect):
    alice = member()
    raw = connect().login(alice.devices[0], "phone")
    raw.send(f"<presence/><presence to='{server.component}'/>")
    assert raw.silent("<never/>")
    link.changes()
    assert not [stanza for stanza in link.stanzas if stanza.tag.endswith("}presence")]


def test_nobody_but_the_domain_writes_to_it(server, link, member, connect):
    raw = connect().login(member().devices[0])
    raw.send(f"<message to='{server.component}' type='chat'><body>psst</body></message>"
             f"<message to='{server.component}'><changed xmlns='{LINK}' name='alice'/></message>"
             f"<iq type='get' id='d' to='{server.component}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
    assert "service-unavailable" in raw.expect("<iq [^>]*id='d'[^>]*>.*?</iq>").group()
    link.changes()
    # What the domain itself says of earlier changes may still be on its way.
    assert not [stanza for stanza in link.stanzas if stanza.tag.endswith("}message") and not is_permission(stanza)
                and (stanza.get("from") != DOMAIN or any(child.get("name") == "alice" for child in stanza))]


def test_it_writes_to_no_other_server(server, link):
    link.send(f"<message from='{server.component}' to='bob@far.example' id='out'><body>psst</body></message>")
    answer = link.until(lambda stanza: stanza.get("id") == "out")
    assert answer.get("type") == "error"


def test_it_cannot_speak_as_somebody_else(server, member):
    alice = member()
    link = Link(server)
    assert link.handshake() == "in"
    link.send(f"<message from='{jid(alice)}' to='{DOMAIN}'><body>x</body></message>")
    error = link.until(lambda stanza: stanza.tag.endswith("}error"))
    assert error[0].tag.endswith("}invalid-from")
