# SPDX-License-Identifier: AGPL-3.0-or-later
"""A trial's programs in the test's own hands: each can be stopped, killed and started, in any order.

The supervisor starts them, and is then ended by force; they live on, as services of a machine would, and nobody starts
them again but the test.
"""

from __future__ import annotations

import os
import pathlib
import select
import signal
import socket
import subprocess
from dataclasses import dataclass

from trial import CHILDREN, Trial, wait_until

PORTS = {"prosody": ("client", "client_tls", "engine_http"), "daemon": ("portal",), "sandbox": ("sandbox",), "nginx": ("https",)}


@dataclass
class Program:
    command: list[str]
    environment: dict[str, str]
    folder: str
    user: int
    group: int
    groups: list[int]


def look(pid: int) -> Program:
    """How a process was started, so that it can be started again."""
    place = pathlib.Path(f"/proc/{pid}")
    status = dict(line.split(":\t", 1) for line in (place / "status").read_text().splitlines() if ":\t" in line)
    variables = (place / "environ").read_bytes().split(b"\0")
    return Program(
        command=[part.decode() for part in (place / "cmdline").read_bytes().split(b"\0")[:-1]],
        environment=dict(entry.decode().split("=", 1) for entry in variables if b"=" in entry),
        folder=os.readlink(place / "cwd"), user=int(status["Uid"].split()[1]), group=int(status["Gid"].split()[1]),
        groups=[int(group) for group in status["Groups"].split()],
    )


class Hands:
    """Takes over the daemon, Prosody and the sandbox of a trial that runs; nginx goes on as it is."""

    def __init__(self, trial: Trial):
        self.trial, self.pids = trial, {name: trial.pid(name) for name in CHILDREN}
        self.programs = {name: look(pid) for name, pid in self.pids.items() if name != "nginx"}
        self.started: dict[str, subprocess.Popen] = {}
        if trial.process.poll() is None:
            trial.kill()

    def __enter__(self) -> "Hands":
        return self

    def __exit__(self, *_) -> None:
        for name in CHILDREN:
            if self.runs(name):
                self.stop(name, signal.SIGKILL)

    def runs(self, name: str) -> bool:
        process = self.started.get(name)
        if process is not None:
            return process.poll() is None
        # An orphan that nobody has waited for yet is dead too.
        try:
            stat = pathlib.Path(f"/proc/{self.pids[name]}/stat").read_text()
        except FileNotFoundError:
            return False
        return stat[stat.rindex(")") + 2] not in "ZX"

    def stop(self, name: str, number: int = signal.SIGTERM) -> None:
        """Ends it and waits until it is gone."""
        pid = self.started[name].pid if name in self.started else self.pids[name]
        handle = os.pidfd_open(pid)
        try:
            os.kill(pid, number) if name != "nginx" else os.killpg(pid, number)
            ended, _, _ = select.select([handle], [], [], 30)
            assert ended, f"{name} did not end"
        finally:
            os.close(handle)
        if name in self.started:
            self.started.pop(name).wait()
            self.pids[name] = 0

    def start(self, name: str, environment: dict[str, str] | None = None, is_ready: bool = True) -> None:
        assert not self.runs(name), f"{name} runs"
        program = self.programs[name]
        log = open(self.trial.state / f"logs/{name}.log", "ab")
        owner = {} if os.geteuid() else {"user": program.user, "group": program.group, "extra_groups": program.groups}
        self.started[name] = subprocess.Popen(
            program.command, env={**program.environment, **(environment or {})}, cwd=program.folder, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True, **owner)
        log.close()
        if is_ready:
            self.wait_ready(name)

    def wait_ready(self, name: str) -> None:
        def answers():
            assert self.runs(name), f"{name} ended:\n{self.trial.log(name)[-2000:]}"
            try:
                for port in PORTS[name]:
                    socket.create_connection(("127.0.0.1", self.trial.port(port)), timeout=1).close()
                return True
            except OSError:
                return False

        wait_until(answers, 30, f"{name} being ready")

    def command(self, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess:
        """The daemon's command line, with variables of its own."""
        return subprocess.run(
            [self.trial.executable, "admin", *arguments], env={**self.trial.environment, **(environment or {})},
            capture_output=True, text=True, timeout=60)
