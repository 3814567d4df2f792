# SPDX-License-Identifier: AGPL-3.0-or-later
"""A trial as a test sees it: started once, waited for by event, looked into, shaken, ended."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXECUTABLE = ROOT / ".build/debug/trunkline-trial"

#: Ports without an offset, as in Sources/Trial/PortPlan.swift.
BASE_PORTS = {
    "https": 8443, "portal": 8480, "sandbox": 8481, "client": 5222, "client_tls": 5223,
    "server": 5269, "server_tls": 5270, "engine_http": 5280, "component": 5347, "sip": 5060, "sip_tls": 5061, "sip_ws": 5066, "sip_control": 5067,
    "rtpengine_ng": 5068, "rtpengine_http": 5069, "turn": 3478, "turn_tls": 5349, "turn_control": 5766,
}
#: Those of them that are UDP, too, or UDP only.
UDP_PORTS = ("sip", "turn", "rtpengine_ng")
CHILDREN = ("sandbox", "prosody", "rtpengine", "kamailio", "coturn", "nginx", "daemon")


_resolve = socket.getaddrinfo
#: The names of trials with `--lan` that this process has started.
_names_of_trials: set[str] = set()


def _resolve_trials(host, *arguments, **named):
    """Names below localhost are this machine (RFC 6761, section 6.3), which not every resolver knows; so are names of trials."""
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and (name.rstrip(".").endswith(".localhost") or name in _names_of_trials):
        host = "127.0.0.1"
    return _resolve(host, *arguments, **named)


socket.getaddrinfo = _resolve_trials


class TrialFailed(AssertionError):
    """The trial did not become ready; the text is all it said."""


def free_offset(near: int = 20_000) -> int:
    """An offset at which every port is free now, and none is one that the kernel hands out by itself (from 32768 on)."""
    for offset in [*range(near, 22_300, 423), *range(1_000, near, 423)]:
        with contextlib.ExitStack() as stack:
            try:
                for name, port in BASE_PORTS.items():
                    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM) if name in UDP_PORTS else (socket.SOCK_STREAM,):
                        probe = stack.enter_context(socket.socket(type=kind))
                        probe.bind(("127.0.0.1", port + offset))
                return offset
            except OSError:
                continue
    raise TrialFailed("no offset has all its ports free")


def new_state(name: str) -> pathlib.Path:
    """A fresh folder that the engines' users can reach, which pytest's own temporary folders are not."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"trunkline-{name}-", dir=os.environ.get("TRUNKLINE_E2E_STATES", "/tmp")))
    folder.chmod(0o711)
    return folder


