# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts the real Kamailio with the project's configuration, and a projection that the test writes."""
import contextlib
import grp
import hashlib
import http.client
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "prosody"))

from certificates import make_certificates  # noqa: E402
from media_relay import media_control_port  # noqa: E402
from sip_projection import REALM, Projection
from sip_template import SHARE, rendered

ORIGIN = "https://chat.social.localhost:8443"


def free_ports(count, base):
    """Ports that are free for TCP and UDP."""
    ports, port = [], base
    while len(ports) < count:
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    if kind == socket.SOCK_STREAM:
                        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", port))
            ports.append(port)
        except OSError:
            pass
        port += 1
    return ports


class Kamailio:
    """One that is stopped and started again keeps its ports: `above` is how far from those of others it looks for free ones."""

    def __init__(self, folder, above=0, arguments=(), shared_mb="128", resolver=None, authorities=None, **settings):
        self.folder, self.resolver = Path(folder), resolver
        self.state = self.folder / "kamailio"
        base = 5060 + int(os.environ.get("TRUNKLINE_PORT_OFFSET", "3000"))
        self.port, self.tls_port, self.ws_port, self.control_port = free_ports(4, base + above)
        self.as_user = "kamailio" if os.geteuid() == 0 else None
        (self.state / "run").mkdir(parents=True, exist_ok=True)
        self.projection = Projection(self.folder / "projection", group=self.as_user)
        self.projection.before_write, self.ended = self.count_ended, None
        self.token = secrets.token_urlsafe(24)
        certificate, key = make_certificates(self.folder / "tls", [REALM])
        self.ca, self.process, self.arguments, self.shared_mb = certificate, None, list(arguments), shared_mb
        self.log = self.folder / "kamailio.log"
        tls = self.folder / "tls.cfg"
        tls.write_text(rendered("tls.cfg.mustache", certificate=str(certificate), certificateKey=str(key),
                                authorities=authorities or certificate))
        values = dict(
            domain=REALM, interfaces=[{"address": "127.0.0.1"}], cleartext=True, sipPort=self.port, tlsPort=self.tls_port,
            webSocketPort=self.ws_port, controlPort=self.control_port,
            controlTokenHash=hashlib.sha256(self.token.encode()).hexdigest(), webOrigin=ORIGIN, tlsConfig=str(tls),
            routes=str(SHARE / "routes"), projection=str(self.projection.folder), state=str(self.state), deviceLimit=20,
            workers=2, connections=1000, sourceLimit=1000000, guessLimit=1000000,
            mediaControlPort=settings.get("mediaControlPort") or media_control_port(), logLevel=1,
            elsewhere=False, ownAddresses="127.0.0.1", exceptions="", families="4")
        self.config = self.folder / "kamailio.cfg"
        self.config.write_text(rendered("kamailio.cfg.mustache", **{**values, **settings}))
        if self.as_user:
            for path in [self.folder, self.state, *self.state.rglob("*"), *(self.folder / "tls").rglob("*"), self.folder / "tls",
                         self.config, tls]:
                shutil.chown(path, "kamailio", "kamailio")
            os.chmod(self.folder.parent, self.folder.parent.stat().st_mode | 0o011)  # Kamailio must get there

    def command(self, *arguments):
        # Its own /etc/resolv.conf, where a test has a name server.
        names = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', str(self.resolver)] if self.resolver else []
        if not self.as_user:
            return [*names, *arguments]
        user = pwd.getpwnam(self.as_user)
        return [*names, "setpriv", f"--reuid={user.pw_uid}", f"--regid={grp.getgrnam(self.as_user).gr_gid}", "--clear-groups", "--",
                *arguments]

    def begin(self):
        """Starts it without waiting."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(
                str(SHARE / "start"), str(self.config), str(self.state), self.shared_mb, *self.arguments), stdout=log, stderr=log, cwd="/",
                start_new_session=True)

    def start(self):
        self.begin()
        self.wait_until_serving()
        return self

    def answers(self):
        """The status with which it follows, or None while nobody listens."""
        try:
            return self.follow_answer()[0]
        except OSError:
            return None

    def wait_until_serving(self, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError("Kamailio ended:\n" + self.log.read_text(errors="replace")[-3000:])
            if self.answers() == 200:
                return
            time.sleep(0.05)
        raise RuntimeError("Kamailio does not answer:\n" + self.log.read_text(errors="replace")[-3000:])

    def stop(self, kill=False):
        if self.process and self.process.poll() is None:
            if kill:
                os.killpg(self.process.pid, signal.SIGKILL)  # its own session: no one else is in it
            else:
                self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def ask(self, method, path, token=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=5)
        try:
            connection.request(method, path, headers={"X-Trunkline-Token": self.token if token is None else token})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def follow_answer(self):
        return self.ask("POST", "/follow")

    def count_ended(self):
        """Before the first change since the last `follow`: Kamailio may look by itself before it is told to."""
        if self.ended is None and self.process and self.process.poll() is None:
            with contextlib.suppress(OSError):
                self.ended = self.status()["ended"]

    def follow(self):
        """Returns how many registrations and calls were ended since the first change after the last time."""
        status, text = self.follow_answer()
        assert status == 200, text
        word, epoch, sequence, _ = text.split()
        assert word == "followed" and (epoch, int(sequence)) == self.projection.position()
        before, self.ended = self.ended, None
        return self.status()["ended"] - (before or 0)

    def status(self):
        return json.loads(self.ask("GET", "/status")[1])

    def registrations(self, member):
        return json.loads(self.ask("GET", f"/registrations/{member.name}")[1])

    def observed(self, sql, *parameters):
        return self.kept("observations.sqlite", sql, *parameters)

    def kept(self, name, sql, *parameters):
        """Rows of one of Kamailio's own files."""
        db = sqlite3.connect(f"file:{self.state / name}?mode=ro", uri=True, timeout=5)
        try:
            return db.execute(sql, parameters).fetchall()
        finally:
            db.close()

    def complaints(self):
        """Lines of the log that nobody should ever see."""
        words = ("CRITICAL", "ALERT", "BUG", "core dump", "signal 11", "signal 6", "no more shared", "bad config")
        return [line for line in self.log.read_text(errors="replace").splitlines() if any(word in line for word in words)]
