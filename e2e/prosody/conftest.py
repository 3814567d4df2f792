# SPDX-License-Identifier: AGPL-3.0-or-later
"""One Prosody for a test file; every test makes members of its own."""
import sys
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from raw import Raw  # noqa: E402
from server import Prosody  # noqa: E402

numbers = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    prosody = Prosody(tmp_path_factory.mktemp("xmpp"))
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
