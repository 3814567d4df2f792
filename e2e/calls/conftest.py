# SPDX-License-Identifier: AGPL-3.0-or-later
"""A network of namespaces for each test file, with the engines in one host of it and the phones in others."""
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "prosody"))

from certificates import make_certificates  # noqa: E402
from coturn_engine import Coturn  # noqa: E402
from namespaces import Network  # noqa: E402


def pytest_collection_modifyitems(items):
    if os.geteuid() == 0:
        return
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.skip(reason="network namespaces need root"))


@pytest.fixture(scope="module")
def folder():
    """Not pytest's own: the engines' users must get there."""
    path = Path(tempfile.mkdtemp(prefix="trunkline-calls-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def network():
    made = Network()
    try:
        yield made
    finally:
        made.destroy()


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
