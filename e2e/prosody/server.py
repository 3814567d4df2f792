# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts the real Prosody with the project's modules and template, and a projection that the test writes."""
import grp
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

from certificates import make_certificates
from projection import Projection
from template import SHARE, configuration

DOMAIN = "social.localhost"


def free_ports(count, base):
    ports = []
    port = base
    while len(ports) < count:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                ports.append(port)
            except OSError:
                pass
        port += 1
    return ports


class Prosody:
    def __init__(self, folder, extra="", base_port=None, domain=DOMAIN, authority=None, after="", names=(), **values):
        """extra goes before the first host of the configuration, after behind its last; values override the template's."""
        self.folder, self.domain = Path(folder), domain
        rooms, uploads = "rooms." + domain, "upload." + domain
        self.state = self.folder / "prosody"
        base = base_port or 5222 + int(os.environ.get("TRUNKLINE_PORT_OFFSET", "2000"))
        self.c2s, self.c2s_tls, self.s2s, self.s2s_tls, self.http, self.components = free_ports(6, base)
        self.as_user = "prosody" if os.geteuid() == 0 else None
        for name in ("data", "run"):
            (self.state / name).mkdir(parents=True, exist_ok=True)
        self.projection = Projection(self.folder / "projection", group=self.as_user)
        certificate, key = make_certificates(self.folder / "tls", [domain, rooms, uploads, *names], authority)
        self.ca = authority.path if authority else certificate
        self.process, self.extra = None, extra
        self.socket_path = self.state / "run/trunkline.sock"
        self.component, self.component_secret = "trunkline." + domain, secrets.token_hex(32)
        secret_file = self.folder / "component.secret"
        secret_file.write_text(self.component_secret + "\n")
        secret_file.chmod(0o640)
        self.values = dict(
            data=str(self.state / "data"), pidFile=str(self.state / "run/prosody.pid"), modules=str(SHARE / "modules"),
            logLevel="debug", interfaces=["127.0.0.1"], c2sPort=self.c2s, c2sDirectTLSPort=self.c2s_tls, s2sPort=self.s2s,
            s2sDirectTLSPort=self.s2s_tls, httpPort=self.http, certificate=str(certificate), certificateKey=str(key),
            projection=str(self.projection.path), observations=str(self.state / "observations.sqlite"),
            socket=str(self.socket_path), decoyKey=str(self.state / "data/decoy.key"), deviceLimit=20, iterations=4096,
            archive=str(self.state / "data/archive.sqlite"), archiveRetention=365 * 86400, domain=domain, roomsHost=rooms,
            uploadHost=uploads, httpHost="chat." + domain, httpURL=f"http://chat.{domain}:{self.http}/",
            uploadHTTPHost=uploads, uploadURL=f"http://{uploads}:{self.http}/", uploadSize=20 * 1024 * 1024,
            uploadQuota=64 * 1024 * 1024, uploadRetention=30 * 86400,
            componentPort=self.components, componentHost=self.component, componentSecretFile=str(secret_file),
            hasContacts=True, contacts=[{"kind": "abuse", "addresses": [f"mailto:abuse@{domain}", f"xmpp:eve@{domain}"]}], hasTurn=False) | values
        self.config = self.folder / "prosody.cfg.lua"
        # All members of a test sign in from one address.
        extra = "trunkline_free_failures_of_address = 100000\n" + extra
        text = configuration(**self.values).replace("VirtualHost ", extra + "\nVirtualHost ", 1) + after
        if authority:  # trusted in the place of the system's
            text = re.sub(r"(ssl = \{ certificate = [^}]*?) \}", rf'\1, cafile = "{authority.path}" }}', text)
        self.config.write_text(text)
        self.log = self.folder / "prosody.log"
        if self.as_user:
            for path in [self.folder, secret_file, self.state, *self.state.rglob("*"), *(self.folder / "tls").rglob("*"), self.folder / "tls"]:
                shutil.chown(path, "prosody", "prosody")
            os.chmod(self.folder.parent, self.folder.parent.stat().st_mode | 0o011)  # Prosody must get there

    def command(self, *arguments):
        if not self.as_user:
            return list(arguments)
        user = pwd.getpwnam(self.as_user)
        return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={grp.getgrnam(self.as_user).gr_gid}", "--clear-groups", "--",
                *arguments]

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command("prosody", "-F", "--config", str(self.config)), stdout=log,
                                            stderr=log, cwd="/")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError("Prosody ended at its start:\n" + self.log.read_text()[-3000:])
            try:
                socket.create_connection(("127.0.0.1", self.c2s), timeout=1).close()
                self.ask("status")
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("Prosody does not answer:\n" + self.log.read_text()[-3000:])

    def stop(self, kill=False):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def ask(self, line):
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(10)
            control.connect(str(self.socket_path))
            control.sendall(line.encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                data = control.recv(4096)
                if not data:
                    break
                answer += data
            return answer.decode().strip()

    def follow(self):
        """Returns how many streams were ended."""
        word, epoch, sequence, ended = self.ask("follow").split()
        assert word == "followed" and (epoch, int(sequence)) == self.projection.position()
        return int(ended)

    def status(self):
        return json.loads(self.ask("status"))

    def observed(self, sql, *parameters):
        db = sqlite3.connect(f"file:{self.state / 'observations.sqlite'}?mode=ro", uri=True, timeout=5)
        try:
            return db.execute(sql, parameters).fetchall()
        finally:
            db.close()

    def tracebacks(self):
        """Each with what stands around it in the log."""
        lines = self.log.read_text(errors="replace").splitlines()
        return ["\n".join(lines[max(number - 3, 0):number + 12]) for number, line in enumerate(lines)
                if "stack traceback" in line or "Traceback[" in line]
