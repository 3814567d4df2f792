# SPDX-License-Identifier: AGPL-3.0-or-later
"""A network of namespaces for each test file, with the engines in one host of it and the phones in others."""
import contextlib
import os
import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "prosody"))

from certificates import make_certificates  # noqa: E402
from coturn_engine import Coturn  # noqa: E402
from kamailio_host import NetworkedKamailio  # noqa: E402
from namespaces import Network  # noqa: E402
from networked_client import client_in  # noqa: E402
from rtpengine_engine import RTPEngine  # noqa: E402
from softphone import Phone, wait_for  # noqa: E402

numbers = count()


@pytest.fixture(scope="module")
def folder():
    """Not pytest's own: the engines' users must get there."""
    path = Path(tempfile.mkdtemp(prefix="trunkline-calls-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def network():
    with Network() as made:
        yield made


@pytest.fixture(scope="module")
def server(network):
    """The host that the engines run on."""
    return network.host("server", 1)


@pytest.fixture(scope="module")
def certificate(folder):
    return make_certificates(folder / "tls", ["social.localhost"])


@pytest.fixture(scope="module")
def coturn(server, folder, certificate):
    engine = Coturn(server, folder / "coturn", certificate).start()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def rtpengine(request, server, folder):
    engine = RTPEngine(server, folder / "rtpengine", **getattr(request.module, "RTPENGINE", {})).start()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def kamailio(request, server, folder, rtpengine):
    engine = NetworkedKamailio(server, folder / "sip", mediaControlPort=rtpengine.control_port, **getattr(request.module, "KAMAILIO", {}))
    try:
        yield engine.start()
    finally:
        engine.stop()
        # No complaints: what a process says whose parent was killed, and an ACK of a refusal that overtook the next INVITE.
        harmless = ("receive_fd(): EOF", "bogus event 6 in state 1")
        assert [line for line in engine.complaints() if not any(words in line for words in harmless)] == []


@pytest.fixture
def member(kamailio):
    """Makes members with fresh names."""
    def make(devices=1):
        return kamailio.projection.add_member(f"m{next(numbers)}", devices=devices)
    return make


@pytest.fixture
def phone(network, kamailio, folder):
    """Starts phones, each in a host of its own, and sees that they are registered."""
    started = []

    def make(device, transport="udp", host=None, family=4):
        own = None if host else network.host("phone", 10 + next(numbers) % 220)
        made = Phone(host or own, folder, kamailio, device, transport, kamailio.ca, family)
        started.append((made, own))
        return made.start().registered()
    yield make
    for made, own in started:
        with contextlib.suppress(Exception):
            made.stop()
        if own:
            network.forget(own)


@pytest.fixture
def web(kamailio, server):
    """Web clients, on the server's own loopback, where the reverse proxy would stand."""
    made = []

    def make(device):
        made.append(client_in(server, kamailio, device, "ws"))
        assert made[-1].register().status == 200
        return made[-1]
    yield make
    for one in made:
        one.close()


@pytest.fixture
def raw(kamailio, network):
    """SIP clients of our own, each in a host of its own, over "UDP", "Udp" (on IPv6) or "TLS"."""
    made = []

    def make(device, transport="UDP", host=None):
        own = None if host else network.host("raw", 10 + next(numbers) % 220)
        made.append((client_in(host or own, kamailio, device, transport), own))
        assert made[-1][0].register().status == 200
        return made[-1][0]
    yield make
    for one, own in made:
        one.close()
        if own:
            network.forget(own)


@pytest.fixture
def nothing_left(rtpengine, kamailio):
    """After the test neither media session nor port nor dialog is left."""
    yield
    wait_for(lambda: rtpengine.sessions() == 0, what="the end of the media session")
    wait_for(lambda: rtpengine.ports() == 0, what="the closing of media ports")
    status = {}
    wait_for(lambda: status.update(kamailio.status()) or status["calls"] == status["ringing"] == 0, what=lambda: f"the end of the dialog: {status}")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the ends of the engines' logs: that is where the reason stands."""
    outcome = yield
    report = outcome.get_result()
    if report.when not in ("call", "teardown") or not report.failed:
        return
    for name in ("coturn", "rtpengine", "kamailio"):
        if (engine := item.funcargs.get(name)) and engine.log.exists():
            text = engine.log.read_text(errors="replace").splitlines()[-int(os.environ.get("LOGLINES","40")):]
            report.sections.append((f"end of {engine.log.name}", "\n".join(text)))
