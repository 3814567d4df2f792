# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts the real rtpengine with the project's template, in a host of a test network."""
import re
import shutil
import signal
import socket
import time
from pathlib import Path

from engine_template import rendered


class MediaNumbers:
    """What an rtpengine on `host` says of itself at its `http_port`."""

    def __init__(self, host, http_port: int):
        self.host, self.http_port = host, http_port

    def get(self, path):
        """The answer's text, by the port that the status is read from."""
        with self.host.socket(kind=socket.SOCK_STREAM, connect=("127.0.0.1", self.http_port)) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            heard = b""
            while part := connection.recv(65536):
                heard += part
                head, _, body = heard.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                if length and len(body) >= int(length.group(1)):
                    break
            return body.decode()

    def metric(self, name):
        return float(re.search(rf"^{re.escape(name)} (\S+)$", self.get("/metrics"), re.M).group(1))

    def sessions(self) -> int:
        return int(self.metric('rtpengine_sessions{type="own"}'))

    def packets(self) -> int:
        """Relayed in all."""
        return int(self.metric('rtpengine_packets_total{type="userspace"}'))

    def open_ports(self, first: int, last: int) -> int:
        """How many UDP ports of this range are open on its host."""
        lines = self.host.run("ss", "-Hlun").stdout.splitlines()
        opened = [int(line.split()[3].rpartition(":")[2]) for line in lines]
        return sum(first <= port <= last for port in opened)


class RTPEngine(MediaNumbers):
    def __init__(self, host, folder, **overrides):
        super().__init__(host, 5069)
        self.folder, self.control_port = Path(folder), 5068
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "rtpengine.log"
        self.config = self.folder / "rtpengine.conf"
        self.values = dict(
            interface=f"{host.address}!{host.public}" if host.public else f"{host.address};{host.address6}", controlPort=self.control_port, httpPort=self.http_port, firstPort=10000, lastPort=10199,
            threads=2, sessions=25, logLevel=6, pidFile=self.folder / "rtpengine.pid")
        self.values.update(overrides)
        self.config.write_text(rendered("rtpengine/rtpengine.conf.mustache", **self.values))
        for path in [self.folder, self.config]:
            shutil.chown(path, "rtpengine", "rtpengine")
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = self.host.popen(
                "setpriv", "--reuid=rtpengine", "--regid=rtpengine", "--clear-groups", "--", "rtpengine", "--foreground",
                "--log-stderr", f"--config-file={self.config}", stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError("rtpengine ended at its start:\n" + self.log.read_text()[-3000:])
            try:
                self.sessions()
                return self
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("rtpengine does not answer:\n" + self.log.read_text()[-3000:])

    def stop(self, kill=False):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            self.process.wait(10)

    def ports(self) -> int:
        """UDP ports of its media range that are open."""
        return self.open_ports(self.values["firstPort"], self.values["lastPort"])
