# SPDX-License-Identifier: AGPL-3.0-or-later
"""ejabberd in the foreground, with its own folder and port and no Erlang distribution, whose extauth program says yes."""
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

YES = """#!/usr/bin/python3
import sys
while len(head := sys.stdin.buffer.read(2)) == 2:
    sys.stdin.buffer.read(int.from_bytes(head, "big"))
    sys.stdout.buffer.write(b"\\0\\2\\0\\1")
    sys.stdout.buffer.flush()
"""
CONFIGURATION = """
hosts: ["social.localhost"]
loglevel: warning
certfiles: ["{folder}/both.pem"]
auth_method: [external]
extauth_program: "{folder}/yes"
extauth_pool_size: 1
auth_use_cache: false
disable_sasl_mechanisms: ["X-OAUTH2"]
listen:
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    tls: true
modules: {{}}
"""


class Ejabberd:
    def __init__(self, folder, certificate, key):
        self.folder = Path(folder)
        self.folder.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.c2s_tls = probe.getsockname()[1]
        (self.folder / "both.pem").write_text(Path(certificate).read_text() + Path(key).read_text())
        (self.folder / "yes").write_text(YES)
        (self.folder / "yes").chmod(0o755)
        (self.folder / "ejabberd.yml").write_text(CONFIGURATION.format(folder=self.folder, port=self.c2s_tls))
        self.command, self.process = [], None
        if os.geteuid() == 0:
            self.command = ["setpriv", "--reuid=ejabberd", "--regid=ejabberd", "--clear-groups", "--"]
            for path in [self.folder, *self.folder.iterdir()]:
                shutil.chown(path, "ejabberd", "ejabberd")

    def start(self):
        surroundings = dict(os.environ, HOME=str(self.folder), ERL_LIBS="/usr/lib/x86_64-linux-gnu", ERL_CRASH_DUMP=f"{self.folder}/crash",
                            EJABBERD_CONFIG_PATH=f"{self.folder}/ejabberd.yml", EJABBERD_LOG_PATH=f"{self.folder}/ejabberd.log")
        # One scheduler that sleeps when it has nothing to do: a busy wait is no work that a login needs.
        self.process = subprocess.Popen(
            [*self.command, "erl", "-noinput", "+S", "1", "+SDio", "1", "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none",
             "-mnesia", "dir", f'"{self.folder}/spool"', "-s", "ejabberd"],
            env=surroundings, cwd=self.folder, stdout=open(self.folder / "out", "wb"), stderr=subprocess.STDOUT)
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.c2s_tls), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError("ejabberd does not start:\n" + (self.folder / "out").read_text()[-3000:])

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
