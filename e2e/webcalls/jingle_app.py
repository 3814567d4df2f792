# SPDX-License-Identifier: AGPL-3.0-or-later
"""A chat app that calls by Jingle (XEP-0353, 0166, 0167, 0176, 0320), made of slixmpp and aiortc: nothing of it is Trunkline's.

A program of its own, for a host of its own: it reads commands as lines from its standard input, and writes what happens as lines of JSON.
Like the apps on phones it sends what it is first, and where it is afterwards, address by address.
"""
import asyncio
import fractions
import json
import math
import re
import sys
import uuid
import xml.etree.ElementTree as ET

import av
import slixmpp
from aioice import Candidate, Connection
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.sdp import candidate_from_sdp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

J, MESSAGES, RTP = "urn:xmpp:jingle:1", "urn:xmpp:jingle-message:0", "urn:xmpp:jingle:apps:rtp:1"
ICE, DTLS, GROUP = "urn:xmpp:jingle:transports:ice-udp:1", "urn:xmpp:jingle:apps:dtls:0", "urn:xmpp:jingle:apps:grouping:0"
FEEDBACK, SOURCES = "urn:xmpp:jingle:apps:rtp:rtcp-fb:0", "urn:xmpp:jingle:apps:rtp:ssma:0"
WORDS = ("propose", "ringing", "proceed", "reject", "retract", "finish", "accept")
RATE = 48_000


