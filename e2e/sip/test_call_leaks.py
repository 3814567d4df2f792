# SPDX-License-Identifier: AGPL-3.0-or-later
"""What whoever asks learns of whether alice is online, as the table in docs/call-reach.md says it."""
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs/call-reach.md"


def table():
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text().partition("\n## ")[0].splitlines() if line.startswith("|")]
    head, _, *rows = lines
    return {(row[0], way): tuple(int(status) for status in cell.split(" / ")) for row in rows for way, cell in zip(head[1:], row[1:])}


CELLS = table()
# alice's reach, what she has decided of the caller, and what the caller has decided of her
WHO = {
    "nobody who is signed in": ("everyone", "", ""), "a stranger, reach everyone": ("everyone", "", ""),
    "a stranger, reach followed": ("followed", "", ""), "a stranger, reach contacts": ("contacts", "", ""),
    "somebody alice follows, reach followed": ("followed", "f", ""), "somebody alice follows, reach contacts": ("contacts", "f", ""),
    "a contact, reach contacts": ("contacts", "k", ""), "a contact whom alice has muted": ("everyone", "fkm", ""),
    "a contact whom alice has blocked": ("everyone", "bfk", ""), "a contact who has blocked alice": ("everyone", "fk", "b"),
}


def shape(answer):
    """All of an answer but what is new in each."""
    return [answer.start] + [(name, re.sub(r'nonce="[^"]*"|tag=[^;]*|branch=[^;]*', "", value)) for name, value in answer.headers
                             if name not in ("call-id", "cseq", "to", "via", "from")]


def ask(way, caller, alice, address, signed_in):
    """The first answer that says something, when this way is tried on a member with a phone at `address`."""
    uri, to = f"sip:{alice.name}@social.localhost", f"<sip:{alice.name}@social.localhost>"
    if way == "INVITE" and signed_in:
        return caller.call(alice.name).expect(480)
    if way == "REGISTER as alice":
        sender = f"<sip:{alice.name}@social.localhost>"
        text = lambda *headers: caller.request("REGISTER", to=to, sender=sender, contact=False, headers=headers)
        answer = caller.ask(text())
        return caller.ask(text(caller.proof(answer, "REGISTER", "sip:social.localhost"))) if signed_in else answer
    if way == "OPTIONS to the phone":
        way, uri = "OPTIONS", address
    return caller.ask(caller.request(way, uri, to=to, headers=["Event: presence"] if way in ("SUBSCRIBE", "PUBLISH") else []))


def test_the_table_speaks_of_all_and_of_nobody_else():
    assert {who for who, _ in CELLS} == set(WHO)


@pytest.mark.parametrize("who", WHO)
def test_what_is_learnt_of_a_member_who_is_online_or_not(server, member, phone, who):
    reach, said, back = WHO[who]
    caller_is, online, offline = member(), member(reach=reach), member(reach=reach)
    caller = phone(caller_is.devices[0], register=who != "nobody who is signed in")
    at = phone(online.devices[0], register=True)
    for one in (online, offline):
        server.projection.relate(one, caller_is, said)
        server.projection.relate(caller_is, one, back)
    addresses = [at.contact.strip("<>"), at.contact.strip("<>").replace(online.name, offline.name)]
    for way in {way for name, way in CELLS if name == who}:
        if CELLS[who, way][0] == 180:
            call = caller.call(online.name)
            invite = at.ring()
            assert call.expect(180)
            call.cancel()
            at.reply(at.expect("CANCEL"), 200)
            at.reply(invite, 487, "Request Terminated")
            at.expect("ACK")
            assert ask(way, caller, offline, addresses[1], True).status == CELLS[who, way][1]
            continue
        answers = [ask(way, caller, one, address, who != "nobody who is signed in") for one, address in zip((online, offline), addresses)]
        assert tuple(answer.status for answer in answers) == CELLS[who, way], way
        assert shape(answers[0]) == shape(answers[1]), way
        assert at.hears_nothing(lambda m: m.method, 0.02), way
