# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two members call each other from their browsers."""

import pytest
from call_page import talk

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture
def nothing_left(caller, callee, nothing_left):
    """Judged while their pages are still open."""


def connect(caller, callee, video: bool = False):
    caller.call(callee.address, video)
    callee.until_ringing(caller.address).answer(video)
    return talk(caller, callee)


def part(caller, callee):
    caller.press("hang-up").until_ended("hung-up")
    callee.until_ended("they-hung-up")


def test_both_hear_each_other_in_the_browsers_own_codec_until_one_hangs_up(caller, callee):
    caller.call(callee.address)
    callee.until_ringing(caller.address)
    caller.until_phase("ringing")
    callee.answer()
    heard = talk(caller, callee)
    assert {one["audio"]["codec"] for one in heard} == {"audio/opus"}
    assert all(one["video"]["sent"] == 0 for one in heard)
    caller.until_phase("talking")
    callee.until_phase("talking").press("hang-up").until_ended("hung-up")
    caller.until_ended("they-hung-up")
    assert caller.probe("open") == callee.probe("open") == 0


def test_both_see_each_other_until_a_camera_is_switched_off_and_again_after_it(caller, callee):
    connect(caller, callee, video=True)
    seen = talk(caller, callee, "video")
    assert all(one["video"]["width"] > 0 for one in seen)
    assert seen[0]["video"]["codec"] == seen[1]["video"]["codec"]
    callee.test("remote-video").wait_for()
    caller.press("camera")
    callee.test("remote-video").wait_for(state="hidden")
    callee.until_flowing("audio", ways=("received",))
    caller.press("camera")
    callee.test("remote-video").wait_for()
    callee.until_flowing("video", ways=("received",))
    part(caller, callee)


def test_a_call_with_a_camera_is_answered_without_one(caller, callee):
    caller.call(callee.address, video=True)
    callee.until_ringing(caller.address).answer(video=False)
    talk(caller, callee)
    assert callee.flows()["video"]["sent"] == 0
    part(caller, callee)


def test_who_has_muted_is_not_heard(caller, callee):
    connect(caller, callee)
    caller.press("mute")
    callee.until_silent()
    caller.until_flowing("audio", ways=("received",))
    caller.press("mute")
    talk(caller, callee)
    part(caller, callee)


def test_a_call_on_hold_is_silent_both_ways_and_goes_on_afterwards(caller, callee):
    connect(caller, callee)
    caller.press("hold")
    callee.until_silent()
    caller.until_silent()
    callee.until_said("has put you on hold")
    caller.press("hold")
    talk(caller, callee)
    part(caller, callee)


def test_who_declines_and_who_hangs_up_before_an_answer_is_told_so_to_the_other(caller, callee):
    caller.call(callee.address)
    callee.until_ringing(caller.address).press("decline")
    caller.until_ended("declined").press("dismiss-call")
    callee.until_quiet()
    caller.call(callee.address)
    callee.until_ringing(caller.address)
    caller.press("hang-up").until_no_call()
    callee.until_quiet()


def test_all_tabs_of_a_browser_ring_as_one_and_the_one_that_answers_has_the_sound(caller, callee):
    second = callee.another_tab().ready()
    caller.call(callee.address)
    callee.until_ringing(caller.address)
    second.until_ringing(caller.address)
    callee.until(lambda: callee.probe("sounding") + second.probe("sounding") == 1, what="one tab that sounds")
    second.answer()
    callee.until_quiet().until(lambda: callee.probe("sounding") + second.probe("sounding") == 0, what="silence")
    talk(caller, second)
    callee.test("call-elsewhere").wait_for()
    assert callee.probe("open") == 0
    # The panel of the embed is hidden when it is closed, and the call goes on.
    second.entry.click()
    talk(caller, second)
    second.entry.click()
    second.press("hang-up").until_ended("hung-up")
    caller.until_ended("they-hung-up")
    callee.test("call-elsewhere").wait_for(state="detached")


def test_who_is_in_a_call_hears_of_another_and_may_change_to_it(caller, callee, sitting, newcomer, homes):
    connect(caller, callee)
    third = sitting(newcomer("third"), homes[0])
    third.call(callee.address)
    callee.until_ringing(third.address).answer()
    caller.until_ended("they-hung-up")
    talk(third, callee)
    third.press("hang-up").until_ended("hung-up")
    callee.until_ended("they-hung-up")
