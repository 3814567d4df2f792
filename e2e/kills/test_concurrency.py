# SPDX-License-Identifier: AGPL-3.0-or-later
"""Several commands and the daemon at once: no change is lost, and the projection ends up as the ledger."""
import json
import os
import signal
import threading
import time

from holdings import check, engine_view, opens

SECONDS = float(os.environ.get("TRUNKLINE_CONCURRENCY_SECONDS", "10"))


class Worker(threading.Thread):
    """Adds devices and revokes every other one, by the command line, until the time is up."""

    def __init__(self, installation, account, until):
        super().__init__()
        self.installation, self.account, self.until = installation, account, until
        self.live, self.revoked, self.problems, self.changes = {}, set(), [], 0

    def run(self):
        while time.monotonic() < self.until:
            code, printed, complaints = self.installation.run(
                "devices", "add", self.account, "--name", "Phone", "--json")
            if code != 0:
                self.problems.append(complaints)
                continue
            issued = json.loads(printed)
            self.live[issued["id"]] = issued["passwords"]["xmpp"]
            self.changes += 1
            if issued["id"] not in engine_view(self.installation).get(self.account, {}):
                self.problems.append("acknowledged, and an engine does not know it")
            if len(self.live) < 2:
                continue
            device = next(iter(self.live))
            code, _, complaints = self.installation.run("devices", "revoke", self.account, device)
            if code != 0:
                self.problems.append(complaints)
                continue
            del self.live[device]
            self.revoked.add(device)
            self.changes += 1
            if device in engine_view(self.installation)[self.account]:
                self.problems.append("revoked, and an engine still lets it in")


def test_commands_and_the_daemon_at_once(installation):
    installation.add_account("bob")
    daemon = installation.start("serve")
    try:
        until = time.monotonic() + SECONDS
        workers = [Worker(installation, account, until) for account in ("alice", "alice", "bob", "bob")]
        for worker in workers:
            worker.start()
        preparations = 0
        while time.monotonic() < until:
            installation.prepare()
            preparations += 1
        for worker in workers:
            worker.join()
        assert daemon.poll() is None, daemon.communicate()
    finally:
        daemon.send_signal(signal.SIGTERM)
        try:
            daemon.communicate(timeout=20)
        except Exception:
            daemon.kill()
            daemon.communicate()
    assert [problem for worker in workers for problem in worker.problems] == []
    held = check(installation)
    for account, extra in (("alice", {installation.first["id"]}), ("bob", set())):
        expected = set().union(*(set(worker.live) for worker in workers if worker.account == account))
        assert set(held[account]) == expected | extra
    for worker in workers:
        for device, password in list(worker.live.items())[:3]:
            assert opens(installation, worker.account, device, password)
    ledger = installation.ledger()
    noted = ledger.execute("SELECT COUNT(*) FROM audit WHERE action IN ('device.added', 'device.revoked')").fetchone()[0]
    ledger.close()
    changes = sum(worker.changes for worker in workers)
    assert noted == changes + 1
    print(f"\n{changes} changes by {len(workers)} commands at a time, {preparations} preparations")


def test_several_first_starts_at_once(empty):
    for _ in range(5):
        processes = [empty.start("prepare") for _ in range(8)]
        results = [(process.communicate(timeout=60), process.returncode) for process in processes]
        assert [code for _, code in results] == [0] * 8, results
        for file in (empty.ledger_file, empty.projection_file):
            for suffix in ("", "-wal", "-shm"):
                file.with_name(file.name + suffix).unlink(missing_ok=True)
