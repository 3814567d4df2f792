# SPDX-License-Identifier: AGPL-3.0-or-later
"""A Trunkline without engines in a folder of its own: the real executable, a ledger, a projection."""
import base64
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXECUTABLE = Path(os.environ.get("TRUNKLINE_EXECUTABLE", ROOT / ".build/debug/trunkline"))
OFFSET = int(os.environ.get("TRUNKLINE_PORT_OFFSET", "6000"))
DOMAIN = "social.localhost"
NOBODY = 65534

CONFIG = """\
domain: {domain}
state: {folder}/state
key_file: {folder}/ledger.key
home_server:
  url: https://{domain}:{closed_port}
  connect_address: 127.0.0.1
portal:
  url: https://chat.{domain}:{https_port}
  listen: 127.0.0.1:{portal_port}
xmpp:
  upload_url: https://upload.{domain}:{https_port}
  certificate: {folder}/none.pem
  certificate_key: {folder}/none.key
  projection: {folder}/projection
  engine_state: {folder}/prosody
  component_secret_file: {folder}/component.secret
devices:
  limit: 1000
log:
  level: error
"""


class Installation:
    def __init__(self):
        # Not below pytest's folder, which only root may enter when root runs the tests.
        self.folder = Path(tempfile.mkdtemp(prefix="trunkline-kills-"))
        self.folder.chmod(0o755)
        self.config = self.folder / "trunkline.yaml"
        self.config.write_text(CONFIG.format(
            domain=DOMAIN, folder=self.folder, closed_port=4443 + OFFSET, https_port=8443 + OFFSET,
            portal_port=8480 + OFFSET))
        key = self.folder / "ledger.key"
        key.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
        key.chmod(0o600)
        component = self.folder / "component.secret"
        component.write_text(secrets.token_hex(32))
        component.chmod(0o600)
        for name, mode in (("state", 0o700), ("projection", 0o2750), ("prosody", 0o755)):
            (self.folder / name).mkdir()
            (self.folder / name).chmod(mode)
        # As root, the executable becomes the owner of the state folder.
        self.owner = NOBODY if os.geteuid() == 0 else os.geteuid()
        if os.geteuid() == 0:
            for path in (key, component, *(self.folder / name for name in ("state", "projection", "prosody"))):
                shutil.chown(path, self.owner, self.owner)
        (self.folder / "projection").chmod(0o2750)
        self.ledger_file = self.folder / "state/ledger.sqlite"
        self.projection_file = self.folder / "projection/projection.sqlite"

    def remove(self):
        shutil.rmtree(self.folder)

    # Running it

    def start(self, *arguments, fail_point=None, **options):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("TRUNKLINE")}
        if fail_point:
            environment["TRUNKLINE_FAIL_POINT"] = fail_point
        return subprocess.Popen(
            [EXECUTABLE, *self.placed(arguments)], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def placed(self, arguments):
        return [*arguments, "--config", str(self.config)]

    def run(self, *arguments, fail_point=None):
        """Runs a command to its end; returns its exit code (negative: the signal) and what it printed."""
        process = self.start(*arguments, fail_point=fail_point)
        printed, complaints = process.communicate(timeout=60)
        return process.returncode, printed, complaints

    def must(self, *arguments):
        code, printed, complaints = self.run(*arguments)
        assert code == 0, f"trunkline {' '.join(arguments)}: {code}\n{printed}{complaints}"
        return printed

    def prepare(self):
        return self.must("prepare")

    def add(self, account="alice"):
        return json.loads(self.must("devices", "add", account, "--name", "Phone", "--json"))

    def duration(self, *arguments):
        """How long a command takes, in seconds: the middle one of three."""
        times = []
        for _ in range(3):
            start = time.monotonic()
            self.must(*arguments)
            times.append(time.monotonic() - start)
        return sorted(times)[1]

    # Looking at it

    def ledger(self):
        return self.reader(self.ledger_file)

    def projection(self):
        return self.reader(self.projection_file)

    @staticmethod
    def reader(file):
        database = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10, isolation_level=None)
        database.row_factory = sqlite3.Row
        database.execute("BEGIN")
        return database

    def add_account(self, name):
        """Writes what the first sign-in of a member writes: there is no command for it."""
        now = int(time.time())
        database = sqlite3.connect(self.ledger_file, timeout=10, isolation_level=None)
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO names VALUES (?, ?, ?, ?)", (name, DOMAIN, f"id-{name}", now))
        database.execute(
            "INSERT INTO accounts (home_server, home_id, name, display_name, standing, standing_checked_at,"
            " services, presence, created_at) VALUES (?, ?, ?, ?, 'active', ?, 'xmpp', 'nobody', ?)",
            (DOMAIN, f"id-{name}", name, name, now, now))
        database.execute("INSERT INTO outbox (mark, name, created_at) VALUES (?, ?, ?)", (secrets.token_hex(8), name, now))
        database.execute("COMMIT")
        database.close()
