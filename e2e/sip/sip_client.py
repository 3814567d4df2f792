# SPDX-License-Identifier: AGPL-3.0-or-later
"""A SIP phone of our own that does what a test tells it, also what no honest phone would do."""
import hashlib
import re
import secrets
import threading
import time

from sip_lines import LINES, Closed
from sip_projection import REALM

HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
SDP = ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
       "a=rtpmap:0 PCMU/8000\r\n")


class Message:
    def __init__(self, text):
        self.text = text
        head, _, self.body = text.partition("\r\n\r\n")
        self.start, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        self.headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        first = self.start.split(" ", 2)
        self.status = int(first[1]) if first[0] == "SIP/2.0" else None
        self.method = None if self.status else first[0]
        self.uri = None if self.status else first[1]

    def all(self, name):
        return [value for key, value in self.headers if key == name.lower()]

    def get(self, name, default=""):
        return next(iter(self.all(name)), default)

    @property
    def cseq(self):
        return self.get("CSeq").split()

    def tag(self, header):
        match = re.search(r";\s*tag=([^;>\s]+)", self.get(header))
        return match.group(1) if match else ""

    def __repr__(self):
        return self.text


def digest(challenge, method, target, name, password, count=1, **changes):
    """The value of an Authorization header that answers `challenge`; `changes` replaces single parameters."""
    said = dict(re.findall(r'(\w+)="?([^",]+)', challenge))
    algorithm = changes.pop("algorithm", said.get("algorithm", "MD5"))
    h = lambda text: HASHES.get(algorithm, hashlib.md5)(text.encode()).hexdigest()
    parts = dict(username=name, realm=REALM, nonce=said["nonce"], uri=target, cnonce=secrets.token_hex(8), nc=f"{count:08x}", qop="auth")
    parts.update({key: value for key, value in changes.items() if key != "response"})
    ha1, ha2 = h(f"{parts['username']}:{parts['realm']}:{password}"), h(f"{method}:{parts['uri']}")
    parts["response"] = changes.get("response", h(":".join(
        part or "" for part in (ha1, parts["nonce"], parts["nc"], parts["cnonce"], parts["qop"], ha2))))
    quoted = ", ".join(f'{key}="{value}"' for key, value in parts.items() if key not in ("nc", "qop") and value is not None)
    bare = ", ".join(f"{key}={parts[key]}" for key in ("nc", "qop") if parts[key] is not None)
    return f"Digest {quoted}, {bare}, algorithm={algorithm}"


