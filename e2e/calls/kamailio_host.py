# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Kamailio of e2e/sip, in a host of a test network."""
import http.client
import socket
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "sip"))

from kamailio_engine import Kamailio  # noqa: E402


class NetworkedKamailio(Kamailio):
    domain = "social.localhost"

    def __init__(self, host, folder, **settings):
        self.host = host
        if host.public:
            settings["advertisedAddress"] = host.public
        addresses = [host.address] + ([f"[{host.address6}]"] if host.address6 else [])
        super().__init__(folder, interfaces=[{"address": address} for address in addresses], **settings)

    def command(self, *arguments):
        return self.host.command(*super().command(*arguments))

    def ask(self, method, path, token=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=5)
        connection.sock = self.host.socket(kind=socket.SOCK_STREAM, connect=("127.0.0.1", self.control_port))
        try:
            connection.request(method, path, headers={"X-Trunkline-Token": self.token if token is None else token})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()
