#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""CPU that Prosody spends on one SCRAM-SHA-256 login over TLS 1.3: ours with 1, 5 and 20 devices against Prosody's own
internal_hashed at the same iteration count, interleaved in one run; with --members, among so many other members.

    benchmarks/xmpp_login.py [--members 100000 --devices 5] [--rounds 15] [--logins 60]
"""
import argparse
import os
import secrets
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e/prosody"))

from projection import b64  # noqa: E402
from raw import Raw  # noqa: E402
from server import Prosody  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
HASHED = "hashed.localhost"
EXTRA = f'VirtualHost "{HASHED}"\n  authentication = "internal_hashed"\n  modules_disabled = {{ "trunkline"; "trunkline_presence"; "trunkline_purge"; "trunkline_notices" }}\n'


def cpu(pid):
    """Seconds that the process has run, from the scheduler's own nanoseconds."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def crowd(projection, members, devices):
    """Members with random keys, who are only there."""
    def rows():
        for number in range(members):
            lines = "".join(f"{number:08d}{device:08d} 0 {b64(secrets.token_bytes(20))} {b64(secrets.token_bytes(20))} "
                            f"{b64(secrets.token_bytes(32))} {b64(secrets.token_bytes(32))}\n" for device in range(devices))
            yield (f"crowd{number}", b64(secrets.token_bytes(16)), 4096, b64(secrets.token_bytes(16)), 4096, "nobody", lines)
    projection.db.execute("BEGIN IMMEDIATE")
    projection.db.executemany("INSERT INTO members VALUES (?,?,?,?,?,?,?)", rows())
    projection.db.execute("COMMIT")
    projection.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    projection.write()


def login(server, domain, name, password):
    raw = Raw(server, domain=domain)
    raw.open()
    assert raw.scram(name, password) == "success"
    raw.close()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--members", type=int, default=1000)
    options.add_argument("--devices", type=int, default=5)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--logins", type=int, default=60)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        server = Prosody(Path(folder) / "server", extra=EXTRA)
        server.config.write_text(server.config.read_text().replace('min = "debug"', 'min = "info"'))
        crowd(server.projection, options.members, options.devices)
        sides = {}
        for count in (1, 5, 20):
            member = server.projection.add_member(f"with{count}", devices=count)
            sides[f"ours, {count} devices"] = ("social.localhost", member.name, member.devices[-1].password)
        sides["internal_hashed"] = (HASHED, "alice", "correct-horse-battery")
        accounts = server.state / "data" / "hashed%2elocalhost/accounts"
        from projection import ITERATIONS, verifiers
        salt = secrets.token_hex(16)
        import base64
        stored, server_key = verifiers("correct-horse-battery", salt.encode(), "sha256")
        accounts.mkdir(parents=True)
        (accounts / "alice.dat").write_text(
            f'return {{ ["salt"] = "{salt}"; ["iteration_count"] = {ITERATIONS}; ["stored_key"] = "{base64.b64decode(stored).hex()}"; '
            f'["server_key"] = "{base64.b64decode(server_key).hex()}"; }};\n')
        if server.as_user:
            import shutil
            for path in (accounts.parent, accounts, accounts / "alice.dat"):
                shutil.chown(path, "prosody", "prosody")
        server.config.write_text(server.config.read_text().replace(
            f'VirtualHost "{HASHED}"\n', f'VirtualHost "{HASHED}"\n  password_hash = "SHA-256"\n'))
        server.start()
        try:
            measured = {side: [] for side in sides}
            for side in sides.values():
                login(server, *side)
            for _ in range(options.rounds):
                for name, side in sides.items():
                    before = cpu(server.process.pid)
                    for _ in range(options.logins):
                        login(server, *side)
                    measured[name].append((cpu(server.process.pid) - before) / options.logins * 1000)
        finally:
            server.stop()
    base = statistics.median(measured["internal_hashed"])
    print(f"{options.members} members, {options.members * options.devices} devices; ms of CPU for each login; "
          f"{options.rounds} rounds of {options.logins}")
    for name, values in measured.items():
        values.sort()
        median = statistics.median(values)
        print(f"{name:18} median {median:.3f}  lowest {values[0]:.3f}  highest {values[-1]:.3f}  {median / base:.3f} times")


if __name__ == "__main__":
    main()