class Phone:
    def __init__(self, server, name, password, transport="udp", agent="test phone", **options):
        self.server, self.name, self.password, self.agent = server, name, password, agent
        self.line = LINES[transport](server, **options)
        self.transport = transport
        self.call_id, self.sequence, self.own_tag = secrets.token_hex(12), 0, secrets.token_hex(4)
        self.inbox, self.news, self.closed = [], threading.Condition(), False
        host = f"{self.line.address[0]}:{self.line.address[1]}" if transport != "ws" else f"{secrets.token_hex(6)}.invalid"
        self.host = host
        self.contact = f"<sip:{re.sub('[^a-z0-9_]', 'x', name)}@{host};transport={transport}>"
        self.count, self.challenge = 0, None
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            while True:
                message = Message(self.line.receive())
                with self.news:
                    self.inbox.append(message)
                    self.news.notify_all()
        except (Closed, OSError, ValueError):
            with self.news:
                self.closed = True
                self.news.notify_all()

    # What comes in

    def expect(self, wanted, timeout=5, **where):
        """Takes out the first message that is a method, a status, or fits a function."""
        fits = wanted if callable(wanted) else lambda m: wanted in (m.method, m.status)
        deadline = time.monotonic() + timeout
        with self.news:
            while True:
                for message in self.inbox:
                    if fits(message) and all(getattr(message, key)(*value) if callable(getattr(message, key)) else
                                             getattr(message, key) == value for key, value in where.items()):
                        self.inbox.remove(message)
                        return message
                left = deadline - time.monotonic()
                if left <= 0 or (self.closed and not self.inbox):
                    raise TimeoutError(f"waited for {wanted}, have {[m.start for m in self.inbox]}, closed: {self.closed}")
                self.news.wait(left)

    def hears_nothing(self, wanted, seconds=1.0):
        try:
            self.expect(wanted, seconds)
        except TimeoutError:
            return True
        return False

    def wait_closed(self, timeout=5):
        deadline = time.monotonic() + timeout
        with self.news:
            while not self.closed and time.monotonic() < deadline:
                self.news.wait(deadline - time.monotonic())
        return self.closed

    # What goes out

    def send(self, text):
        self.line.send(text.encode() if isinstance(text, str) else text)

    def via(self, branch=None):
        return f"Via: SIP/2.0/{self.line.via} {self.host};rport;branch={branch or 'z9hG4bK' + secrets.token_hex(8)}"

    def request(self, method, uri=None, to=None, sender=None, headers=(), body="", call_id=None, sequence=None, branch=None,
                tag=None, contact=True):
        """The text of a request, by default from this phone's member to itself."""
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        uri = uri or f"sip:{REALM}"
        sender = sender or f"<sip:{self.name}@{REALM}>"
        lines = [f"{method} {uri} SIP/2.0", self.via(branch), "Max-Forwards: 70",
                 f"From: {sender};tag={tag or self.own_tag}", f"To: {to or f'<sip:{self.name}@{REALM}>'}",
                 f"Call-ID: {call_id or self.call_id}", f"CSeq: {sequence} {method}", f"User-Agent: {self.agent}"]
        if contact:
            lines.append(f"Contact: {self.contact}")
        lines += headers
        if body:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(body.encode())}")
        return "\r\n".join(lines) + "\r\n\r\n" + body

    def ask(self, text, timeout=5):
        """Sends a request and returns its final answer."""
        self.send(text)
        asked = Message(text)
        return self.expect(lambda m: m.status and m.status >= 200 and m.cseq == asked.cseq and
                           m.get("Call-ID") == asked.get("Call-ID"), timeout)

    def proof(self, challenge, method, target, **changes):
        header = "Authorization" if challenge.status == 401 else "Proxy-Authorization"
        value = challenge.get("WWW-Authenticate") or challenge.get("Proxy-Authenticate")
        return f"{header}: " + digest(value, method, target, changes.pop("name", self.name), changes.pop("password", self.password),
                                      **changes)

    def register(self, expires=600, changes=None, **options):
        """Registers and returns the last answer; the challenge stays in `challenge`."""
        uri = f"sip:{REALM}"
        headers = [f"Expires: {expires}", *options.pop("headers", [])]
        answer = self.ask(self.request("REGISTER", uri, headers=headers, **options))
        if answer.status != 401:
            return answer
        self.challenge = answer
        return self.ask(self.request("REGISTER", uri, headers=[*headers, self.proof(answer, "REGISTER", uri, **(changes or {}))],
                                     **options))

    def call(self, callee, body=SDP, **options):
        """Sends an INVITE that proves its password; returns the Call, whose answers the test waits for."""
        return Call(self, callee, body, **options)

    def reply(self, request, status, reason="OK", body="", tag=None, headers=()):
        """Answers a request that came in."""
        lines = [f"SIP/2.0 {status} {reason}"] + [f"Via: {via}" for via in request.all("Via")]
        lines += [f"Record-Route: {route}" for route in request.all("Record-Route")]
        to = request.get("To")
        if ";tag=" not in to and status > 100:
            to += f";tag={tag or self.own_tag}"
        lines += [f"From: {request.get('From')}", f"To: {to}", f"Call-ID: {request.get('Call-ID')}", f"CSeq: {request.get('CSeq')}",
                  f"Contact: {self.contact}", *headers]
        if body:
            lines.append("Content-Type: application/sdp")
        self.send("\r\n".join([*lines, f"Content-Length: {len(body.encode())}"]) + "\r\n\r\n" + body)

    def ring(self):
        invite = self.expect("INVITE")
        self.reply(invite, 180, "Ringing")
        return invite

    def close(self):
        self.line.close()


