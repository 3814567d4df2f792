# SPDX-License-Identifier: AGPL-3.0-or-later
"""A chat server of another domain, on a host of its own: it and the trial's find each other by names, and believe each other's certificates."""

from __future__ import annotations

import shutil
import subprocess
from types import SimpleNamespace

from certificates import Authority
from server import Prosody
from trial import new_state

DOMAIN = "far.example"
PORT = 5269


class Elsewhere:
    def __init__(self, network, house, trial):
        self.folder, self.host = new_state("far"), network.host("far", 2)
        house.names.known |= {DOMAIN: (self.host.address, PORT), trial.domain: (house.address, trial.port("server"))}
        # The trial's authority may sign for its own domain only.
        authority = Authority(self.folder / "authority")
        digest = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", authority.path], check=True, capture_output=True, text=True).stdout.strip()
        shutil.copy(authority.path, house.trusted / "certs" / f"{digest}.0")
        authority.path.write_bytes(authority.path.read_bytes() + trial.ca.read_bytes())
        unbound = f'unbound = {{ resolvconf = false, hoststxt = false, forward = "{house.address}" }}\n'
        with self.host.entered():
            self.server = Prosody(
                self.folder / "far", unbound, 5300, DOMAIN, authority, interfaces=["127.0.0.1", self.host.address], s2sPort=PORT).start()

    def member(self, name: str) -> SimpleNamespace:
        """Somebody with one device, in the shape in which `JingleApp` knows members."""
        member = self.server.projection.add_member(name, reach="everyone")
        self.server.follow()
        return SimpleNamespace(address=f"{name}@{DOMAIN}", add_device=lambda _: SimpleNamespace(password=member.devices[0].password))

    def stop(self):
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
