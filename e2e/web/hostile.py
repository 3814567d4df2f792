# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody sends who means harm: stanzas as they are put on the wire, from a device that may write to the member."""

from xml.sax.saxutils import escape

#: Runs if any of it is ever taken for more than text.
RUNS = "window.harmed=1;top.harmed=1"

MARKUP = [
    f"<script>{RUNS}</script>",
    f"<img src=x onerror=\"{RUNS}\">",
    f"<svg onload=\"{RUNS}\"><animate onbegin=\"{RUNS}\" attributeName=x dur=1s>",
    f"<iframe srcdoc=\"&lt;script&gt;{RUNS}&lt;/script&gt;\"></iframe>",
    f"<a href=\"javascript:{RUNS}\">click</a> javascript:{RUNS} JaVaScRiPt://%0a{RUNS}",
    f"data:text/html,<script>{RUNS}</script> vbscript:{RUNS} file:///etc/passwd blob:https://x/1",
    "{{constructor.constructor('window.harmed=1')()}} ${window.harmed=1} %3Cscript%3E",
    "</textarea></title></style><style>*{display:none}</style><base href=//evil.example>",
    "https://social.localhost@evil.example/ https://evil.example\\@social.localhost/ http://%73ocial.localhost.evil.example/",
    "https://sociаl.localhost/ (a Cyrillic а) https://evil.example/\u202egpj.exe",
]
#: Text that would turn round, hide or overflow what stands beside it.
TRICKS = [
    "invoice\u202egpj.exe", "\u2066\u2067\u2068 isolates \u2069", "zero\u200bwidth\u2060joined\ufeff", "Z" + "\u0335\u0336" * 400,
    "bell\u0085next\u2028line", "W" * 3000, "tag\U000e0041\U000e0042\U000e0043", "\u0600" * 30 + "\ufdfd" * 50,
]
HUGE = "<b>huge</b> " * 4500  # as much as one stanza may hold, nearly


def body(text: str, more: str = "", kind: str = "chat") -> str:
    return f"<message type='{kind}' to='{{to}}' id='h{abs(hash(text + more)) % 10**9}'><body>{escape(text)}</body>{more}</message>"


def file(url: str, name: str = "") -> str:
    named = (f"<reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'><file xmlns='urn:xmpp:jingle:apps:"
             f"file-transfer:5'><name>{escape(name)}</name><media-type>image/png</media-type><size>-1</size></file></media-sharing></reference>")
    return body(url, f"<x xmlns='jabber:x:oob'><url>{escape(url)}</url><desc>{escape(name)}</desc></x>{named if name else ''}")


FILES = [
    file(f"javascript:{RUNS}", "a.png"), file(f"data:image/svg+xml,<svg onload='{RUNS}'/>", "b.svg"),
    file("https://tracker.example/pixel.png", "pixel.png"), file("https://u:p@tracker.example/pixel.png"),
    file("https://upload.social.localhost/../../x.png", "../../../etc/passwd"), file("https://tracker.example/x.png", "x\u202egnp.exe"),
    file("https://tracker.example/x.png", f"<img src=x onerror={RUNS}>" + "n" * 5000), file("https://[::1", "c.png"), file("//tracker.example/x.png"),
]

#: Words that must never be shown: the sender has no right to say them in somebody else's name.
FORGED = "FORGED"


def forgeries(victim: str, other: str) -> list[str]:
    inner = (f"<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2020-01-01T00:00:00Z'/><message xmlns='jabber:client' "
             f"from='{other}/x' to='{victim}' type='chat'><body>{FORGED}</body></message></forwarded>")
    return [
        f"<message to='{{to}}'><received xmlns='urn:xmpp:carbons:2'>{inner}</received></message>",
        f"<message to='{{to}}'><sent xmlns='urn:xmpp:carbons:2'>{inner}</sent></message>",
        f"<message to='{{to}}'><result xmlns='urn:xmpp:mam:2' id='1' queryid='1'>{inner}</result></message>",
        f"<message to='{{to}}' type='groupchat'><body>{FORGED}</body></message>",
        f"<message to='{{to}}' type='headline'><body>{FORGED}</body></message>",
        f"<message to='{{to}}' type='chat'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='x'><item><x>{FORGED}</x></item></items></event></message>",
        f"<iq type='set' to='{{to}}/nobody' id='f1'><query xmlns='jabber:iq:roster'><item jid='{other}' name='{FORGED}'/></query></iq>",
        f"<presence type='subscribe' to='{{to}}'><nick xmlns='http://jabber.org/protocol/nick'>&lt;b&gt;\u202enick</nick></presence>",
    ]


#: Odd in form: nothing has to come of these, and nothing may break.
ODD = [
    "<message to='{to}' type='chat'/>", "<message to='{to}' type='chat'><body/></message>",
    "<message to='{to}' type='nonsense'><body>of no known type</body></message>",
    "<message to='{to}' type='chat'>" + "<a xmlns='urn:deep'>" * 60 + "</a>" * 60 + "<body>deep</body></message>",
    "<message to='{to}' type='chat'><body>late</body><delay xmlns='urn:xmpp:delay' stamp='9999-99-99T99:99:99Z'/></message>",
    "<message to='{to}' type='chat'><body>early</body><delay xmlns='urn:xmpp:delay' stamp='-271821-04-20T00:00:00Z'/></message>",
    "<message to='{to}' type='chat' id='__proto__'><body>__proto__</body><replace xmlns='urn:xmpp:message-correct:0' id='constructor'/></message>",
    "<message to='{to}' type='chat'><received xmlns='urn:xmpp:receipts' id='__proto__'/><displayed xmlns='urn:xmpp:chat-markers:0' id='x'/></message>",
    "<message to='{to}' type='chat'><x xmlns='jabber:x:conference' jid='&lt;b&gt;@rooms.social.localhost' reason='&lt;img src=x onerror=window.harmed=1>'/></message>",
    "<message to='{to}' type='chat'><body>one</body><body xml:lang='de'>zwei</body><body xml:lang='&quot;&gt;'>three</body></message>",
    "<message to='{to}' type='chat'><body>xhtml</body><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>"
    "<a href='javascript:window.harmed=1'>x</a><script>window.harmed=1</script></body></html></message>",
    "<message to='{to}' type='chat'><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/><payload>AAAA</payload></encrypted>"
    "<body>I sent you an OMEMO encrypted message</body></message>",
    "<message to='{to}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
    "<message to='{to}' type='error' id='x'><error type='cancel'><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>",
    "<presence to='{to}'><status>&lt;script&gt;window.harmed=1&lt;/script&gt;</status></presence>",
]
