# SPDX-License-Identifier: AGPL-3.0-or-later
"""The script that follows how far asking people has got, with a portal that answers as each test wants."""

import pytest

from trial import ROOT

SCRIPT = (ROOT / "share/portal/assets/portal.js").read_text()
PAGE = """<!doctype html><html lang="en"><p id="announcer"></p>
<div data-batch="abc" data-words="[done] of [total] done"><p data-batch-state></p><progress max="3" value="0"></progress></div>
<a href="#" data-batch-again>Look again</a><script src="/portal.js"></script></html>"""


@pytest.fixture
def followed(chromium):
    """A page that follows; what its questions are answered with can be changed."""
    page, answer = chromium.new_page(), {"status": 200, "json": {"total": 3, "waiting": 2}}
    page.route("**/*", lambda route: route.fulfill(status=200, content_type="text/html", body=PAGE))
    page.route("**/portal.js", lambda route: route.fulfill(status=200, content_type="text/javascript", body=SCRIPT))
    page.route("**/api/v1/contacts/batches/abc", lambda route: route.fulfill(**answer))
    page.goto("http://portal.localhost/people/asked/abc")
    page.get_by_text("1 of 3 done").wait_for()
    yield page, answer
    page.close()


def test_while_a_page_follows_there_is_nothing_to_click(followed):
    page, _ = followed
    assert page.get_by_text("Look again").is_hidden()


def test_a_page_that_is_refused_offers_to_look_again(followed):
    page, answer = followed
    answer["status"] = 429
    page.get_by_text("Look again").wait_for()
