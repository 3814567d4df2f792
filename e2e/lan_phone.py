# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a phone in the local network does with a trial; test_lan.py runs it on a host of its own.

It signs in at the portal, adds a device, chats and registers, and prints what came of it as JSON.
"""

import asyncio
import hashlib
import itertools
import json
import pathlib
import re
import secrets
import socket
import ssl
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent / name) for name in ("", "journeys", "prosody")]

import portal  # noqa: E402
import slixmpp  # noqa: E402
from people import Member  # noqa: E402
from trial import Trial  # noqa: E402


class Chat(slixmpp.ClientXMPP):
    def __init__(self, trial, address, password):
        super().__init__(f"{address}/phone", password)
        self.trial, self.ca_certs, self.enable_direct_tls = trial, str(trial.ca), False
        self.outcome = asyncio.get_event_loop().create_future()
        self.add_event_handler("session_start", lambda _: self.settle("in"))
        self.add_event_handler("failed_auth", lambda failure: self.settle(failure["condition"]))

    def settle(self, outcome):
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    async def sign_in(self):
        self.connect(self.boundjid.domain, self.trial.port("client"))
        outcome = await asyncio.wait_for(self.outcome, 20)
        self.auto_reconnect = False
        await self.disconnect()
        return outcome


def register(trial, address, password):
    """Digest over TLS whose name is checked (RFC 3261, RFC 7616); the two status codes."""
    name, domain = address.split("@")
    call, statuses, authorization = secrets.token_hex(8), [], ""
    with socket.create_connection((domain, trial.port("sip_tls")), timeout=20) as plain:
        with trial.tls().wrap_socket(plain, server_hostname=domain) as stream:
            own, port = stream.getsockname()
            for number in (1, 2):
                stream.sendall((
                    f"REGISTER sip:{domain} SIP/2.0\r\nVia: SIP/2.0/TLS {own}:{port};branch=z9hG4bK{secrets.token_hex(8)};rport\r\n"
                    f"Max-Forwards: 70\r\nFrom: <sip:{address}>;tag={call}\r\nTo: <sip:{address}>\r\nCall-ID: {call}\r\n"
                    f"CSeq: {number} REGISTER\r\nContact: <sip:{name}@{own}:{port};transport=tls>\r\nExpires: 300\r\n"
                    f"User-Agent: baresip\r\n{authorization}Content-Length: 0\r\n\r\n").encode())
                answer = b""
                while b"\r\n\r\n" not in answer:
                    part = stream.recv(4096)
                    assert part, answer
                    answer += part
                text = answer.decode()
                statuses.append(int(text.split()[1]))
                if statuses[-1] != 401:
                    break
                challenge = re.search(r"WWW-Authenticate: Digest (.*)\r", text).group(1)
                given = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
                kind = {"MD5": "md5", "SHA-256": "sha256"}[given.get("algorithm", "MD5")]

                def digest(what):
                    return hashlib.new(kind, what.encode()).hexdigest()

                client = secrets.token_hex(8)
                proof = digest(":".join([
                    digest(f"{name}:{given['realm']}:{password}"), given["nonce"], "00000001", client, "auth",
                    digest(f"REGISTER:sip:{domain}")]))
                authorization = (
                    f'Authorization: Digest username="{name}", realm="{given["realm"]}", nonce="{given["nonce"]}", uri="sip:{domain}",'
                    f' response="{proof}", algorithm={given.get("algorithm", "MD5")}, cnonce="{client}", qop=auth, nc=00000001\r\n')
    return statuses


def main():
    state, offset, own_address, name = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    trial = Trial(state=state, offset=offset)
    trial.report = json.loads(trial.ready_file.read_text())
    # Everybody in these tests sits at an address of their own; this phone has one already.
    portal.addresses = itertools.repeat(own_address)
    member = Member(trial, name)
    handle = member.address
    member.switch_on()
    member.switch(True, "calls")
    shown = member.add_page("Phone", chat="other", calls="baresip").outputs
    chat, calls = shown["password-chat"], shown["password-calls"]
    outcome = {
        "handle": handle,
        "chat": asyncio.run(sign_in(trial, handle, chat)), "chat_wrong": asyncio.run(sign_in(trial, handle, "wrong")),
        "calls": register(trial, handle, calls), "calls_wrong": register(trial, handle, calls + "x"), "password": calls,
    }
    print(json.dumps(outcome))


async def sign_in(trial, address, password):
    return await Chat(trial, address, password).sign_in()


if __name__ == "__main__":
    main()
