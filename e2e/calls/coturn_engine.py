# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts the real coturn with the project's template, in a host of a test network, and speaks its command port."""
import base64
import hashlib
import hmac
import re
import secrets
import shutil
import signal
import socket
import time
from pathlib import Path

from engine_template import rendered

DOMAIN = "social.localhost"


def credential(secret: str, device: str, expires: int) -> tuple[str, str]:
    """User name and password as the daemon makes them."""
    name = f"{expires}:{device}"
    return name, base64.b64encode(hmac.new(secret.encode(), name.encode(), hashlib.sha1).digest()).decode()


class Coturn:
    def __init__(self, host, folder, certificate=None, **overrides):
        self.host, self.folder = host, Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.secret, self.password = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.port, self.tls_port, self.control_port = 3478, 5349, 5766
        self.log = self.folder / "coturn.log"
        self.config = self.folder / "turnserver.conf"
        values = dict(
            domain=DOMAIN, interfaces=[address for address in (host.address, host.address6) if address], port=self.port, firstRelayPort=10200,
            lastRelayPort=10399, secret=self.secret, controlPort=self.control_port, controlPassword=self.password,
            state=self.folder, pidFile=self.folder / "turnserver.pid", allowedPeers=[], threads=2, totalAllocations=200,
            allocationsOfCredential=40, bytesPerSecond=1_000_000)
        if host.public:
            values["externalAddress"] = f"{host.public}/{host.address}"
        own = [self.folder / Path(file).name for file in certificate or ()]
        if own:
            for source, copy in zip(certificate, own):
                shutil.copyfile(source, copy)
                copy.chmod(0o600)
            values["tls"] = dict(tlsPort=self.tls_port, certificate=own[0], certificateKey=own[1])
        values.update(overrides)
        self.config.write_text(rendered("coturn/turnserver.conf.mustache", **values))
        self.config.chmod(0o640)
        for path in [self.folder, self.config, *own]:
            shutil.chown(path, "turnserver", "turnserver")
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = self.host.popen(
                "setpriv", "--reuid=turnserver", "--regid=turnserver", "--clear-groups", "--", "turnserver", "-c", self.config,
                stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError("coturn ended at its start:\n" + self.log.read_text()[-3000:])
            try:
                self.allocations()
                return self
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("coturn does not answer:\n" + self.log.read_text()[-3000:])

    def stop(self, kill=False):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            self.process.wait(10)

    def credential(self, device: str, lifetime: int = 600):
        return credential(self.secret, device, int(time.time()) + lifetime)

    def control(self):
        return Control(self.host, self.control_port, self.password)

    def allocations(self) -> int:
        with self.control() as control:
            return control.allocations()

    def end(self, devices) -> int:
        with self.control() as control:
            return control.end(devices)


class Control:
    """coturn's command port, the way Sources/Engines/Coturn/CoturnControl.swift speaks it.

    A telnet: each command is a chunk of its own, and after each we send "do TIMING-MARK" (RFC 860). What coturn says until its
    "won't" is the answer. Nothing that a client of coturn may have put into the answer can look like that: 255 is doubled in text.

    `psp TEXT` lists the sessions whose user name holds TEXT, each as `N) id=DIGITS, user <NAME>:` and more lines, then
    `Total sessions: N`; `cs ID` ends one. A client may send any text as its "origin", line ends included, which is then part
    of the listing: so nothing after the first `origin:` is read, and we ask until there is nothing left.
    """

    DO_TIMING_MARK, WONT_TIMING_MARK = b"\xff\xfd\x06", b"\xff\xfc\x06"
    SESSION = re.compile(rb"^ +\d+\) id=(\d+), user <([^>\r\n]*)>:\r$", re.M)
    NONE = b"\r\n  Total sessions: 0\r\n\r\n> "

    def __init__(self, host, port, password):
        self.socket = host.socket(kind=socket.SOCK_STREAM, connect=("127.0.0.1", port))
        self.heard = b""
        if self.ask(password).endswith(b"Enter password: \r\n"):
            raise ConnectionError("coturn does not take the command port's password")

    def ask(self, command: str) -> bytes:
        self.socket.sendall(command.encode() + b"\r\n" + self.DO_TIMING_MARK)
        while self.WONT_TIMING_MARK not in self.heard:
            part = self.socket.recv(65536)
            if not part:
                raise ConnectionError(f"coturn closed its command port after {self.heard!r}")
            self.heard += part
        answer, _, self.heard = self.heard.partition(self.WONT_TIMING_MARK)
        return answer

    def allocations(self) -> int:
        return int(re.search(rb"total-current-allocs: (\d+)", self.ask("pc")).group(1))

    def end(self, devices) -> int:
        ended = set()
        for device in devices:
            while (answer := self.ask(f"psp :{device}")) != self.NONE:
                for number, user in self.SESSION.findall(answer.partition(b"origin:")[0]):
                    if user.partition(b":")[2] == device.encode():
                        self.ask(f"cs {number.decode()}")
                        ended.add(number)
        return len(ended)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
