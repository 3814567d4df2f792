# SPDX-License-Identifier: AGPL-3.0-or-later
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from installation import EXECUTABLE, Installation  # noqa: E402


@pytest.fixture
def empty():
    """An installation that nothing has run in yet."""
    if not EXECUTABLE.exists():
        pytest.fail(f"{EXECUTABLE} is not built: run make build first")
    made = Installation()
    yield made
    made.remove()


@pytest.fixture
def installation(empty):
    """With an account, alice, that has one device, in `first`."""
    empty.prepare()
    empty.add_account("alice")
    empty.first = empty.add()
    return empty
