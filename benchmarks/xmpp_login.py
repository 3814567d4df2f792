#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""CPU that Prosody spends on one SCRAM-SHA-256 login over TLS 1.3, from the connection to <success/>: ours with 1, 5 and 20
devices against Prosody's own internal_hashed at the same iteration count. With --members, a sample
of members among so many others against one among 1,000. With --ejabberd, ejabberd beside it, with an extauth program that says yes.

    benchmarks/xmpp_login.py [--rounds 60 --logins 10] [--members 100000] [--ejabberd]
"""
import argparse
import base64
import itertools
import os
import secrets
import shutil
import socket
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e/prosody"))

from ejabberd import Ejabberd  # noqa: E402
from measure import Side, family, report, rounds  # noqa: E402
from projection import ITERATIONS, b64, verifiers  # noqa: E402
from raw import Raw  # noqa: E402
from server import Prosody  # noqa: E402

HASHED = "hashed.localhost"
EXTRA = (f'VirtualHost "{HASHED}"\n  authentication = "internal_hashed"\n  password_hash = "SHA-256"\n'
         '  modules_disabled = { "trunkline"; "trunkline_presence"; "trunkline_blocks"; "trunkline_push"; '
         '"trunkline_purge"; "trunkline_notices" }\n')
PASSWORD = "correct-horse-battery"


def crowd(projection, members, devices=5):
    """Members with random keys, who are only there."""
    def rows():
        for number in range(members):
            lines = "".join(f"{number:08d}{device:08d} 0 {b64(secrets.token_bytes(20))} {b64(secrets.token_bytes(20))} "
                            f"{b64(secrets.token_bytes(32))} {b64(secrets.token_bytes(32))}\n" for device in range(devices))
            yield (f"m{secrets.token_hex(8)}", b64(secrets.token_bytes(16)), ITERATIONS, b64(secrets.token_bytes(16)), ITERATIONS, "nobody", "everyone",
                   lines)
    projection.db.execute("BEGIN IMMEDIATE")
    projection.db.executemany(
        "INSERT INTO members (name, sha1_salt, sha1_iterations, sha256_salt, sha256_iterations, presence, reach, devices) "
        "VALUES (?,?,?,?,?,?,?,?)", rows())
    projection.db.execute("COMMIT")
    projection.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    projection.write()


def own_account(server):
    """The peer: an account of Prosody's own, as `prosodyctl adduser` leaves it, but with as many iterations as ours."""
    accounts = server.state / "data/hashed%2elocalhost/accounts"
    accounts.mkdir(parents=True)
    salt = secrets.token_hex(16)
    stored, key = (base64.b64decode(value).hex() for value in verifiers(PASSWORD, salt.encode(), "sha256"))
    (accounts / "alice.dat").write_text(f'return {{ ["salt"] = "{salt}"; ["iteration_count"] = {ITERATIONS}; '
                                        f'["stored_key"] = "{stored}"; ["server_key"] = "{key}"; }};\n')
    if server.as_user:
        for path in (accounts.parent, accounts, accounts / "alice.dat"):
            shutil.chown(path, "prosody", "prosody")


class Client(Raw):
    """Acknowledges at once what it gets, else the server's Nagle algorithm leaves 40 ms in which others cool its caches."""

    def expect(self, *arguments, **options):
        self.plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return super().expect(*arguments, **options)


def login(server, domain, name, password, plain=False):
    client = Client(server, domain=domain)
    client.open()
    answer = client.plain_login(name, password) if plain else client.scram(name, password)
    assert answer == "success", answer
    client.close()


def prosody(folder, members):
    server = Prosody(Path(folder) / f"with{members}", extra=EXTRA)
    server.config.write_text(server.config.read_text().replace('min = "debug"', 'min = "info"'))
    crowd(server.projection, members)
    own_account(server)
    return server


def side(server, name, domain, people, **options):
    """Logins of (name, password) pairs in turn."""
    turn = itertools.cycle(people)
    return Side(name, lambda times: [login(server, domain, *next(turn), **options) for _ in range(times)],
                lambda: family(server.process.pid))


def ours(server, count, name=None, sample=1):
    """Members with so many devices, who log in with the last one; of a sample, scattered over the whole table."""
    members = [server.projection.add_member(f"m{secrets.token_hex(8)}", devices=count) for _ in range(sample)]
    return side(server, name or f"ours, {count} device{'s'[:count - 1]}", "social.localhost",
                [(member.name, member.devices[-1].password) for member in members])


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--members", type=int, help="compare so many members against 1,000")
    options.add_argument("--ejabberd", action="store_true")
    options.add_argument("--rounds", type=int, default=60)
    options.add_argument("--logins", type=int, default=10, help="in each round")
    options = options.parse_args()
    servers = []
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        try:
            few = prosody(folder, 1000)
            servers.append(few.start())
            if options.members:
                many = prosody(folder, options.members)
                servers.append(many.start())
                title = f"XMPP login of a member with 5 devices among {options.members} members and {5 * options.members} devices"
                sides = [ours(few, 5, "among 1000 members", sample=100), ours(many, 5, f"among {options.members} members", sample=100)]
            else:
                title = "XMPP login, SCRAM-SHA-256, TLS 1.3, CPU of the server"
                sides = [side(few, "internal_hashed", HASHED, [("alice", PASSWORD)]), *(ours(few, count) for count in (1, 5, 20))]
            if options.ejabberd:
                servers.append(Ejabberd(Path(folder) / "ejabberd", few.ca, few.values["certificateKey"]).start())
                sides.append(side(servers[-1], "ejabberd, extauth, PLAIN", "social.localhost", [("alice", PASSWORD)], plain=True))
            rounds(sides, options.rounds, options.logins)
            report(f"{title}, {options.logins} logins each", sides, sides[0])
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
