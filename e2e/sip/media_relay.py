# SPDX-License-Identifier: AGPL-3.0-or-later
"""One rtpengine on loopback for all Kamailios of a test run: without it no call rings."""
import atexit
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import chevron

TEMPLATE = Path(__file__).resolve().parents[2] / "share/rtpengine/rtpengine.conf.mustache"
_running = {}


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(0.2)
        try:
            asker.connect(("127.0.0.1", port))
            asker.send(b"1 d7:command4:pinge")
            return b"pong" in asker.recv(100)
        except OSError:
            return False


def media_control_port():
    """The port that takes orders; starts rtpengine at the first call, and ends it with the tests."""
    if "port" not in _running:
        port, http = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_STREAM)
        folder = tempfile.TemporaryDirectory(prefix="trunkline-media-")
        configuration = Path(folder.name) / "rtpengine.conf"
        configuration.write_text(chevron.render(TEMPLATE.read_text(), dict(
            interface="127.0.0.1", controlPort=port, httpPort=http, firstPort=40000, lastPort=49999, threads=2, sessions=2000,
            logLevel=3, pidFile=Path(folder.name) / "rtpengine.pid")))
        process = subprocess.Popen(["rtpengine", "--foreground", "--log-stderr", f"--config-file={configuration}"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def end():
            process.terminate()
            process.wait(10)
            folder.cleanup()
        atexit.register(end)
        deadline = time.monotonic() + 10
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("rtpengine does not answer")
            time.sleep(0.05)
        _running["port"] = port
    return _running["port"]
