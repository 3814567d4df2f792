# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small networks out of network namespaces: hosts on one wire, and hosts behind a NAT. Needs root."""
from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading

_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count()
CLONE_NEWNET = 0x40000000


@contextlib.contextmanager
def _namespace(path: str):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _enter(namespace: int):
    if _libc.setns(namespace, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


class Host:
    """One namespace. Programs run in it with `popen` and `run`; the test's own sockets are opened in it with `socket`."""

    def __init__(self, network: Network, role: str):
        self.network, self.role = network, role
        self.name = f"tl{os.getpid()}-{next(_numbers)}-{role}"
        self.processes: list[subprocess.Popen] = []
        self.address = self.address6 = self.public = None
        self.has_names = False
        ip("netns", "add", self.name)
        # Nobody else has these addresses, and a browser takes one that is found to be free for another network.
        self.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
        self.ip("link", "set", "lo", "up")

    @property
    def reached_at(self) -> str:
        """The address that others use: its own, unless a router forwards ports to it."""
        return self.public or self.address

    def ip(self, *arguments):
        ip("-n", self.name, *arguments)

    def attach(self, switch: str, bridge: str, device: str, *addresses: str):
        """Connects `device` of this host with a bridge in the namespace `switch`."""
        far = f"v{next(_numbers)}x{os.getpid() % 100000}"
        ip("link", "add", far, "netns", switch, "type", "veth", "peer", "name", device, "netns", self.name)
        ip("-n", switch, "link", "set", far, "master", bridge, "up")
        for address in addresses:
            self.ip("addr", "add", address, "dev", device, *(["nodad"] if ":" in address else []))
        self.ip("link", "set", device, "up")

    def name_hosts(self, *lines: str, server: str | None = None):
        """Gives programs that begin from now on a hosts file of their own, and this name server to ask, or none."""
        folder = pathlib.Path("/etc/netns") / self.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts").write_text("\n".join(["127.0.0.1 localhost", *lines]) + "\n")
        (folder / "resolv.conf").write_text(f"nameserver {server}\n" if server else "")
        self.has_names = True

    @property
    def entrance(self) -> tuple[str, ...]:
        """Put before a command, it makes the command run here."""
        return ("ip", "netns", "exec", self.name) if self.has_names else ("nsenter", f"--net=/run/netns/{self.name}")

    def command(self, *arguments) -> list[str]:
        return [*self.entrance, *map(str, arguments)]

    def run(self, *arguments, **options):
        options = {"check": True, "capture_output": True, "text": True, "timeout": 60, **options}
        return subprocess.run(self.command(*arguments), **options)

    def popen(self, *arguments, **options) -> subprocess.Popen:
        process = subprocess.Popen(self.command(*arguments), **options)
        self.processes.append(process)
        return process

    @contextlib.contextmanager
    def entered(self):
        """Meanwhile this thread, and what it starts, is here."""
        with _namespace("/proc/thread-self/ns/net") as before:
            with _namespace(f"/run/netns/{self.name}") as here:
                _enter(here)
            try:
                yield self
            finally:
                _enter(before)

    def within(self, work):
        """Calls `work` in a thread of this namespace: sockets that it opens belong here for good."""
        outcome: list = []

        def enter():
            try:
                with self.entered():
                    outcome.append((work(), None))
            except BaseException as error:  # handed to the caller
                outcome.append((None, error))

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        value, error = outcome[0]
        if error:
            raise error
        return value

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_DGRAM, bind=None, connect=None, timeout=5.0) -> socket.socket:
        def make():
            made = socket.socket(family, kind)
            made.settimeout(timeout)
            if bind:
                made.bind(bind)
            if connect:
                made.connect(connect)
            return made
        return self.within(make)

    def destroy(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        _remove(self.name)


def _remove(name: str):
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    shutil.rmtree(f"/etc/netns/{name}", ignore_errors=True)


def forget_the_dead():
    """Removes what a run left that was killed: its number stands in the names of its namespaces."""
    for name in sorted(os.listdir("/run/netns") if os.path.isdir("/run/netns") else []):
        run = re.fullmatch(r"tl(\d+)-\d+-\w+", name)
        if not run or os.path.exists(f"/proc/{run.group(1)}"):
            continue
        left = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True).stdout.split()
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)
        _remove(name)


class Network:
    """One wire, 11.0.0.0/24 and 2a00:11::/64: addresses that count as public. Nothing of it leaves this machine."""

    def __init__(self):
        forget_the_dead()
        self.hosts: list[Host] = []
        self.routers: dict[Host, Host] = {}
        self.switch = Host(self, "wire")
        self.hosts.append(self.switch)
        self.switch.ip("link", "add", "wire", "type", "bridge", "forward_delay", "0")
        self.switch.ip("link", "set", "wire", "up")

    def host(self, role: str, number: int) -> Host:
        """A host at 11.0.0.`number`."""
        host = Host(self, role)
        self.hosts.append(host)
        host.attach(self.switch.name, "wire", "eth0", f"11.0.0.{number}/24", f"2a00:11::{number:x}/64")
        host.address, host.address6 = f"11.0.0.{number}", f"2a00:11::{number:x}"
        return host

    def server_behind_nat(self, number: int, role: str) -> Host:
        """One host at 192.168.7.10; what comes to 11.0.0.`number` is forwarded to it."""
        host, = self.behind_nat(number, [role])
        host.public = f"11.0.0.{number}"
        router = self.routers[host]
        router.run("iptables", "-I", "FORWARD", "-i", "eth0", "-d", host.address, "-j", "ACCEPT")
        router.run("iptables", "-t", "nat", "-A", "PREROUTING", "-i", "eth0", "-j", "DNAT", "--to-destination", host.address)
        return host

    def behind_nat(self, number: int, roles: list[str]) -> list[Host]:
        """Hosts in 192.168.7.0/24 behind a router that masquerades as 11.0.0.`number`."""
        router = self.host("router", number)
        router.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
        router.ip("link", "add", "home", "type", "bridge", "forward_delay", "0")
        router.ip("addr", "add", "192.168.7.1/24", "dev", "home")
        router.ip("link", "set", "home", "up")
        router.run("iptables", "-t", "nat", "-A", "POSTROUTING", "-o", "eth0", "-j", "MASQUERADE", "--random")
        router.run("iptables", "-A", "FORWARD", "-i", "eth0", "-m", "conntrack", "!", "--ctstate", "ESTABLISHED,RELATED", "-j", "DROP")
        inner = []
        for place, role in enumerate(roles, start=10):
            host = Host(self, role)
            self.hosts.append(host)
            host.attach(router.name, "home", "eth0", f"192.168.7.{place}/24")
            host.ip("route", "add", "default", "via", "192.168.7.1")
            host.address = f"192.168.7.{place}"
            self.routers[host] = router
            inner.append(host)
        return inner

    def forget(self, host: Host):
        self.hosts.remove(host)
        host.destroy()

    def __enter__(self) -> Network:
        return self

    def __exit__(self, *_):
        for host in reversed(self.hosts):
            host.destroy()
