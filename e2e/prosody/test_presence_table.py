# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every way to learn that alice is online, for each presence policy and each who looks; what is found is what docs/presence.md says."""
import re
import statistics
import time
from collections import defaultdict
from pathlib import Path

import pytest
from viewers import DOMAIN, KINDS, Scene, heard, jid, roster_and_presence, settle

PAGE = Path(__file__).resolve().parents[2] / "docs/presence.md"
POLICIES = {"nobody": "nobody", "chosen": "chosen people", "contacts": "all contacts"}
ACTIVITY, PICTURE = "http://jabber.org/protocol/activity", "urn:xmpp:avatar:metadata"
PUBSUB = "<pubsub xmlns='http://jabber.org/protocol/pubsub'>"


def get(to, child):
    return f"<iq type='get' id='x' to='{{{to}}}'>{child}</iq>"


def message(kind, child):
    return f"<message type='{kind}' id='x' to='{{full}}'>{child}</message>"


def items(node):
    return f"{PUBSUB}<items node='{node}'/></pubsub>"


DISCO = "<query xmlns='http://jabber.org/protocol/disco#{}'{}/>"
STATE = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
# These are asked while alice is online and again while she is not; who gets another answer has learned something.
QUESTIONS = {
    "asks your server whether you are there": [
        "<presence type='probe' id='x' to='{bare}'/>", "<presence type='probe' id='x' to='{full}'/>"],
    "asks once more to be your contact": ["<presence type='subscribe' id='x' to='{bare}'/>"],
    "asks when you were last there": [get(to, "<query xmlns='jabber:iq:last'/>") for to in ("bare", "full")],
    "asks your app itself (ping, version, features, time)": [get("full", child) for child in (
        "<ping xmlns='urn:xmpp:ping'/>", "<query xmlns='jabber:iq:version'/>", "<time xmlns='urn:xmpp:time'/>", "<vCard xmlns='vcard-temp'/>",
        DISCO.format("info", ""), DISCO.format("info", " node='n#v'"), DISCO.format("items", ""))] + [
        "<iq type='set' id='x' to='{full}'><jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='s'/></iq>",
        "<iq type='set' id='x' to='{full}'><query xmlns='x:y'/></iq>"],
    "asks your account for features and lists": [get("bare", child) for child in (
        "<ping xmlns='urn:xmpp:ping'/>", "<query xmlns='jabber:iq:version'/>", "<time xmlns='urn:xmpp:time'/>",
        "<query xmlns='jabber:iq:roster'/>", "<blocklist xmlns='urn:xmpp:blocking'/>", "<query xmlns='urn:xmpp:mam:2'/>",
        DISCO.format("info", ""), DISCO.format("items", ""))],
    "reads your name, picture and card": [get("bare", child) for child in (
        "<vCard xmlns='vcard-temp'/>", items("urn:xmpp:vcard4"), items(PICTURE), items("http://jabber.org/protocol/nick"),
        items("eu.siacs.conversations.axolotl.devicelist"))],
    "writes to one of your apps alone, and looks whether it comes back": [message(kind, child) for kind, child in (
        ("groupchat", "<body>x</body>"), ("headline", "<body>x</body>"), ("chat", "<body>x</body>"), ("chat", STATE),
        ("normal", "<x xmlns='x:y'/>"), ("chat", "<propose xmlns='urn:xmpp:jingle-message:0' id='c'/>"), ("error", ""))],
}


def answers(scene):
    """(way, viewer) -> what came back. What leaves something behind comes first, so that the rest finds the same each time."""
    ways = sorted(QUESTIONS, key=lambda way: not way.startswith("asks once more"))
    return {(way, kind): [scene.asked(kind, question) for question in QUESTIONS[way]] for way in ways for kind in KINDS}


def time_of(scene, kind, resource):
    raw = scene.raws[kind]
    begin = time.perf_counter()
    raw.send(f"<iq type='get' id='t' to='{jid(scene.alice)}/{resource}'><ping xmlns='urn:xmpp:ping'/></iq>")
    raw.expect("<iq [^>]*id=['\"]t['\"].*?</iq>")
    return time.perf_counter() - begin


