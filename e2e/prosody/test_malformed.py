# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rubbish in the messages of a login is refused with an error, and never with a traceback in the log."""
import re

import pytest
from raw import SASL, Scram, b64

FIRST = [b"", b"n", b"n,,", b"n,,n=", b"n,,n=a", b"n,,n=,r=x", b"n,,n=a,r=", b"n,,r=x,n=a", b"n,,m=x,n=a,r=x", b"x,,n=a,r=x",
         b"p=,,n=a,r=x", b"p=tls-exporter,,n=a,r=x", b"n,b=x,n=a,r=x", b"n,,n=a=2,r=x", b"n,,n==,r=x", b"n,,n=\xff\xfe,r=x",
         b"n,,n=a,r=\x00", b"n,,n=a\x00b,r=x", "n,,n=\u202e,r=x".encode(), b"n,,n=a@b,r=x", b"n,,n=a,r=" + b"x" * 4000,
         b"y,,n=a,r=x", b"\x00\x00\x00", b"n,a=,n=a,r=x"]
FINAL = [b"", b"c=biws", b"c=biws,r=wrong,p=AAAA", b"c=,r={r},p=AAAA", b"c=biws,r={r}", b"c=biws,r={r},p=", b"c=biws,r={r},p=?",
         b"c=biws,r={r},p=AAAA", b"c=eSws,r={r},p=AAAA", b"c=biws,r={r},x=y,p=AAAA", b"\x00", b"c=biws,r={r},p=" + b"A" * 4000]


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1-PLUS"])
def test_malformed_first_messages(connect, mechanism):
    for message in FIRST:
        if mechanism.endswith("PLUS") and message == b"p=tls-exporter,,n=a,r=x":
            continue  # right, there
        raw = connect()
        raw.open()
        raw.send(f"<auth {SASL} mechanism='{mechanism}'>{b64(message)}</auth>")
        assert re.search("malformed-request|incorrect-encoding", raw.expect("<failure.*?</failure>").group()), message
        raw.close()


def test_malformed_final_messages(member, connect):
    alice = member()
    for message in FINAL:
        raw = connect()
        raw.open()
        scram = Scram("sha256", alice.name, "x")
        fields = dict(part.split("=", 1) for part in raw.begin("SCRAM-SHA-256", scram).decode().split(","))
        raw.send(f"<response {SASL}>{b64(message.replace(b'{r}', fields['r'].encode()))}</response>")
        assert re.search("malformed-request|not-authorized", raw.expect("<failure.*?</failure>", timeout=20).group()), message
        raw.close()


def test_malformed_plain(connect):
    for message in (b"", b"\0", b"\0\0", b"a\0b", b"\0a\0", b"\0\0b", b"\0\xff\0b", b"\0a\0b\0c", b"\0@\0b"):
        raw = connect()
        raw.open()
        raw.send(f"<auth {SASL} mechanism='PLAIN'>{b64(message)}</auth>")
        assert re.search("malformed-request|not-authorized", raw.expect("<failure.*?</failure>").group()), message
        raw.close()


def test_steps_out_of_order(connect):
    for text in (f"<response {SASL}>AAAA</response>", f"<abort {SASL}/>", f"<auth {SASL}/>", f"<auth {SASL} mechanism='X'>AAAA</auth>",
                 f"<auth {SASL} mechanism='SCRAM-SHA-256'>?</auth>", f"<auth {SASL} mechanism='SCRAM-SHA-256'>=</auth>",
                 f"<auth {SASL} mechanism='SCRAM-SHA-256'/>"):
        raw = connect()
        raw.open()
        raw.send(text)
        raw.expect("<failure.*?</failure>")
        raw.close()


def test_resuming_and_binding_before_signing_in(connect):
    for text in ("<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>", "<enable xmlns='urn:xmpp:sm:3'/>",
                 "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"):
        raw = connect()
        raw.open()
        raw.send(text)
        answer = raw.expect("<failed.*?>|<stream:error>.*?</stream:error>|<iq.*?</iq>").group()
        assert "<jid>" not in answer
        raw.close()
