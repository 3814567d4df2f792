# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the SIP benchmarks set against each other: our Kamailio configuration and a small one of the usual kind, both in the
foreground on loopback, and sipp, which plays the phones."""
import hashlib
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

from measure import ROOT

sys.path[:0] = [str(ROOT / "e2e/sip"), str(ROOT / "e2e/calls")]

from kamailio_engine import Kamailio, free_ports  # noqa: E402
from rtpengine_engine import RTPEngine  # noqa: E402
from sip_projection import REALM  # noqa: E402

FILES = ROOT / "benchmarks/sip"
PASSWORD = "correct-horse-battery"
WORKERS = 2


def memory():
    """Where a site keeps what Kamailio writes of running calls: in memory, where this system has that."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Peer:
    """auth_db with one row for each name."""

    domain = REALM

    def __init__(self, folder, names, *definitions, media=0, host=None):
        self.folder, self.definitions, self.process, self.host = Path(folder), definitions, None, host or Loopback()
        self.folder.mkdir(parents=True)
        self.port = free_ports(1, 9000 + int(os.environ.get("TRUNKLINE_PORT_OFFSET", "3000")))[0]
        database = sqlite3.connect(self.folder / "kamailio.sqlite")
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript("CREATE TABLE version (table_name TEXT, table_version INTEGER);"
                               "INSERT INTO version VALUES ('subscriber', 7);"
                               "CREATE TABLE subscriber (id INTEGER PRIMARY KEY, username TEXT, domain TEXT, password TEXT,"
                               "  ha1 TEXT, ha1b TEXT, UNIQUE (username, domain));")
        database.executemany("INSERT INTO subscriber (username, domain, ha1) VALUES (?, ?, ?)", [
            (name, REALM, hashlib.md5(f"{name}:{REALM}:{PASSWORD}".encode()).hexdigest()) for name in names])
        database.commit()
        self.database = database  # stays open, as the projection's does, so that both find their index in memory
        text = (FILES / "peer.cfg").read_text().replace("127.0.0.1:PORT", f"{self.host.address}:PORT")
        for word, value in (("WORKERS", WORKERS), ("PORT", self.port), ("DATABASE", self.folder / "kamailio.sqlite"), ("DOMAIN", REALM), ("MEDIA\"", f"{media}\"")):
            text = text.replace(word, str(value))
        (self.folder / "kamailio.cfg").write_text(text)
        if os.geteuid() == 0:
            for path in [self.folder, *self.folder.iterdir()]:
                shutil.chown(path, "kamailio", "kamailio")

    def start(self):
        user = pwd.getpwnam("kamailio") if os.geteuid() == 0 else None
        drop = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"] if user else []
        with open(self.folder / "log", "wb") as log:
            self.process = self.host.popen(
                *drop, "kamailio", "-DD", "-E", "-f", str(self.folder / "kamailio.cfg"), "-Y", str(self.folder), "-w", str(self.folder),
                 "-P", str(self.folder / "pid"), "-x", "fm", "-X", "fm", "-m", "256", "-M", "16", *[part for word in self.definitions for part in ("-A", word)],
                stdout=log, stderr=log, cwd="/", start_new_session=True)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.host.socket(kind=socket.SOCK_STREAM, connect=(self.host.address, self.port)).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the peer does not start:\n" + (self.folder / "log").read_text()[-3000:])

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)  # its own session: nobody else is in it
                self.process.wait()


class Loopback:
    """The host that RTPEngine wants, when it is this machine."""
    address, address6, public = "127.0.0.1", "::1", None

    def popen(self, *command, **options):
        return subprocess.Popen(command, **{"start_new_session": True, **options})

    def socket(self, kind, connect):
        connection = socket.socket(type=kind)
        connection.connect(connect)
        return connection


def relay(folder):
    """rtpengine by the project's own template."""
    control, http = free_ports(2, 9300 + int(os.environ.get("TRUNKLINE_PORT_OFFSET", "3000")))
    engine = RTPEngine(Loopback(), folder, interface=Loopback.address, controlPort=control, httpPort=http, firstPort=30000, lastPort=39999, sessions=3000, logLevel=4)
    engine.control_port, engine.http_port = control, http
    return engine


def ours(folder, **settings):
    return Kamailio(folder, arguments=["-m", "512"], **{"workers": WORKERS, "connections": 1000, **settings})


def enrol(projection, names, devices=5):
    """Members with so many devices each, of which the last one has the password; written at once."""
    rows = []
    for name in names:
        known = hashlib.md5(f"{name}:{REALM}:{PASSWORD}".encode()).hexdigest()
        for number in range(devices):
            last = number == devices - 1
            rows.append((name, "MD5", f"{'z' if last else 'a'}{number:02}{secrets.token_hex(7)[:13]}",
                         known if last else secrets.token_hex(16), 0))
    projection.db.execute("BEGIN IMMEDIATE")
    projection.db.executemany("INSERT INTO credentials VALUES (?,?,?,?,?)", rows)
    projection.db.executemany("INSERT INTO members VALUES (?, 'everyone')", [(name,) for name in names])
    projection.db.execute("UPDATE position SET sequence = sequence + 1")
    projection.db.execute("COMMIT")
    projection.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    projection.write()


SDP = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 0
a=rtpmap:0 PCMU/8000
"""


def scenario(folder, name, media=False, **values):
    """A copy of one of our sipp scenarios, filled in; calls with an SDP or without any."""
    text = (FILES / f"{name}.xml").read_text()
    for word, value in {**values, "BODY": SDP if media else "Content-Length: 0\n"}.items():
        text = text.replace(word, str(value))
    path = Path(folder) / f"{name}-{media}-{'-'.join(map(str, values.values()))}.xml"
    path.write_text(text)
    return path


def people(folder, names, words=()):
    """sipp's list of names and passwords."""
    path = Path(folder) / f"people{len(list(Path(folder).glob('people*')))}.csv"
    path.write_text("SEQUENTIAL\n" + "".join(
        ";".join([name, f"[authentication username={name} password={PASSWORD}]", *words]) + "\n" for name in names))
    return path


def sipp(folder, target, *arguments, local):
    """The arguments of one sipp."""
    return ["sipp", f"127.0.0.1:{target}", "-i", "127.0.0.1", "-p", str(local), "-nostdin", "-cid_str", f"{secrets.token_hex(4)}-%u@bench",
            "-trace_err", "-error_file", str(Path(folder) / f"sipp-{local}.err"), *map(str, arguments)]


def run(command, folder, seconds=120):
    ended = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, env={**os.environ, "TERM": "dumb"})
    if ended.returncode != 0:
        raise RuntimeError(f"sipp: {ended.returncode}\n" + ended.stdout.decode(errors="replace")[-1500:] + "".join(
            path.read_text(errors="replace")[:1500] for path in Path(folder).glob("*.err")))