class Call:
    """The calling side of one call."""

    def __init__(self, phone, callee, body=SDP, headers=(), sender=None, uri=None, call_id=None):
        self.phone, self.uri = phone, uri or f"sip:{callee}@{REALM}"
        self.to, self.call_id, self.tag = f"<sip:{callee}@{REALM}>", call_id or secrets.token_hex(12), secrets.token_hex(4)
        self.sequence, self.routes, self.target, self.sender = 1, [], None, sender
        self.headers, self.body = list(headers), body
        self.branch = "z9hG4bK" + secrets.token_hex(8)
        answer = phone.ask(self.text("INVITE", body=body, headers=self.headers, branch=self.branch))
        self.refused = answer
        self.ack(answer)
        if answer.status == 407:
            self.refused = None
            self.sequence += 1
            self.branch = "z9hG4bK" + secrets.token_hex(8)
            proof = phone.proof(answer, "INVITE", self.uri)
            phone.send(self.text("INVITE", body=body, headers=[*self.headers, proof], branch=self.branch))

    def text(self, method, body="", headers=(), branch=None, sequence=None, uri=None):
        routes = [f"Route: {route}" for route in self.routes]
        return self.phone.request(method, uri or self.target or self.uri, to=self.to, body=body, headers=[*routes, *headers],
                                  call_id=self.call_id, tag=self.tag, sequence=sequence or self.sequence, branch=branch,
                                  sender=self.sender)

    def ack(self, answer):
        if answer.status >= 300:
            old, self.to = self.to, answer.get("To")
            self.phone.send(self.text("ACK", branch=self.branch))
            self.to = old

    def expect(self, *statuses, timeout=5):
        answer = self.phone.expect(lambda m: m.status and m.get("Call-ID") == self.call_id and m.cseq[1] == "INVITE" and
                                   (m.status in statuses or m.status >= 200), timeout)
        assert answer.status in statuses, answer
        if answer.status >= 300:
            self.ack(answer)
        elif answer.status >= 200:
            self.establish(answer)
        return answer

    def establish(self, answer):
        self.to = answer.get("To")
        self.target = re.search(r"<([^>]+)>", answer.get("Contact")).group(1)
        self.routes = list(reversed(answer.all("Record-Route")))
        self.phone.send(self.text("ACK"))

    def within(self, method, prove=True, **options):
        """A request within the dialog, proved if asked for; its final answer."""
        self.sequence += 1
        answer = self.phone.ask(self.text(method, **options))
        if answer.status == 407 and prove:
            self.sequence += 1
            proof = self.phone.proof(answer, method, self.target)
            answer = self.phone.ask(self.text(method, **{**options, "headers": [*options.get("headers", []), proof]}))
        if method == "INVITE" and 200 <= answer.status < 300:
            self.phone.send(self.text("ACK"))
        return answer

    def cancel(self):
        return self.phone.ask(self.text("CANCEL", branch=self.branch))


class Answered:
    """The called side of one call: answers at once; `wait` takes the ACK, which comes when the caller has heard the answer."""

    def __init__(self, phone, invite, body=SDP, headers=()):
        self.phone, self.invite, self.sequence = phone, invite, 0
        self.routes = invite.all("Record-Route")
        self.target = re.search(r"<([^>]+)>", invite.get("Contact")).group(1)
        phone.reply(invite, 200, body=body, headers=headers)

    def wait(self):
        self.ack = self.phone.expect("ACK")
        return self

    def text(self, method, headers=(), body=""):
        self.sequence += 1
        own = self.invite.get("To") + f";tag={self.phone.own_tag}"
        lines = [f"{method} {self.target} SIP/2.0", self.phone.via(), "Max-Forwards: 70", *[f"Route: {r}" for r in self.routes],
                 f"From: {own}", f"To: {self.invite.get('From')}", f"Call-ID: {self.invite.get('Call-ID')}",
                 f"CSeq: {self.sequence} {method}", f"Contact: {self.phone.contact}", *headers]
        if body:
            lines.append("Content-Type: application/sdp")
        return "\r\n".join([*lines, f"Content-Length: {len(body)}"]) + "\r\n\r\n" + body

    def within(self, method, **options):
        return self.phone.ask(self.text(method, **options))


def talk(caller, callee_phone, callee):
    """Sets up a call to a member; returns both of its ends."""
    call = caller.call(callee.name)
    invite = callee_phone.ring()
    call.expect(180)
    answered = Answered(callee_phone, invite)
    call.expect(200)
    return call, answered.wait()


def eventually(condition, seconds=5):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
