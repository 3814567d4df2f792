# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whole journeys: members at the portal and in apps, the home server's moods, the admin's commands."""

import asyncio
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "prosody"), str(HERE.parent / "sip")]

from people import new_member  # noqa: E402


@pytest.fixture
def member(trial):
    """Makes members of the session's trial."""
    return lambda *arguments, **named: new_member(trial, *arguments, **named)


@pytest.fixture
def run():
    """Runs a story, for a minute at most."""
    return lambda story: asyncio.run(asyncio.wait_for(story, 60))


@pytest.fixture
def fault(trial):
    """Lets the session's home server go wrong until the test is over."""
    def make(endpoint, kind, **more):
        trial.sandbox("POST", "/sandbox/faults", json={"endpoint": endpoint, "kind": kind, **more})
    yield make
    trial.sandbox("DELETE", "/sandbox/faults")
