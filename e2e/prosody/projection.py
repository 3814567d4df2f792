# SPDX-License-Identifier: AGPL-3.0-or-later
"""A projection as the daemon writes it, made by a test: members with devices, and a change log."""
import base64
import hashlib
import hmac
import os
import secrets
import shutil
import sqlite3
import string
from pathlib import Path

SCHEMA = Path(__file__).resolve().parents[2] / "share/prosody/projection.sql"
ITERATIONS = 4096
ALPHABET = string.ascii_lowercase + string.digits


def b64(data):
    return base64.b64encode(data).decode()


def verifiers(password, salt, family, iterations=ITERATIONS):
    salted = hashlib.pbkdf2_hmac(family, password.encode(), salt, iterations)
    client_key = hmac.new(salted, b"Client Key", family).digest()
    return b64(hashlib.new(family, client_key).digest()), b64(hmac.new(salted, b"Server Key", family).digest())


class Device:
    def __init__(self, member, password=None, expires=0):
        self.id = "".join(secrets.choice(ALPHABET) for _ in range(16))
        self.member, self.expires = member, expires
        self.password = password or secrets.token_urlsafe(18)
        self.keys = verifiers(self.password, member.salts["sha1"], "sha1") + verifiers(
            self.password, member.salts["sha256"], "sha256")

    def line(self):
        return " ".join([self.id, str(int(self.expires)), *self.keys]) + "\n"


class Member:
    def __init__(self, name, presence="nobody", reach="everyone"):
        self.name, self.presence, self.reach = name, presence, reach
        self.relations = {}  # peer -> flags
        self.salts = {"sha1": os.urandom(16), "sha256": os.urandom(16)}
        self.devices = []

    def row(self):
        return (self.name, b64(self.salts["sha1"]), ITERATIONS, b64(self.salts["sha256"]), ITERATIONS,
                self.presence, self.reach, "".join(device.line() for device in self.devices))


class Projection:
    """Keeps its connection open, so that the WAL and its index stay for readers that may not create them."""

    def __init__(self, folder, group=None):
        self.folder, self.path, self.group = Path(folder), Path(folder) / "projection.sqlite", group
        self.members, self.for_all = {}, {}
        self.folder.mkdir(parents=True, exist_ok=True)
        if group:
            shutil.chown(self.folder, group=group)
        os.chmod(self.folder, 0o2750)
        self.db = None
        self.create(self.path)
        self.db = self.connect()

    def connect(self):
        db = sqlite3.connect(self.path, timeout=5, isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("UPDATE position SET sequence = sequence")  # the WAL exists and is not empty
        return db

    def create(self, path, epoch=None, sequence=0):
        old = os.umask(0o027)
        try:
            db = sqlite3.connect(path, isolation_level=None)
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(SCHEMA.read_text())
            db.execute("INSERT INTO position (id, schema, epoch, sequence) VALUES (1, 2, ?, ?)", (epoch or secrets.token_hex(8), sequence))
            db.executemany("INSERT INTO members VALUES (?,?,?,?,?,?,?,?)", [m.row() for m in self.members.values()])
            of_all = [(m.name, peer, flags) for m in self.members.values() for peer, flags in m.relations.items()]
            db.executemany("INSERT INTO relations VALUES (?,?,?)", of_all + [("*", *one) for one in self.for_all.items()])
            db.close()
        finally:
            os.umask(old)
        os.chmod(path, 0o640)
        if self.group:
            shutil.chown(path, group=self.group)

    def write(self, *statements, name=None):
        """Runs (sql, parameters) pairs and appends to the change log, in one transaction."""
        self.db.execute("BEGIN IMMEDIATE")
        for sql, parameters in statements:
            self.db.execute(sql, parameters)
        self.db.execute("UPDATE position SET sequence = sequence + 1")
        if name:
            self.db.execute("INSERT INTO changes SELECT sequence, ? FROM position", (name,))
        self.db.execute("COMMIT")

    def save(self, member):
        self.members[member.name] = member
        self.write(("INSERT OR REPLACE INTO members VALUES (?,?,?,?,?,?,?,?)", member.row()), name=member.name)

    def relate(self, member, peer, flags):
        """Sets what a member (None: the home server's admin, for all) decided about an address or a server; "" takes it back."""
        name, relations = (member.name, member.relations) if member else ("*", self.for_all)
        relations.pop(peer, None)
        if flags:
            relations[peer] = flags
            self.write(("INSERT OR REPLACE INTO relations VALUES (?,?,?)", (name, peer, flags)), name=name)
        else:
            self.write(("DELETE FROM relations WHERE name = ? AND peer = ?", (name, peer)), name=name)

    def add_member(self, name, devices=1, **decisions):
        member = Member(name, **decisions)
        member.devices = [Device(member) for _ in range(devices)]
        self.save(member)
        return member

    def add_device(self, member, **options):
        device = Device(member, **options)
        member.devices.append(device)
        self.save(member)
        return device

    def revoke(self, device):
        device.member.devices.remove(device)
        self.save(device.member)

    def remove(self, member):
        self.members.pop(member.name, None)
        self.write(("DELETE FROM members WHERE name = ?", (member.name,)),
                   ("DELETE FROM relations WHERE name = ?", (member.name,)), name=member.name)

    def purge(self, member):
        """Removes the member and asks for a purge; returns its id."""
        self.members.pop(member.name, None)
        purge = secrets.token_hex(8)
        self.write(("DELETE FROM members WHERE name = ?", (member.name,)),
                   ("DELETE FROM relations WHERE name = ?", (member.name,)),
                   ("INSERT INTO purges VALUES (?, ?)", (purge, member.name)), name=member.name)
        return purge

    def position(self):
        return self.db.execute("SELECT epoch, sequence FROM position").fetchone()

    def replace(self, epoch=None):
        """Puts a new file with the same members in the place of the old one, as after a repair."""
        new = self.path.with_suffix(".new")
        self.create(new, epoch=epoch)
        self.db.close()
        for suffix in ("-wal", "-shm"):
            Path(str(self.path) + suffix).unlink(missing_ok=True)
        new.rename(self.path)
        self.db = self.connect()

    def delete(self):
        self.db.close()
        for suffix in ("", "-wal", "-shm"):
            Path(str(self.path) + suffix).unlink(missing_ok=True)
