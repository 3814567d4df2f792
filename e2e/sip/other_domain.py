# SPDX-License-Identifier: AGPL-3.0-or-later
"""Another domain with calls: a plain Kamailio of its own, without anything of ours."""
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from certificates import make_certificates
from kamailio_engine import free_ports

CONFIGURATION = Path(__file__).with_name("elsewhere.cfg")


class OtherDomain:
    """Its phones are at 127.0.0.1:port without TLS, other domains at host:tls_port."""

    def __init__(self, folder, domain, authority, host, base, certified=None):
        self.folder, self.domain, self.host = Path(folder), domain, host
        self.port, self.tls_port = free_ports(2, base)
        certificate, key = make_certificates(self.folder / "tls", [certified or domain], authority)
        values = {"DOMAIN": domain, "HOST": host, "SIP_PORT": self.port, "TLS_PORT": self.tls_port, "CERTIFICATE": certificate, "KEY": key}
        text = CONFIGURATION.read_text()
        for name, value in values.items():
            text = text.replace(name, str(value))
        self.configuration = self.folder / "kamailio.cfg"
        self.configuration.write_text(text)
        (self.folder / "run").mkdir(exist_ok=True)
        with open(self.folder / "kamailio.log", "wb") as log:
            self.process = subprocess.Popen(["kamailio", "-DD", "-E", "-f", str(self.configuration), "-Y", str(self.folder / "run"),
                                             "-m", "32", "-M", "8"], stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection((host, self.tls_port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "kamailio.log").read_text()[-2000:]) from None
                time.sleep(0.05)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)
        shutil.rmtree(self.folder / "run", ignore_errors=True)