def times_differ(scene, kind):
    """An app that is there, and one that is not, in turns. Beside other load a difference must show up again to count."""
    for _ in range(3):
        there, gone = zip(*((time_of(scene, kind, "phone"), time_of(scene, kind, "nowhere")) for _ in range(60)))
        one, two = statistics.median(there), statistics.median(gone)
        if abs(one - two) < max(0.25 * min(one, two), 0.0003):
            return False
    return True


def presence_of(scene, kind):
    return bool(re.search(r"<presence [^>]*from='MEMBER@[^/']*/", heard(scene.raws[kind], scene.alice)))


def watches(scene, learned, way="watches you come, change and go"):
    for shown in ("<presence><show>away</show></presence>", "<presence type='unavailable'/>", "<presence/>"):
        scene.app.send(shown)
        settle(scene.app)
        for kind in KINDS:
            learned[way, kind] |= presence_of(scene, kind)


def is_shown(scene, learned, way="waits for your app to show itself to them alone"):
    for kind, raw in scene.raws.items():
        scene.app.send(f"<presence to='{raw.jid}'><status>for you</status></presence><presence to='{raw.jid.split('/')[0]}'/>")
    settle(scene.app)
    for kind in KINDS:
        learned[way, kind] = presence_of(scene, kind)


def reads_activity(scene, learned, way="reads what you are doing now (activity, music, mood, place)"):
    for kind in KINDS:
        learned[way, kind] = "reading" in scene.asked(kind, get("bare", items(ACTIVITY)))


def hears(scene, learned, node, way):
    scene.publish(node, "something new")
    settle(scene.app)
    for kind in KINDS:
        learned[way, kind] = "something new" in heard(scene.raws[kind], scene.alice)


def hears_answers(scene, learned, way, *children):
    """What alice's app says by itself."""
    for kind, raw in scene.raws.items():
        for number, child in enumerate(children):
            for to in (raw.jid, raw.jid.split("/")[0]):
                scene.app.send(f"<message type='chat' id='say{number}' to='{to}'>{child}</message>")
    settle(scene.app)
    for kind, raw in scene.raws.items():
        came = heard(raw, scene.alice)
        arrived = [f"id='say{number}'" in came for number in range(len(children))]
        assert len(set(arrived)) == 1, f"{kind} hears some of it: {came}"
        learned[way, kind] = arrived[0]


def asks_unseen(scene, learned, way="asks for a receipt of a message with nothing in it"):
    for kind, raw in scene.raws.items():
        for to in ("phone", ""):
            raw.send(f"<message type='chat' id='q' to='{jid(scene.alice)}/{to}'><request xmlns='urn:xmpp:receipts'/>"
                     "<store xmlns='urn:xmpp:hints'/></message>".replace("/'", "'"))
        settle(raw)
        learned[way, kind] = "<request" in heard(scene.app, scene.alice)


def is_asked(scene, learned, way="shows an app that yours does not know, and waits to be asked"):
    for kind, raw in scene.raws.items():
        caps = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://spy.example' ver='{}='/>".format("A" * 27)
        raw.send(f"<presence to='{jid(scene.alice)}'>{caps}</presence><presence>{caps}</presence>")
        settle(raw)
        for question in (DISCO.format("info", " node='http://spy.example#{}='".format("A" * 27)), "<query xmlns='jabber:iq:version'/>"):
            scene.app.send(f"<iq type='get' id='auto' to='{raw.jid}'>{question}</iq>")
        settle(scene.app)
        learned[way, kind] = "id='auto'" in heard(raw, scene.alice)


def loses(scene, learned, way="waits for what gets lost when your connection breaks"):
    late = roster_and_presence(scene.connect().login(scene.alice.devices[1], "late"))
    late.enable_resumption()
    for kind, raw in scene.raws.items():
        for child in ("<odd xmlns='x:y'/>", "<body>lost</body>"):
            raw.send(f"<message type='chat' id='lost' to='{late.jid}'>{child}</message>")
    settle(*scene.raws.values())
    for raw in scene.raws.values():
        heard(raw, scene.alice)
    late.send("</stream:stream>")
    late.expect("</stream:stream>")
    for kind, raw in scene.raws.items():
        learned[way, kind] = "id='lost'" in heard(raw, scene.alice)