def wait_until(condition, seconds: float = 30, what: str = "the condition"):
    """For what nobody announces: asks again and again, and gives up with an error."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(0.02)


@dataclass
class Trial:
    """One trial with its own state folder and ports."""

    state: pathlib.Path
    offset: int
    executable: pathlib.Path = EXECUTABLE
    #: Put before the command: another user, for example.
    wrapper: tuple[str, ...] = ()
    #: Of `up`, besides the file that says that it is ready.
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen | None = None
    report: dict = field(default_factory=dict)
    said: str = ""
    final_line: str = ""

    # -- life -----------------------------------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ, "TRUNKLINE_STATE": str(self.state), "TRUNKLINE_PORT_OFFSET": str(self.offset),
        }

    def launch(self) -> "Trial":
        """Starts it without waiting."""
        assert self.process is None or self.process.poll() is not None, "it already runs"
        self.said, self.final_line, self.report = "", "", {}
        self.process = subprocess.Popen(
            [*self.wrapper, str(self.executable), "up", *self.arguments, "--json-ready", str(self.ready_file)], env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )
        return self

    @property
    def ready_file(self) -> pathlib.Path:
        return self.state.with_name(self.state.name + ".ready.json")

    def wait_ready(self, seconds: float = 120) -> "Trial":
        """Waits for the final line, which says that all is ready: an event, no polling."""
        self._read(seconds, until_ready=True)
        if not self.final_line:
            raise TrialFailed(f"the trial did not become ready (status {self.process.poll()}):\n{self.said}{self._ends_of_logs()}")
        self.report = json.loads(self.ready_file.read_text())
        _names_of_trials.update(self.report["hosts"].values())
        return self

    def _ends_of_logs(self) -> str:
        ends = [f"-- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-5:]) for log in sorted((self.state / "logs").glob("*.log"))]
        return "\n".join(["", *ends])

    def start(self, seconds: float = 120) -> "Trial":
        return self.launch().wait_ready(seconds)

    def _read(self, seconds: float, until_ready: bool) -> None:
        deadline = time.monotonic() + seconds
        out, err = self.process.stdout.fileno(), self.process.stderr.fileno()
        open_pipes, line = {out, err}, b""
        while open_pipes:
            ready, _, _ = select.select(open_pipes, [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return
            for pipe in ready:
                data = os.read(pipe, 65536)
                if not data:
                    open_pipes.discard(pipe)
                elif pipe == err:
                    self.said += data.decode(errors="replace")
                else:
                    line += data
            if line.endswith(b"\n"):
                self.final_line += line.decode()
                line = b""
                if until_ready:
                    return

    def wait_end(self, seconds: float = 60) -> int:
        """Waits for its end; its exit status."""
        self._read(seconds, until_ready=False)
        return self.process.wait(timeout=seconds)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 60) -> int:
        self.process.send_signal(number)
        return self.wait_end(seconds)

    def kill(self) -> None:
        """As if the power of the supervisor alone had gone: its children stay."""
        self.process.kill()
        self.process.wait()

    def destroy(self) -> None:
        """Ends it in whatever state it is, and forgets its state."""
        if self.process is not None and self.process.poll() is None:
            try:
                self.stop(seconds=30)
            except Exception:
                self.kill()
        for name in CHILDREN:
            if (pid := self.pid(name)) is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
        shutil.rmtree(self.state, ignore_errors=True)
        self.ready_file.unlink(missing_ok=True)

    # -- what it is -------------------------------------------------------------------------------------------------

    def port(self, name: str) -> int:
        return BASE_PORTS[name] + self.offset

    @property
    def domain(self) -> str:
        """What stands behind the @."""
        return self.report.get("hosts", {}).get("domain", "social.localhost")

    def url(self, host: str, path: str = "/") -> str:
        """`host` is home_server, portal, uploads."""
        return f"https://{self.report['hosts'][host]}:{self.port('https')}{path}"

    @property
    def ca(self) -> pathlib.Path:
        return self.state / "ca/ca.pem"

    @property
    def configuration(self) -> pathlib.Path:
        return self.state / "trunkline.yaml"

    @property
    def control_token(self) -> str:
        """Guards `/sandbox/…` of the sandbox home server."""
        return (self.state / "sandbox/control.token").read_text().strip()

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca)

    def log(self, name: str) -> str:
        return (self.state / f"logs/{name}.log").read_text(errors="replace")

    # -- its processes ------------------------------------------------------------------------------------------------

    def record(self, name: str) -> dict | None:
        try:
            return json.loads((self.state / f"run/{name}.pid").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None

    def pid(self, name: str) -> int | None:
        record = self.record(name)
        return record["pid"] if record else None

    def kill_child(self, name: str, number: int = signal.SIGKILL) -> int:
        """Sends a signal to one child; its pid."""
        pid = self.pid(name)
        assert pid is not None, f"{name} does not run"
        os.kill(pid, number)
        return pid

    def restart_child(self, name: str, number: int = signal.SIGKILL, seconds: float = 60) -> int:
        """Ends one child and waits until the supervisor has it ready again; the new pid."""
        old = self.kill_child(name, number)
        return self.wait_child(name, other_than=old, seconds=seconds)

    def wait_child(self, name: str, other_than: int | None = None, seconds: float = 60) -> int:
        def is_there():
            child = self.child(name)
            return child and child["state"] == "ready" and child.get("pid") != other_than and child["pid"]

        return wait_until(is_there, seconds, f"{name} being ready again")

    def status(self) -> dict:
        try:
            return json.loads((self.state / "run/status.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {"children": [], "isReady": False}

    def child(self, name: str) -> dict | None:
        return next((child for child in self.status()["children"] if child["name"] == name), None)

    def status_command(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [*self.wrapper, self.executable, "status", *arguments], env=self.environment, capture_output=True, text=True,
            timeout=60,
        )

    # -- the daemon's command line --------------------------------------------------------------------------------------

    def trunkline(self, *arguments: str, check: bool = True, input: str | None = None) -> subprocess.CompletedProcess:
        """Runs the daemon's command line as the daemon's user, with the trial's configuration."""
        done = subprocess.run(
            [*self.wrapper, self.executable, "admin", *arguments], env=self.environment, capture_output=True, text=True,
            input=input, timeout=120,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"trunkline {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
        return done

    def trunkline_json(self, *arguments: str):
        return json.loads(self.trunkline(*arguments, "--json").stdout)

    # -- HTTP -----------------------------------------------------------------------------------------------------------

    def session(self):
        """A requests session that knows the trial's hosts and trusts its authority, as a member's browser would."""
        import requests

        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.ca)
        return session

    def sandbox(self, method: str, path: str, **arguments):
        """A request to the sandbox's control API."""
        import requests

        response = requests.request(
            method, f"http://127.0.0.1:{self.port('sandbox')}{path}", timeout=30,
            headers={"Authorization": f"Bearer {self.control_token}"}, **arguments,
        )
        response.raise_for_status()
        return response


def processes() -> dict[int, dict]:
    """Every process: its uid and its group."""
    found = {}
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text()
            uid = int(next(l for l in (folder / "status").read_text().splitlines() if l.startswith("Uid:")).split()[2])
        except (FileNotFoundError, ProcessLookupError, StopIteration):
            continue
        fields = stat[stat.rindex(")") + 2:].split()
        if fields[0] in "ZX":
            continue
        found[int(folder.name)] = {
            "uid": uid, "parent": int(fields[1]), "group": int(fields[2]),
            "command": stat[stat.index("(") + 1:stat.rindex(")")],
        }
    return found


def as_user(user):
    """Put before a command: another user, without any other group."""
    return ["setpriv", f"--reuid={user['uid']}", f"--regid={user['gid']}", "--clear-groups", "--"]


def groups_of(trial):
    return {trial.pid(name) for name in CHILDREN} - {None}


def alive(groups):
    return {pid: about for pid, about in processes().items() if about["group"] in groups}


def all_ports_free(trial):
    for name, base in BASE_PORTS.items():
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM) if name in UDP_PORTS else (socket.SOCK_STREAM,):
            with socket.socket(type=kind) as probe:
                if kind == socket.SOCK_STREAM:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", base + trial.offset))
                except OSError:
                    return False
    return True
