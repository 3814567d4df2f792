# SPDX-License-Identifier: AGPL-3.0-or-later
"""One Kamailio for all tests that leave it in order; every test makes members of its own."""
import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from kamailio_engine import Kamailio  # noqa: E402
from sip_client import Phone  # noqa: E402

numbers = count()


@pytest.fixture(scope="session")
def sip_folder():
    """Not pytest's own: that is closed to the user that Kamailio runs as."""
    path = tempfile.mkdtemp(prefix="trunkline-sip-")
    yield Path(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def shared(sip_folder):
    kamailio = Kamailio(sip_folder / "shared")
    try:
        yield kamailio.start()
    finally:
        kamailio.stop()


@pytest.fixture
def server(shared):
    """The shared Kamailio; a test after which it has something to complain about fails."""
    before, shared.ended = len(shared.complaints()), None
    yield shared
    assert shared.process.poll() is None, "Kamailio has ended"
    assert shared.complaints()[before:] == []


@pytest.fixture
def own(sip_folder):
    """Makes a Kamailio for this test alone."""
    made = []

    def make(**settings):
        made.append(Kamailio(sip_folder / f"own{next(numbers)}", above=540, **settings))
        return made[-1].start()
    yield make
    for kamailio in made:
        kamailio.stop()


@pytest.fixture
def member(request):
    """Makes members with fresh names."""
    def make(devices=1, name=None, server=None, **options):
        server = server or request.getfixturevalue("server")
        return server.projection.add_member(name or f"m{next(numbers)}", devices=devices, **options)
    return make


@pytest.fixture
def phone(request):
    """Makes phones for devices, and hangs them up after the test."""
    made = []

    def make(device, transport="udp", server=None, register=False, **options):
        server = server or request.getfixturevalue("server")
        options = {"name": device.member.name, "password": device.password, **options}
        made.append(Phone(server, transport=transport, **options))
        if register:
            answer = made[-1].register()
            assert answer.status == 200, answer
        return made[-1]
    yield make
    for one in made:
        one.close()
