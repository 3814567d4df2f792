# SPDX-License-Identifier: AGPL-3.0-or-later
"""Debian's baresip with the line that the portal shows, and with a resolver that knows the trial's names."""

from __future__ import annotations

import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading

IS_ADDRESS = b"\x00\x01"  # A (RFC 1035, section 3.2.2)


class Names:
    """Answers that every name is this machine: baresip asks its server itself, and reads no hosts file."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self) -> None:
        while True:
            try:
                query, asker = self.socket.recvfrom(512)
            except OSError:
                return
            end = query.index(b"\0", 12) + 5
            wanted = query[end - 4:end - 2] == IS_ADDRESS
            record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + socket.inet_aton("127.0.0.1") if wanted else b""
            header = query[:2] + b"\x81\x80\x00\x01" + int(wanted).to_bytes(2, "big") + b"\0\0\0\0"
            self.socket.sendto(header + query[12:end] + record, asker)

    def close(self) -> None:
        self.socket.close()


class Baresip:
    """Runs until it is removed; what it says is in `log`."""

    def __init__(self, trial, line: str):
        self.folder, self.names = pathlib.Path(tempfile.mkdtemp(prefix="trunkline-baresip-")), Names()
        modules = next(pathlib.Path("/usr/lib").glob("**/baresip/modules"))
        (self.folder / "accounts").write_text(line + "\n")
        (self.folder / "config").write_text("\n".join([
            f"module_path {modules}", "module g711.so", "module srtp.so", "module_app account.so", "module_app menu.so",
            f"sip_cafile {trial.ca}", "sip_verify_server yes", "sip_listen 127.0.0.1:0", "net_interface 127.0.0.1",
            f"dns_server 127.0.0.1:{self.names.port}", ""]))
        self.log = self.folder / "log"
        self.process = subprocess.Popen(
            ["baresip", "-f", str(self.folder), "-t", "60"], stdin=subprocess.DEVNULL, stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT)

    def remove(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        self.names.close()
        shutil.rmtree(self.folder, ignore_errors=True)