def tell(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


class Tone(MediaStreamTrack):
    """A tone of 440 Hz."""
    kind = "audio"

    def __init__(self):
        super().__init__()
        self.at = 0

    async def recv(self):
        await asyncio.sleep(0.02)
        count = RATE // 50
        frame = av.AudioFrame(format="s16", layout="mono", samples=count)
        wave = (int(8000 * math.sin(2 * math.pi * 440 * (self.at + n) / RATE)) for n in range(count))
        frame.planes[0].update(b"".join(value.to_bytes(2, "little", signed=True) for value in wave))
        frame.pts, frame.sample_rate, frame.time_base = self.at, RATE, fractions.Fraction(1, RATE)
        self.at += count
        return frame


def values(section, name):
    return [line[len(name) + 3:] for line in section.splitlines() if line.startswith(f"a={name}:")]


def contents_of(sdp):
    """What aiortc says, as Jingle; and its candidates, by the names of contents."""
    sections, candidates = re.split(r"^(?=m=)", sdp, flags=re.M)[1:], {}
    for section in sections:
        kind, formats = re.match(r"m=(\w+) \d+ \S+ (.*?)\s*$", section, re.M).groups()
        name = values(section, "mid")[0]
        content = ET.Element(f"{{{J}}}content", creator="initiator", name=name, senders="both")
        description = ET.SubElement(content, f"{{{RTP}}}description", media=kind)
        for number in formats.split():
            codec = next(text.split(" ")[1].split("/") for text in values(section, "rtpmap") if text.startswith(f"{number} "))
            payload = ET.SubElement(description, f"{{{RTP}}}payload-type", id=number, name=codec[0], clockrate=codec[1], channels=(codec + ["1"])[2])
            for text in values(section, "fmtp"):
                for one in text.split(" ", 1)[1].split(";") if text.startswith(f"{number} ") else ():
                    key, _, value = one.strip().partition("=")
                    ET.SubElement(payload, f"{{{RTP}}}parameter", name=key, value=value)
            for text in values(section, "rtcp-fb"):
                if text.startswith(f"{number} "):
                    _, fb, *more = text.split(" ")
                    ET.SubElement(payload, f"{{{FEEDBACK}}}rtcp-fb", {"type": fb, **({"subtype": more[0]} if more else {})})
        for text in values(section, "ssrc"):
            number, _, said = text.partition(" ")
            source = ET.SubElement(description, f"{{{SOURCES}}}source", ssrc=number)
            ET.SubElement(source, f"{{{SOURCES}}}parameter", name=said.split(":")[0], value=said.partition(":")[2])
        ET.SubElement(description, f"{{{RTP}}}rtcp-mux")
        transport = ET.SubElement(content, f"{{{ICE}}}transport", ufrag=values(section, "ice-ufrag")[0], pwd=values(section, "ice-pwd")[0])
        prints = dict(text.split(" ") for text in values(section, "fingerprint"))
        mark = ET.SubElement(transport, f"{{{DTLS}}}fingerprint", hash="sha-256", setup=values(section, "setup")[0])
        mark.text = prints["sha-256"]
        candidates[name] = []
        for text in values(section, "candidate"):
            foundation, component, protocol, priority, ip, port, _, kind_of, *_ = text.split(" ")
            candidates[name].append({"foundation": foundation, "component": component, "protocol": protocol, "priority": priority, "ip": ip,
                                     "port": port, "type": kind_of, "generation": "0", "network": "0", "id": uuid.uuid4().hex})
        yield content, candidates[name]


def description_of(jingle, ours):
    """What the other side says by Jingle, as aiortc reads it; in the order of our own offer, or of what is taken of theirs."""
    head = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=msid-semantic:WMS *"]
    grouped = [content.get("name") for content in jingle.findall(f"{{{GROUP}}}group/{{{GROUP}}}content")]
    if grouped:
        head.append("a=group:BUNDLE " + " ".join(grouped))
    lines, first = [], None
    for name in ours:
        content = next(one for one in jingle.findall(f"{{{J}}}content") if one.get("name") == name)
        description, transport = content.find(f"{{{RTP}}}description"), content.find(f"{{{ICE}}}transport")
        payloads = description.findall(f"{{{RTP}}}payload-type")
        lines += [f"m={description.get('media')} 9 UDP/TLS/RTP/SAVPF " + " ".join(one.get("id") for one in payloads), "c=IN IP4 0.0.0.0",
                  f"a=mid:{name}", {"both": "a=sendrecv", "initiator": "a=recvonly", "responder": "a=sendonly"}[content.get("senders") or "both"], "a=rtcp-mux"]
        for one in payloads:
            channels = f"/{one.get('channels')}" if one.get("channels") else ""
            lines.append(f"a=rtpmap:{one.get('id')} {one.get('name')}/{one.get('clockrate')}{channels}")
            parameters = ";".join(f"{each.get('name')}={each.get('value')}" if each.get("name") else each.get("value") for each in one.findall(f"{{{RTP}}}parameter"))
            lines += [f"a=fmtp:{one.get('id')} {parameters}"] if parameters else []
        for source in description.findall(f"{{{SOURCES}}}source"):
            for each in source:
                lines.append(f"a=ssrc:{source.get('ssrc')} {each.get('name')}:{each.get('value')}")
        mark = transport.find(f"{{{DTLS}}}fingerprint")
        lines += [f"a=ice-ufrag:{transport.get('ufrag')}", f"a=ice-pwd:{transport.get('pwd')}", f"a=fingerprint:{mark.get('hash')} {mark.text}", f"a=setup:{mark.get('setup')}"]
        found = [one.attrib for one in transport.findall(f"{{{ICE}}}candidate")]
        first = first or found
        for one in found or first:
            lines.append(f"a=candidate:{one['foundation']} {one['component']} {one['protocol']} {one['priority']} {one['ip']} {one['port']} typ {one['type']}")
        lines.append("a=end-of-candidates")
    return "\r\n".join([*head, *lines, ""])


class NewWay:
    """ICE from the start, under a DTLS that goes on: aiortc has none, so what it reads and sends is joined to another connection."""

    def __init__(self, peer):
        self.old = peer.getSenders()[0].transport.transport._connection
        self.new, self.started = Connection(ice_controlling=self.old.ice_controlling), False

    async def gather(self):
        self.old._query_consent_task.cancel()
        await self.new.gather_candidates()
        return self.new.local_username, self.new.local_password

    def candidates(self):
        return [{"foundation": one.foundation, "component": "1", "protocol": "udp", "priority": str(one.priority), "ip": one.host, "port": str(one.port),
                 "type": one.type, "generation": "1", "network": "0", "id": uuid.uuid4().hex} for one in self.new.local_candidates]

    async def theirs(self, ways):
        self.new.remote_username, self.new.remote_password = ways.get("ufrag"), ways.get("pwd")
        for one in ways.findall(f"{{{ICE}}}candidate"):
            if one.get("protocol") == "udp":
                await self.new.add_remote_candidate(Candidate(one.get("foundation"), 1, "udp", int(one.get("priority")), one.get("ip"), int(one.get("port")), one.get("type")))
        if self.new.remote_candidates and not self.started:
            self.started = True
            self.new._queue = self.old._queue
            await self.new.connect()
            self.old._nominated = self.new._nominated
            tell("new-way")


class App(slixmpp.ClientXMPP):
    def __init__(self, jid, password, ca):
        super().__init__(jid, password)
        self.ca_certs, self.enable_direct_tls = ca, False
        self.peer = self.sid = self.with_whom = self.there = self.way = self.known = None
        self.deaf = False  # an app that knows nothing of ICE's being started again
        self.energy = self.frames = 0
        self.add_event_handler("session_start", self.started)
        for word in WORDS:
            self.register_handler(Callback(word, MatchXPath(f"{{jabber:client}}message/{{{MESSAGES}}}{word}"), lambda stanza, word=word: self.heard(word, stanza)))
        self.register_handler(Callback("jingle", MatchXPath(f"{{jabber:client}}iq/{{{J}}}jingle"), self.asked))

    async def started(self, _):
        await self.get_roster()
        self.send_presence()
        tell("online", jid=str(self.boundjid))

    def say(self, word, reason=None):
        message = self.make_message(self.with_whom, mtype="chat")
        child = ET.SubElement(message.xml, f"{{{MESSAGES}}}{word}", id=self.sid)
        if word == "propose":
            for kind in self.kinds:
                ET.SubElement(child, f"{{{RTP}}}description", media=kind)
        if reason:
            ET.SubElement(ET.SubElement(child, f"{{{J}}}reason"), f"{{{J}}}{reason}")
        ET.SubElement(message.xml, "{urn:xmpp:hints}store")
        message.send()

    def heard(self, word, stanza):
        child = stanza.xml.find(f"{{{MESSAGES}}}{word}")
        reason = child.find(f"{{{J}}}reason")
        tell(word, by=str(stanza["from"]), id=child.get("id"), reason=reason[0].tag.split("}")[1] if reason is not None and len(reason) else None)
        if word == "propose":
            self.with_whom, self.sid, self.there = str(stanza["from"].bare), child.get("id"), None
            self.energy = self.frames = 0
            self.say("ringing")
        # As Dino does: what was not sent to this app answers somebody else's proposal.
        if word == "proceed" and child.get("id") == self.sid and not self.peer and stanza["to"] == self.boundjid:
            self.there = str(stanza["from"])
            asyncio.ensure_future(self.begin())

    async def jingle(self, action, *children):
        iq = self.make_iq_set(ito=self.there)
        jingle = ET.SubElement(iq.xml, f"{{{J}}}jingle", action=action, sid=self.sid, initiator=str(self.boundjid))
        jingle.extend(children)
        await iq.send(timeout=20)

    async def begin(self):
        self.open()
        if "video" in self.kinds:
            self.peer.addTrack(VideoStreamTrack())
        await self.peer.setLocalDescription(await self.peer.createOffer())
        found = list(contents_of(self.peer.localDescription.sdp))
        self.names = [content.get("name") for content, _ in found]
        group = ET.Element(f"{{{GROUP}}}group", semantics="BUNDLE")
        for name in self.names:
            ET.SubElement(group, f"{{{GROUP}}}content", name=name)
        await self.jingle("session-initiate", *(content for content, _ in found), *([group] if len(found) > 1 else []))
        for content, candidates in found:
            ways = content.find(f"{{{ICE}}}transport")
            for candidate in candidates:
                one = ET.Element(f"{{{J}}}content", creator="initiator", name=content.get("name"))
                ET.SubElement(ET.SubElement(one, f"{{{ICE}}}transport", ways.attrib), f"{{{ICE}}}candidate", candidate)
                await self.jingle("transport-info", one)

    async def listen(self, track):
        while True:
            frame = await track.recv()
            if track.kind == "audio":
                samples = memoryview(bytes(frame.planes[0])).cast("h")
                self.energy += sum(value * value for value in samples[::16]) / max(1, len(samples))
            else:
                self.frames += 1

    def asked(self, iq):
        if iq["type"] != "set":
            return
        jingle = iq.xml.find(f"{{{J}}}jingle")
        self.make_iq_result(iq["id"], ito=iq["from"]).send()
        action = jingle.get("action")
        ways = [{"ip": one.get("ip"), "type": one.get("type")} for one in jingle.iter(f"{{{ICE}}}candidate")]
        reason = jingle.find(f"{{{J}}}reason")
        senders = {content.get("name"): content.get("senders") for content in jingle.findall(f"{{{J}}}content")}
        tell(action, by=str(iq["from"]), candidates=ways, senders=senders, reason=reason[0].tag.split("}")[1] if reason is not None else None,
             info=[child.tag.split("}")[1] for child in jingle], ufrag=next((one.get("ufrag") for one in jingle.iter(f"{{{ICE}}}transport")), None))
        if action == "session-initiate":
            self.there = str(iq["from"])
            asyncio.ensure_future(self.accept(jingle))
        ways = next(jingle.iter(f"{{{ICE}}}transport"), None)
        if action in ("session-initiate", "session-accept"):
            self.known, self.way = ways.get("ufrag"), None
        if action == "transport-info" and self.peer and not self.deaf:
            asyncio.ensure_future(self.add(jingle) if ways.get("ufrag") == self.known else self.follow(ways))
        if action == "session-accept":
            asyncio.ensure_future(self.peer.setRemoteDescription(RTCSessionDescription(description_of(jingle, self.names), "answer")))
        if action == "session-terminate":
            asyncio.ensure_future(self.leave())

    def open(self):
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peer.addTrack(Tone())
        self.peer.on("connectionstatechange", lambda: tell("connection", state=self.peer.connectionState if self.peer else "closed"))
        self.peer.on("track", lambda track: asyncio.ensure_future(self.listen(track)))

    async def accept(self, jingle):
        """Whoever was told to answer takes the sound, and pictures if they were told so; what they leave out is refused."""
        taken = [one.get("name") for one in jingle.findall(f"{{{J}}}content") if one.find(f"{{{RTP}}}description").get("media") in self.kinds]
        self.open()
        if "video" in self.kinds:
            self.peer.addTrack(VideoStreamTrack())
        await self.peer.setRemoteDescription(RTCSessionDescription(description_of(jingle, taken), "offer"))
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        found = list(contents_of(self.peer.localDescription.sdp))
        for content, candidates in found:
            ways = content.find(f"{{{ICE}}}transport")
            for candidate in candidates:
                ET.SubElement(ways, f"{{{ICE}}}candidate", candidate)
        group = ET.Element(f"{{{GROUP}}}group", semantics="BUNDLE")
        for name in taken:
            ET.SubElement(group, f"{{{GROUP}}}content", name=name)
        await self.jingle("session-accept", *(content for content, _ in found), group)

    async def add(self, jingle):
        for content in jingle.findall(f"{{{J}}}content"):
            for one in content.iter(f"{{{ICE}}}candidate"):
                candidate = candidate_from_sdp(f"{one.get('foundation')} {one.get('component')} {one.get('protocol')} {one.get('priority')} {one.get('ip')} {one.get('port')} typ {one.get('type')}")
                candidate.sdpMid = content.get("name")
                await self.peer.addIceCandidate(candidate)

    async def follow(self, ways):
        """New words of theirs. Without addresses they begin anew, and wait for ours; else they answer, or tell more."""
        if not len(ways):
            self.way = NewWay(self.peer)
            await self.tell_way(*await self.way.gather(), self.way.candidates())
        await self.way.theirs(ways)

    async def tell_way(self, ufrag, password, candidates):
        one = ET.Element(f"{{{J}}}content", creator="initiator", name="0")
        ways = ET.SubElement(one, f"{{{ICE}}}transport", ufrag=ufrag, pwd=password)
        for candidate in candidates:
            ET.SubElement(ways, f"{{{ICE}}}candidate", candidate)
        await self.jingle("transport-info", one)

    async def leave(self):
        peer, self.peer = self.peer, None
        if peer:
            await peer.close()

    async def do(self, command, *given):
        if command == "call":
            self.with_whom, self.kinds, self.sid, self.there = given[0], given[1:] or ("audio",), str(uuid.uuid4()), None
            self.energy = self.frames = 0
            self.say("propose")
            tell("proposed", id=self.sid)
        elif command == "retract":
            self.say("retract", "cancel")
        elif command == "answer":
            self.kinds = given or ("audio",)
            self.say("proceed")
        elif command == "decline":
            self.say("reject", "busy")
        elif command == "initiate":  # without being asked to
            self.there = given[0]
            await self.begin()
        elif command == "restart":
            self.way = NewWay(self.peer)
            words = await self.way.gather()
            await self.tell_way(*words, [])
            await self.tell_way(*words, self.way.candidates())
        elif command == "deaf":
            self.deaf = True
        elif command == "hang-up":
            await self.jingle("session-terminate", ET.fromstring(f"<reason xmlns='{J}'><success/></reason>"))
            self.say("finish", "success")
            await self.leave()
        elif command == "flows":
            stats = (await self.peer.getStats()).values() if self.peer else ()
            tell("flows", energy=self.energy, frames=self.frames, received=sum(one.bytesReceived for one in stats if one.type == "transport"),
                 sent=sum(one.bytesSent for one in stats if one.type == "transport"))

    async def obey(self):
        loop = asyncio.get_event_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            try:
                await self.do(*line.split())
            except Exception as error:  # the test looks at it
                tell("failed", error=repr(error))
        sys.exit(0)


async def main(jid, password, host, port, ca):
    app = App(jid, password, ca)
    app.connect(host, int(port))
    await app.obey()


if __name__ == "__main__":
    settings = json.loads(sys.stdin.readline())
    asyncio.run(main(**settings))
