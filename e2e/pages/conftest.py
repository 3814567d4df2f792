# SPDX-License-Identifier: AGPL-3.0-or-later
"""A browser, and members who have never been at the portal."""

import itertools
import pathlib
import sys

import pytest
from playwright.sync_api import sync_playwright

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "journeys"), str(HERE.parent / "prosody")]

MEMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def member(trial):
    """Somebody who has never been at the portal."""
    name = f"page{next(MEMBERS)}"
    trial.sandbox("POST", "/sandbox/members", json={"name": name, "display_name": f"Ms {name.title()}"})
    return name
