# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts the real rtpengine with the project's template, for the SDP of calls whose media nobody sends here (see e2e/calls)."""
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from sip_template import rendered


class MediaRelay:
    def __init__(self, folder, control_port, http_port):
        self.folder, self.control_port, self.http_port = Path(folder), control_port, http_port
        self.folder.mkdir(parents=True)
        self.config, self.log, self.process = self.folder / "rtpengine.conf", self.folder / "rtpengine.log", None
        self.config.write_text(rendered(
            "../rtpengine/rtpengine.conf.mustache", interface="127.0.0.1", controlPort=control_port, httpPort=http_port,
            firstPort=28000, lastPort=31999, threads=2, sessions=1000, logLevel=4, pidFile=str(self.folder / "rtpengine.pid")))
        if os.geteuid() == 0:
            for path in (self.folder, self.config):
                shutil.chown(path, "rtpengine", "rtpengine")

    def start(self):
        prefix = ["setpriv", "--reuid=rtpengine", "--regid=rtpengine", "--clear-groups", "--"] if os.geteuid() == 0 else []
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*prefix, "rtpengine", "--foreground", "--log-stderr", f"--config-file={self.config}"], stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.settimeout(0.2)
                try:
                    probe.connect(("127.0.0.1", self.control_port))
                    probe.send(b"cookie d7:command4:pinge")
                    if b"pong" in probe.recv(1000):
                        return self
                except OSError:
                    time.sleep(0.05)
        raise RuntimeError("rtpengine does not answer:\n" + self.log.read_text()[-3000:])

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