def shares_a_room(scene, learned, way="is in a room with you"):
    room, join = f"r{scene.alice.name}@rooms.{DOMAIN}", "<x xmlns='http://jabber.org/protocol/muc'/>"
    scene.app.send(f"<presence to='{room}/alice'>{join}</presence>")
    scene.app.expect("<status code=['\"]110['\"]")
    scene.app.send(f"<iq type='set' id='open' to='{room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>"
                   "<field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"
                   "<field var='muc#roomconfig_membersonly'><value>0</value></field></x></query></iq>")
    scene.app.expect("<iq [^>]*id=['\"]open['\"]")
    for number, (kind, raw) in enumerate(scene.raws.items()):
        raw.send(f"<presence to='{room}/v{number}'>{join}</presence>")
        came = raw.expect("(.*?)<status code=['\"]110['\"]").group(1)
        learned[way, kind] = f"{room}/alice" in came


def found(server, member, connect, policy):
    scene = Scene(server, member, connect, policy)
    learned = defaultdict(bool)
    watches(scene, learned)
    is_shown(scene, learned)
    reads_activity(scene, learned)
    hears(scene, learned, ACTIVITY, "waits to hear what you are doing now")
    hears(scene, learned, PICTURE, "waits for you to change your picture")
    asks_unseen(scene, learned)
    is_asked(scene, learned)
    scene.settle()
    online = answers(scene)
    for kind in KINDS:
        app = "asks your app itself (ping, version, features, time)"
        refused = all("service-unavailable" in answer for answer in online[app, kind])
        learned["compares how long a refusal takes", kind] = not refused or times_differ(scene, kind)
    loses(scene, learned)
    hears_answers(scene, learned, "writes, and waits for the receipt", "<received xmlns='urn:xmpp:receipts' id='x'/>",
                  "<received xmlns='urn:xmpp:chat-markers:0' id='x'/>")
    hears_answers(scene, learned, "looks whether you are typing or have read", STATE, "<displayed xmlns='urn:xmpp:chat-markers:0' id='x'/>",
                  "<active xmlns='http://jabber.org/protocol/chatstates'/><thread>t</thread><no-store xmlns='urn:xmpp:hints'/>")
    scene.settle()
    scene.go()
    offline = answers(scene)
    for way, kind in online:
        learned[way, kind] = online[way, kind] != offline[way, kind]
    scene.come()
    shares_a_room(scene, learned)
    # Own devices always see each other.
    other = roster_and_presence(connect().login(scene.alice.devices[2], "laptop"))
    other.expect(f"<presence [^>]*from=['\"]{jid(scene.alice)}/phone['\"]")
    scene.app.expect(f"<presence [^>]*from=['\"]{jid(scene.alice)}/laptop['\"]")
    other.send(f"<iq type='get' id='own' to='{scene.app.jid}'><ping xmlns='urn:xmpp:ping'/></iq>")
    scene.app.expect("<iq [^>]*id=['\"]own['\"]")
    return {key: "yes" if value else "no" for key, value in learned.items()}


def written(policy):
    """The page's table for a policy, as (way, viewer) -> yes or no."""
    section = PAGE.read_text().split(f'### With "{POLICIES[policy]}"\n')[1].split("\n#")[0]
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("|"))
    assert tuple(head[1:]) == KINDS
    return {(row[0], kind): cell for row in rows for kind, cell in zip(KINDS, row[1:])}


@pytest.mark.alone
@pytest.mark.parametrize("policy", POLICIES)
def test_what_each_learns_is_what_the_page_says(server, member, connect, policy):
    real, said = found(server, member, connect, policy), written(policy)
    assert real.keys() == said.keys()
    assert {key: value for key, value in real.items() if value != said[key]} == {}
