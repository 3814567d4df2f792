# SPDX-License-Identifier: AGPL-3.0-or-later
"""Members who have never been at the portal."""

import itertools
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "journeys"), str(HERE.parent / "prosody"), str(HERE.parent / "sip")]

MEMBERS = itertools.count(1)


@pytest.fixture
def member(trial):
    """Somebody who has never been at the portal."""
    name = f"page{next(MEMBERS)}"
    trial.sandbox("POST", "/sandbox/members", json={"name": name, "display_name": f"Ms {name.title()}"})
    return name
