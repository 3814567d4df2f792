# SPDX-License-Identifier: AGPL-3.0-or-later
"""baresip as a phone in a host of a test network: it plays a tone, and is told what to do over its own TCP port."""
import itertools
import json
import re
import shutil
import socket
import time
from pathlib import Path

CONFIG = """
poll_method epoll
sip_listen {any}:{port}
sip_cafile {ca}
call_local_timeout 120
call_max_calls 4
audio_source ausine,440
audio_level no
ausrc_srate 48000
ausrc_channels 2
audio_buffer 20-160
rtp_ports 20000-20999
rtcp_mux no
rtp_stats yes
module_path {modules}
module g711.so
module ausine.so
module aufile.so
module srtp.so
module uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:4444
"""
_ports = itertools.count(5160, 2)


def wait_for(condition, seconds=10.0, what="it"):
    """Looks until `condition` returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what() if callable(what) else what} did not happen within {seconds} s")
        time.sleep(0.02)


class Phone:
    def __init__(self, host, folder, server, device, transport="udp", ca=None, family=4):
        self.host, self.device, self.transport, self.family, self.domain = host, device, transport, family, server.domain
        self.folder = Path(folder) / f"phone-{device.id}"
        self.folder.mkdir(parents=True)
        modules = next(path for path in ("/usr/lib/baresip/modules", *map(str, Path("/usr/lib").glob("*/baresip/modules")))
                       if Path(path).is_dir())
        (self.folder / "config").write_text(CONFIG.format(any="0.0.0.0" if family == 4 else "[::]", port=next(_ports), ca=ca or "", folder=self.folder, modules=modules))
        at = server.host.reached_at if family == 4 else f"[{server.host.address6}]"
        port = server.tls_port if transport == "tls" else server.port
        security = ";mediaenc=srtp-mand" if transport == "tls" else ""
        (self.folder / "accounts").write_text(
            f"<sip:{device.member.name}@{self.domain};transport={transport}>;auth_pass={device.password}"
            f";outbound=\"sip:{at}:{port};transport={transport}\";regint=300;answermode=manual{security}\n")
        for name in ("contacts", "current_contact"):
            (self.folder / name).touch()
        self.log = self.folder / "log"
        self.process = self.socket = None
        self.heard, self.events = b"", []

    def start(self):
        with open(self.log, "ab") as log:
            self.process = self.host.popen("baresip", f"-{self.family}", "-f", self.folder, stdout=log, stderr=log, stdin=-3, cwd=self.folder)
        wait_for(self.connect, what="the phone's command port")
        return self

    def connect(self):
        if self.process.poll() is not None:
            raise RuntimeError("baresip ended:\n" + self.said()[-3000:])
        try:
            self.socket = self.host.socket(kind=socket.SOCK_STREAM, connect=("127.0.0.1", 4444))
            return True
        except OSError:
            return False

    def said(self):
        return re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text(errors="replace"))

    # The command port speaks netstrings of JSON.

    def next_message(self, seconds):
        self.socket.settimeout(max(seconds, 0.001))
        while True:
            length, colon, rest = self.heard.partition(b":")
            if colon and len(rest) > int(length):
                self.heard = rest[int(length) + 1:]
                return json.loads(rest[:int(length)])
            part = self.socket.recv(65536)
            if not part:
                raise ConnectionError("the phone closed its command port")
            self.heard += part

    def command(self, command, parameters=""):
        token = f"t{time.monotonic_ns()}"
        text = json.dumps({"command": command, "params": parameters, "token": token}).encode()
        self.socket.sendall(str(len(text)).encode() + b":" + text + b",")
        while True:
            message = self.next_message(10)
            if message.get("response") and message.get("token") == token:
                return re.sub(r"\x1b\[[0-9;]*m", "", message.get("data") or "")
            if message.get("event"):
                self.events.append(message)

    def wait(self, kind, seconds=10.0):
        """Waits for an event of this type that was not waited for yet."""
        deadline = time.monotonic() + seconds
        while True:
            for event in self.events:
                if event["type"] == kind:
                    self.events.remove(event)
                    return event
            try:
                message = self.next_message(deadline - time.monotonic())
            except TimeoutError:
                raise AssertionError(f"{kind} did not happen within {seconds} s at {self.device.id}:\n{self.said()[-1500:]}") from None
            if message.get("event"):
                self.events.append(message)

    def registered(self, seconds=10.0):
        """Waits for the first registration: it is often through before there is anybody to send events to."""
        wait_for(lambda: re.search(r"200 OK .*\[\d+ binding", self.said()), seconds, f"the registration of {self.device.id}")
        return self

    def dial(self, name):
        self.command("dial", f"sip:{name}@{self.domain}")

    def calls(self) -> int:
        found = re.search(r"Active calls \((\d+)\)", self.command("listcalls"))
        return int(found.group(1)) if found else 0

    # Of the current call.

    def audio(self) -> str:
        return self.command("audio_debug")

    def received(self) -> int:
        """Packets of audio, as RTP counts them."""
        return int((re.search(r"rcvd=(\d+)", self.audio()) or [0, 0])[1])

    def sent(self) -> int:
        return int((re.search(r"TX: packets=(\d+)", self.audio()) or [0, 0])[1])

    def is_encrypted(self) -> bool:
        return "(secure=yes)" in self.audio()

    def media_peer(self) -> str | None:
        """The address that this phone sends its audio to; `None` until it has begun to."""
        found = re.search(r"remote: \[?([0-9a-f.:]+?)\]?:\d+/", self.audio())
        return found and found[1]

    def stop(self, kill=False):
        if self.socket:
            self.socket.close()
        if self.process and self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)
