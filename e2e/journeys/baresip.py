# SPDX-License-Identifier: AGPL-3.0-or-later
"""Debian's baresip with the line that the portal shows, and with a resolver that knows the trial's names."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import tempfile

from name_server import NameServer


class Baresip:
    """Runs until it is removed; what it says is in `log`."""

    def __init__(self, trial, line: str):
        self.folder, self.names = pathlib.Path(tempfile.mkdtemp(prefix="trunkline-baresip-")), NameServer()
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
