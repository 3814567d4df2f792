# SPDX-License-Identifier: AGPL-3.0-or-later
"""One Prosody for a test file; every test makes members of its own."""
import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from federation import Federation  # noqa: E402
from link import Link  # noqa: E402
from raw import Raw  # noqa: E402
from server import Prosody  # noqa: E402

numbers = count()


@pytest.fixture(scope="module")
def folder():
    """Not pytest's own: that is closed to the user that Prosody runs as, each time that any pytest starts."""
    path = tempfile.mkdtemp(prefix="trunkline-xmpp-")
    yield Path(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def server(folder):
    prosody = Prosody(folder / "server")
    try:
        yield prosody.start()
        assert prosody.tracebacks() == []
    finally:
        prosody.stop()


def nearer(request):
    """The server that a test looks at: the nearer of two if there are two."""
    both = "federation" in request.fixturenames
    return request.getfixturevalue("federation").near if both else request.getfixturevalue("server")


@pytest.fixture
def member(request):
    """Makes members with fresh names."""
    server = nearer(request)

    def make(devices=1, name=None, **decisions):
        return server.projection.add_member(name or f"m{next(numbers)}", devices=devices, **decisions)
    return make


@pytest.fixture
def connect(request):
    """Opens raw connections and closes them after the test."""
    server, opened = nearer(request), []

    def make(tls=None):
        opened.append(Raw(server, tls))
        return opened[-1]
    yield make
    for connection in opened:
        connection.close()


@pytest.fixture
def link(server):
    """The daemon's link, up."""
    made = Link(server)
    assert made.handshake() == "in"
    yield made
    made.close()


@pytest.fixture(scope="module")
def federation(folder):
    both = Federation(folder)
    try:
        yield both.start()
        for server in both.servers:
            assert server.tracebacks() == []
    finally:
        both.stop()


@pytest.fixture(scope="module")
def daemon(federation):
    """The link of the nearer server's daemon, up."""
    made = Link(federation.near)
    assert made.handshake() == "in"
    yield made
    made.close()


@pytest.fixture
def stranger(federation):
    """Makes members of the other server."""
    def make(name):
        return federation.far.projection.members.get(name) or federation.far.projection.add_member(name)
    return make
