# SPDX-License-Identifier: AGPL-3.0-or-later
"""One Prosody for a test file; every test makes members of its own."""
import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

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


@pytest.fixture
def member(server):
    """Makes members with fresh names."""
    def make(devices=1, name=None):
        return server.projection.add_member(name or f"m{next(numbers)}", devices=devices)
    return make


@pytest.fixture
def connect(server):
    """Opens raw connections and closes them after the test."""
    opened = []

    def make(tls=None):
        opened.append(Raw(server, tls))
        return opened[-1]
    yield make
    for connection in opened:
        connection.close()
