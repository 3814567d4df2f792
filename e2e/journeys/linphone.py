# SPDX-License-Identifier: AGPL-3.0-or-later
"""Debian's Linphone without a window, set up by nothing but a link."""

from __future__ import annotations

import configparser
import os
import pathlib
import shutil
import subprocess
import tempfile


class Linphone:
    """One installation. It sees the trial's names, and trusts its CA, as a phone on the internet would."""

    def __init__(self, trial):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="trunkline-linphone-"))
        for folder in (".local/share/linphone", ".config/linphone"):
            (self.home / folder).mkdir(parents=True)
        self.settings, self.log = self.home / "linphonerc", self.home / "log"
        self.hosts = self.home / "hosts"
        self.hosts.write_text("127.0.0.1 localhost social.localhost chat.social.localhost\n")
        self.base = f"[sip]\nroot_ca={trial.ca}\n[net]\nmtu=1300\n"
        self.process: subprocess.Popen | None = None

    def start(self, link: str | None = None) -> "Linphone":
        """Opens it; with a link as after scanning one."""
        if link:
            self.settings.write_text(f"{self.base}[misc]\nconfig-uri={link}\n")
        # Not every resolver knows that names below localhost are this machine (RFC 6761, section 6.3).
        script = f"mount --bind {self.hosts} /etc/hosts && exec linphonec -c {self.settings} -d 6 -l {self.log}"
        mapped = [] if os.geteuid() == 0 else ["--map-root-user"]
        self.process = subprocess.Popen(
            ["unshare", *mapped, "--mount", "sh", "-c", script], env={**os.environ, "HOME": str(self.home)},
            stdin=subprocess.PIPE, stdout=open(self.home / "out", "ab"), stderr=subprocess.STDOUT)
        return self

    def stop(self) -> None:
        """Closes it as its user does; what it keeps is written then."""
        if self.process is None or self.process.poll() is not None:
            return
        try:
            self.process.communicate(b"quit\n", timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kept(self) -> configparser.ConfigParser:
        """What it has on its disk."""
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.read(self.settings)
        return parser

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
