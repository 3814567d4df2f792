#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""How many calls' voice our rtpengine relays on this machine's processors before packets are lost, and what each costs it in CPU and
memory. Both sides of each call are encrypted with keys of their own (SRTP, as between two browsers), 50 packets a second and way, of
the size of G.711. What sends has the same processors; what arrives is counted by the kernel. Needs root.

    benchmarks/relayed_calls.py [--seconds 6] [--most 1600]
"""
import argparse
import base64
import contextlib
import json
import os
import re
import secrets
import socket
import tempfile
import time
from pathlib import Path

import sip_parties  # noqa: F401 -- where the engines' classes are found
from measure import cpu, keep, proportional
from namespaces import Network
from pylibsrtp import Policy, Session
from rtpengine_engine import RTPEngine

KEYS = {"caller": bytes(range(30)), "callee": bytes(range(30, 60))}
PACKETS = 50  # a second
LOST = 0.01
SDP = ("v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio {port} RTP/SAVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
       "a=rtcp-mux\r\na=crypto:{tag} AES_CM_128_HMAC_SHA1_{bits} inline:{key}\r\na=sendrecv\r\n")
#: Of the proof at a packet's end: with the same length at both sides rtpengine would hand on what it cannot read, which it never can
#: between browsers.
BITS = {"caller": 80, "callee": 32}
PROFILES = {80: Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 32: Policy.SRTP_PROFILE_AES128_CM_SHA1_32}


def bencoded(value) -> bytes:
    if isinstance(value, dict):
        return b"d" + b"".join(bencoded(key) + bencoded(value[key]) for key in sorted(value)) + b"e"
    if isinstance(value, list):
        return b"l" + b"".join(map(bencoded, value)) + b"e"
    data = value.encode()
    return str(len(data)).encode() + b":" + data


class Orders:
    """What Kamailio tells rtpengine (ng), told by us."""

    def __init__(self, engine):
        self.socket = engine.host.socket(connect=("127.0.0.1", engine.control_port))

    def __call__(self, command, **named) -> str:
        cookie = secrets.token_hex(6).encode()
        named = {name.replace("_", "-"): value for name, value in named.items()}
        self.socket.send(cookie + b" " + bencoded({"command": command, **named}))
        answer = self.socket.recv(65536).decode()
        assert "6:result2:ok" in answer, answer
        return answer


class Calls:
    """Calls through the engine, whose both ends are the host `ends`."""

    def __init__(self, engine, ends):
        self.engine, self.ends, self.order, self.made = engine, ends, Orders(engine), []
        self.sockets = {side: ends.socket(bind=(ends.address, 0)) for side in KEYS}
        self.to = {side: [] for side in KEYS}

    def add(self):
        call = secrets.token_hex(8)
        how = {"replace": ["origin", "session-connection"], "DTLS": "off", "ICE": "remove", "transport-protocol": "RTP/SAVP",
               "rtcp-mux": ["accept", "offer"]}
        offered = self.order("offer", call_id=call, from_tag="a", sdp=self.words("caller", 1), **how)
        tag, self.key = re.search(r"a=crypto:(\d+) AES_CM_128_HMAC_SHA1_32 inline:(\S+)", offered).groups()
        answered = self.order("answer", call_id=call, from_tag="a", to_tag="b", sdp=self.words("callee", tag), **how)
        self.made.append(call)
        # Who calls sends to the port of the answer, who is called to that of the offer.
        for side, text in (("caller", answered), ("callee", offered)):
            self.to[side].append((self.engine.host.address, int(re.search(r"m=audio (\d+)", text).group(1))))

    def words(self, side, tag):
        key = base64.b64encode(KEYS[side]).decode()
        return SDP.format(address=self.ends.address, port=self.sockets[side].getsockname()[1], key=key, tag=tag, bits=BITS[side])

    def prove(self):
        """That what arrives was encrypted anew: with the key that the engine named there, and no other."""
        self.sockets["caller"].sendto(packets("caller", 0.02)[0], self.to["caller"][-1])
        reader = Session(Policy(key=base64.b64decode(self.key), ssrc_type=Policy.SSRC_ANY_INBOUND, srtp_profile=PROFILES[BITS["callee"]]))
        assert reader.unprotect(self.sockets["callee"].recv(2000)).endswith(bytes(160))

    def end(self):
        for call in self.made:
            self.order("delete", call_id=call)

    def counted(self) -> int:
        """Packets that came from the engine."""
        listed = json.loads(self.ends.run("nft", "-j", "list", "counters").stdout)["nftables"]
        return next(one["counter"]["packets"] for one in listed if "counter" in one)


def packets(side, seconds) -> list[bytes]:
    """The same for all calls of a step, and made before it: none costs anything while it is sent."""
    session = Session(Policy(key=KEYS[side], ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=PROFILES[BITS[side]]))
    ssrc = secrets.token_bytes(4)
    return [session.protect(b"\x80\x00" + number.to_bytes(2, "big") + (number * 160).to_bytes(4, "big") + ssrc + bytes(160))
            for number in range(1, 1 + int(seconds * PACKETS))]


def step(calls, engine, seconds):
    """Sends on all calls; the share that was lost, the engine's CPU as a share of one core, and how much too late the last was sent."""
    streams = [(calls.sockets[side], calls.to[side], packets(side, seconds)) for side in KEYS]
    before, spent, began = calls.counted(), cpu(engine.process.pid), time.monotonic()
    sent = 0
    for number in range(len(streams[0][2])):
        wait = began + number / PACKETS - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        for sender, places, made in streams:
            for place in places:
                sender.sendto(made[number], place)
            sent += len(places)
    late = time.monotonic() - began - seconds
    time.sleep(0.5)
    arrived = calls.counted() - before
    return 1 - arrived / sent, (cpu(engine.process.pid) - spent) / (seconds + max(0.0, late)), max(0.0, late)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=int, default=6)
    options.add_argument("--most", type=int, default=1600)
    options = options.parse_args()
    with contextlib.ExitStack() as stack:
        network = stack.enter_context(Network())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-relayed-")))
        os.chmod(folder, 0o755)
        house, ends = network.host("house", 1), network.host("ends", 2)
        engine = RTPEngine(house, folder / "rtpengine", firstPort=20000, lastPort=39999, sessions=5000, threads=os.cpu_count(), logLevel=4)
        stack.callback(engine.stop)
        engine.start()
        calls, idle, rows = Calls(engine, ends), proportional(engine.process.pid), []
        stack.callback(calls.end)
        calls.add()
        calls.prove()
        # What arrives is counted, and goes no further: nobody's receiving is measured.
        ends.run("nft", "\n".join([
            "add table inet count", "add counter inet count arrived", "add chain inet count in { type filter hook input priority 0; }",
            "add rule inet count in udp sport 20000-39999 counter name arrived drop"]))
        count = 25
        while count <= options.most:
            while len(calls.made) < count:
                calls.add()
            lost, share, late = step(calls, engine, options.seconds)
            held = proportional(engine.process.pid) - idle
            print(f"  {count:5} calls   lost {100 * lost:6.2f} %   rtpengine {100 * share:6.1f} % of a core, {100 * share / count:.3f} % a call"
                  f"   {held / count / 1024:6.0f} KiB a call   sent {late:.2f} s late", flush=True)
            rows.append({"calls": count, "lost": lost, "share": share, "bytes": held / count, "late": late})
            if lost > LOST or late > 0.5:
                break
            count = int(count * 1.6)
        keep("relayed_calls", rows)


if __name__ == "__main__":
    main()
