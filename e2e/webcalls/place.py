# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where somebody sits: a host of the network with a Chromium on it, whose network can be made worse."""

from __future__ import annotations

import base64
import hashlib
import itertools
import subprocess
from pathlib import Path

_numbers = itertools.count(60)

#: Chromium asks nobody: Playwright says what each page may use.
FLAGS = ["--no-sandbox", "--disable-background-networking"]
#: Fake devices beep once a second and show a clock: three microphones, and so many cameras.
FAKES = "--use-fake-device-for-media-stream=device-count={cameras}"


def fingerprint(certificate: Path) -> str:
    """Of its key, as Chromium wants it named: what a context is told to trust holds for its pages, not for relays over TLS."""
    key = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], check=True, capture_output=True).stdout
    raw = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], check=True, capture_output=True, input=key).stdout
    return base64.b64encode(hashlib.sha256(raw).digest()).decode()


class Place:
    def __init__(self, network, role: str, name_server: str):
        self.network, self.host = network, network.host(role, next(_numbers))
        # A server, since Chromium looks up relays over UDP in nothing else.
        self.host.name_hosts(server=name_server)
        self.browser = None

    def start_browser(self, playwright, folder: Path, certificate: Path, cameras: int | None = 2) -> Place:
        """Chromium itself is begun in the host; Playwright speaks with it over pipes, which know no network. Without a number of cameras
        there is no microphone either."""
        wrapper = folder / f"chromium-{self.host.name}"
        wrapper.write_text(f'#!/bin/sh\nexec {" ".join(self.host.entrance)} /usr/bin/chromium "$@"\n')
        wrapper.chmod(0o755)
        flags = [*FLAGS, *([] if cameras is None else [FAKES.format(cameras=cameras)]), f"--ignore-certificate-errors-spki-list={fingerprint(certificate)}"]
        self.browser = playwright.chromium.launch(executable_path=str(wrapper), args=flags)
        return self

    # -- a worse network ---------------------------------------------------------------------------------------------

    def filter(self, *rules: str):
        """Rules of nftables for what comes in (`input`) and goes out (`output`), until `mend`."""
        chains = [f"add chain inet worse {way} {{ type filter hook {way} priority 0; }}" for way in ("input", "output")]
        self.host.run("nft", "\n".join(["add table inet worse", *chains, *(f"add rule inet worse {rule}" for rule in rules)]))

    def lose(self, percent: int):
        """So many of the packets of calls in each direction: those over UDP."""
        self.filter(*(f"{way} ip protocol udp numgen random mod 100 < {percent} drop" for way in ("input", "output")))

    def only_by_relay(self, first_media: int, last_media: int, *closed: str):
        """No media but through the relay; `closed` are further rules."""
        self.filter(f"output udp dport {first_media}-{last_media} drop", *closed)

    def mend(self):
        self.host.run("nft", "delete table inet worse", check=False)

    def move(self):
        """To another network: the old address is gone, and with it all connections."""
        old, self.host.address = self.host.address, f"11.0.0.{next(_numbers)}"
        self.host.ip("addr", "del", f"{old}/24", "dev", "eth0")
        # The address of IPv6 would stay the same.
        self.host.ip("-6", "addr", "flush", "dev", "eth0", "scope", "global")
        self.host.ip("addr", "add", f"{self.host.address}/24", "dev", "eth0")

    def end(self):
        if self.browser:
            self.browser.close()
        self.network.forget(self.host)
