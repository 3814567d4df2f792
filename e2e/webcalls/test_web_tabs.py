# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tabs that go while somebody talks in them, or by them."""

import pytest
from call_page import talk


@pytest.mark.parametrize("which", ["the tab with the sound", "the leading tab"])
def test_who_leaves_a_page_with_a_call_is_asked_and_the_call_then_ends_for_both(caller, callee, which):
    """The tab that was opened first leads; the second answers. Another call is possible right after."""
    second = callee.another_tab().ready()
    caller.call(callee.address)
    second.until_ringing(caller.address).answer()
    talk(caller, second)
    gone, left = (second, callee) if which == "the tab with the sound" else (callee, second)
    asked = []

    def say(dialog):
        asked.append(dialog.type)
        dialog.accept()

    gone.page.on("dialog", say)
    gone.page.goto("about:blank")
    assert asked == ["beforeunload"]
    caller.until_ended("they-hung-up").press("dismiss-call")
    left.until(lambda: left.probe("open") == 0, what="no connection")
    left.in_frame("[data-test='status'][data-phone='ready']").wait_for(state="attached")
    caller.call(callee.address)
    left.until_ringing(caller.address).answer()
    talk(caller, left)
    left.press("hang-up").until_ended("hung-up")
    caller.until_ended("they-hung-up")
