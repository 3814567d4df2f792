# SPDX-License-Identifier: AGPL-3.0-or-later
"""Microphone and camera that a call does not get, or gets another one of: what the member reads then, and the way back."""

import pytest
from call_page import DEVICES, talk

pytestmark = pytest.mark.usefixtures("nothing_left")
DENIED = "Your browser does not let this page use the microphone"


@pytest.fixture
def nothing_left(caller, callee, nothing_left):
    """Judged while their pages are still open."""


@pytest.fixture(autouse=True)
def allowed_again(caller, callee):
    yield
    for page in (caller, callee):
        page.probe("fail", None)
        page.allow(*DEVICES)


def refuse(page, how: str):
    if how == "denied":
        page.allow()
    elif how == "in-use":
        page.probe("fail", "NotReadableError")
    else:
        page.probe("fail", "NotFoundError")


def give(page):
    page.probe("fail", None)
    page.allow(*DEVICES)


SENTENCES = {"denied": DENIED, "in-use": "Another program uses the microphone", "no-microphone": "No microphone was found"}


@pytest.mark.parametrize("how", SENTENCES)
def test_who_has_no_microphone_rings_nobody_reads_why_and_calls_with_the_next_press(caller, callee, how):
    caller.invitations.clear()
    refuse(caller, how)
    caller.call(callee.address).until_ended(how).until_said(SENTENCES[how])
    assert caller.test("call-panel").get_by_role("button", name="Microphone and camera").is_visible()
    assert caller.invitations == [] and not callee.test("incoming").count()
    give(caller)
    caller.press("call-back")
    callee.until_ringing(caller.address).answer()
    talk(caller, callee)
    caller.press("hang-up").until_ended("hung-up")
    callee.until_ended("they-hung-up")


@pytest.mark.parametrize("how", SENTENCES)
def test_who_cannot_answer_for_want_of_a_microphone_reads_why_while_it_rings_on(caller, callee, how):
    caller.call(callee.address)
    callee.until_ringing(caller.address)
    refuse(callee, how)
    callee.answer().test("incoming").filter(has_text=SENTENCES[how]).wait_for()
    assert caller.shown("phase") == "ringing"
    give(callee)
    callee.answer()
    talk(caller, callee)
    caller.press("hang-up").until_ended("hung-up")
    callee.until_ended("they-hung-up")
