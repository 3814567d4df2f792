# SPDX-License-Identifier: AGPL-3.0-or-later
"""Microphone and camera that a call does not get, or gets another one of: what the member reads then, and the way back."""

import pytest
from call_page import DEVICES, talk

DENIED = "Allow it when your browser asks"
IN_USE = "Another program uses the microphone"
NO_MICROPHONE = "No microphone was found. Connect one"
NOT_SEEN = "Your camera cannot be used, so you are not seen."


@pytest.fixture
def nothing_left(caller, callee, nothing_left):
    """Judged while their pages are still open."""


@pytest.fixture(autouse=True)
def given_back(caller, callee, nothing_left):
    yield
    for page in (caller, callee):
        give(page)


def part(caller, callee):
    caller.press("hang-up").until_ended("hung-up")
    callee.until_ended("they-hung-up")


def refuse(page, how: str):
    """`dismissed`: Chromium would ask, and takes it for closed where there is no screen. `in-use`: its fake devices are never, so it is made
    to say so."""
    if how == "in-use":
        page.probe("fail", "NotReadableError")
    else:
        page.allow(*(["notifications"] if how == "denied" else []))


def give(page):
    page.probe("fail", None)
    page.allow(*DEVICES)


REFUSALS = [("denied", "denied", DENIED), ("dismissed", "denied", DENIED), ("in-use", "in-use", IN_USE)]


@pytest.mark.parametrize("how,code,sentence", REFUSALS)
def test_who_may_not_speak_rings_nobody_reads_why_and_calls_with_the_next_press(caller, callee, how, code, sentence):
    caller.invitations.clear()
    refuse(caller, how)
    caller.call(callee.address).until_ended(code).until_said(sentence)
    caller.test("call-panel").get_by_role("button", name="Microphone and camera").wait_for()
    assert caller.invitations == [] and not callee.test("incoming").count()
    give(caller)
    caller.press("call-back")
    callee.until_ringing(caller.address)
    # Who is called may be in the same place: it rings on, and the next press answers.
    refuse(callee, how)
    callee.answer().test("incoming").filter(has_text=sentence).wait_for()
    assert caller.shown("phase") == "ringing"
    give(callee)
    callee.answer()
    talk(caller, callee)
    part(caller, callee)


def test_where_there_is_no_microphone_nobody_is_rung_and_a_call_rings_on(caller, sitting, newcomer, new_place):
    bare = sitting(newcomer("bare"), new_place(cameras=None))
    bare.call(caller.address).until_ended("no-microphone").until_said(NO_MICROPHONE).press("dismiss-call")
    assert bare.invitations == [] and not caller.test("incoming").count()
    caller.call(bare.address)
    bare.until_ringing(caller.address).answer().test("incoming").filter(has_text=NO_MICROPHONE).wait_for()
    assert caller.shown("phase") == "ringing"
    caller.press("hang-up").until_no_call()
    bare.until_quiet()


def test_without_a_camera_a_call_goes_on_and_says_that_one_is_not_seen(caller, callee):
    caller.allow("microphone")
    caller.call(callee.address, video=True)
    callee.until_ringing(caller.address).answer()
    talk(caller, callee)
    caller.until_said(NOT_SEEN).press("camera")
    caller.in_frame(".passing").filter(has_text=DENIED).wait_for()
    caller.allow(*DEVICES).press("camera")
    callee.test("remote-video").wait_for()
    callee.until_flowing("video", ways=("received",))
    assert NOT_SEEN not in caller.test("call-panel").inner_text()
    part(caller, callee)


def test_another_microphone_camera_and_loudspeaker_take_over_in_a_call_and_are_kept(caller, callee):
    def chosen():
        return [caller.probe("source", "audio"), caller.probe("source", "video"), caller.probe("speaker")]

    caller.call(callee.address, video=True)
    callee.until_ringing(caller.address).answer()
    talk(caller, callee)
    callee.until_flowing("video", ways=("received",))
    before = chosen()
    caller.press("devices")
    check, wanted = caller.test("device-check"), ["Fake Audio Input 2", "fake_device_1", "Fake Audio Output 1"]
    assert not set(before) & set(wanted)
    for label, device in zip(("Microphone", "Camera", "Speaker"), wanted):
        check.get_by_label(label, exact=True).select_option(label=device)
    caller.until(lambda: chosen() == wanted, what=f"the choice of {wanted}")
    # Chromium's second fake camera gives pictures that it cannot encode.
    check.get_by_label("Camera", exact=True).select_option(label=before[1])
    caller.until(lambda: chosen()[1] == before[1], what="the first camera")
    caller.press("device-check-go")
    talk(caller, callee)
    callee.until_flowing("video", ways=("received",), seconds=6)
    part(caller, callee)
    caller.press("call-back")
    callee.until_ringing(caller.address).answer()
    talk(caller, callee)
    assert chosen() == [wanted[0], None, wanted[2]]
    part(caller, callee)
