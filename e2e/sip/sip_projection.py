# SPDX-License-Identifier: AGPL-3.0-or-later
"""A SIP projection as the daemon writes it, made by a test: members with devices and relations, and a change log."""
import hashlib
import os
import secrets
import shutil
import sqlite3
import string
from pathlib import Path

SCHEMA = Path(__file__).resolve().parents[2] / "share/kamailio/projection.sql"
REALM = "social.localhost"
ALPHABET = string.ascii_lowercase + string.digits
HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Device:
    def __init__(self, member, password=None, expires=0, algorithms=("MD5", "SHA-256")):
        self.id = "".join(secrets.choice(ALPHABET) for _ in range(16))
        self.member, self.expires, self.algorithms = member, int(expires), algorithms
        self.password = password or secrets.token_urlsafe(18)

    def rows(self):
        text = f"{self.member.name}:{REALM}:{self.password}".encode()
        return [(self.member.name, algorithm, self.id, HASHES[algorithm](text).hexdigest(), self.expires)
                for algorithm in self.algorithms]


class Member:
    def __init__(self, name, reach="everyone"):
        self.name, self.reach, self.devices = name, reach, []
        self.relations = {}  # another member's name => flags


class Projection:
    """Keeps its connection open, so that the WAL and its index stay for readers that may not create them."""

    def __init__(self, folder, group=None):
        self.folder, self.path, self.group = Path(folder), Path(folder) / "projection.sqlite", group
        self.members = {}
        self.before_write = lambda: None
        self.folder.mkdir(parents=True, exist_ok=True)
        if group:
            shutil.chown(self.folder, group=group)
        os.chmod(self.folder, 0o2750)
        self.create(self.path)
        self.db = self.connect()

    def connect(self):
        db = sqlite3.connect(self.path, timeout=5, isolation_level=None)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("UPDATE position SET sequence = sequence")  # the WAL exists and is not empty
        return db

    def create(self, path, epoch=None, sequence=0):
        """Makes a new file with today's members, and says its epoch in the file beside it."""
        epoch = epoch or secrets.token_hex(8)
        old = os.umask(0o027)
        try:
            db = sqlite3.connect(path, isolation_level=None)
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(SCHEMA.read_text())
            db.execute("INSERT INTO position (id, schema, epoch, sequence) VALUES (1, 2, ?, ?)", (epoch, sequence))
            for member in self.members.values():
                for sql, parameters in self.statements(member):
                    db.execute(sql, parameters)
            db.close()
        finally:
            os.umask(old)
        os.chmod(path, 0o640)
        if self.group:
            shutil.chown(path, group=self.group)
        self.say_epoch(epoch)

    def say_epoch(self, epoch):
        path = self.folder / "projection.epoch"
        path.write_text(epoch + "\n")
        os.chmod(path, 0o640)
        if self.group:
            shutil.chown(path, group=self.group)

    def write(self, *statements, name=None):
        """Runs (sql, parameters) pairs and appends to the change log, in one transaction."""
        self.before_write()
        self.db.execute("BEGIN IMMEDIATE")
        for sql, parameters in statements:
            self.db.execute(sql, parameters)
        self.db.execute("UPDATE position SET sequence = sequence + 1")
        if name:
            self.db.execute("INSERT INTO changes SELECT sequence, ? FROM position", (name,))
        self.db.execute("COMMIT")

    def save(self, member):
        self.members[member.name] = member
        self.write(*self.statements(member), name=member.name)

    @staticmethod
    def statements(member):
        """What makes a member's rows what they should be."""
        yield from ((f"DELETE FROM {table} WHERE name = ?", (member.name,)) for table in ("credentials", "members", "relations"))
        yield from (("INSERT INTO credentials VALUES (?,?,?,?,?)", row) for device in member.devices for row in device.rows())
        if member.reach:
            yield "INSERT INTO members VALUES (?,?)", (member.name, member.reach)
        yield from (("INSERT INTO relations VALUES (?,?,?)", (member.name, *pair)) for pair in member.relations.items() if pair[1])

    def relate(self, member, peer, flags):
        """What `member` has decided of `peer`: letters, or none."""
        member.relations[peer.name] = flags
        self.save(member)

    def change_reach(self, member, reach):
        member.reach = reach
        self.save(member)

    def add_member(self, name, devices=1, reach="everyone", **options):
        member = Member(name, reach)
        member.devices = [Device(member, **options) for _ in range(devices)]
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
        self.write(*[(f"DELETE FROM {table} WHERE name = ?", (member.name,)) for table in ("credentials", "members", "relations")],
                   name=member.name)

    def leave(self):
        """The writer goes, as a daemon that keeps the WAL behind does (SQLITE_FCNTL_PERSIST_WAL)."""
        copies = {suffix: Path(str(self.path) + suffix).read_bytes() for suffix in ("", "-wal", "-shm")}
        self.db.close()
        for suffix, data in copies.items():
            path = Path(str(self.path) + suffix)
            path.write_bytes(data)
            os.chmod(path, 0o640)
            if self.group:
                shutil.chown(path, group=self.group)

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
