# SPDX-License-Identifier: AGPL-3.0-or-later
"""Chat inside the Mastodon page, on the whole trial: Chromium where members sit, and slixmpp for their other devices.

    def test_something(newcomer, sitting, app):
        alice = sitting(newcomer("alice"))          # a browser, signed in at the home server, with its page open
        alice.open_chat(); alice.wait_for("online") # clicks on Chat and waits for the client in its frame
        alice.say("bob@social.localhost", "Hello")
        with app(bob) as device: device.until_heard("Hello")

Whatever a page complains of (an exception, a violation of its policy, a request to somebody else) fails the test, unless the
test says so: `alice.expected.append("text of the complaint")`.
"""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "journeys"), str(HERE.parent / "prosody")]

from chat_app import AppLoop  # noqa: E402
from mastodon_page import MastodonPage  # noqa: E402
from people import new_member  # noqa: E402


@pytest.fixture
def newcomer(trial):
    """Makes members whom nobody else's test knows; as `people.new_member`, so chat is on and everybody may write to them."""
    return lambda stem="web", **named: new_member(trial, stem, **named)


@pytest.fixture
def sitting(trial, chromium):
    """Sits members down at browsers of their own, signed in at the home server, with its page open. After the test nobody's
    page may have complained."""
    opened = []

    def sit(member, **options) -> MastodonPage:
        opened.append(MastodonPage(trial, chromium, getattr(member, "name", member), **options))
        return opened[-1].sign_in()

    yield sit
    problems = [problem for page in opened for problem in page.problems()]
    for page in opened:
        page.context.close()
    assert problems == []


@pytest.fixture
def app():
    """Signs devices in with slixmpp, each with its carbons: `app(member)`, or `app(member, device)`. They leave after the test."""
    loop = AppLoop()
    yield loop.sign_in
    loop.end()
