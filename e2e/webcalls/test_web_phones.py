# SPDX-License-Identifier: AGPL-3.0-or-later
"""Browsers and a softphone: baresip over TLS, as the portal sets it up."""

import pytest
from call_page import talk
from softphone import wait_for


@pytest.fixture
def nothing_left(caller, callee, phone, nothing_left):
    """Judged while their pages are still open."""


pytestmark = pytest.mark.usefixtures("nothing_left")


def until_heard(phone, packets: int = 30):
    before = phone.received()
    wait_for(lambda: phone.received() >= before + packets, 20, "audio at the phone")


def test_a_browser_calls_a_phone_and_what_is_keyed_in_arrives_there(caller, newcomer, phone):
    desk = phone(newcomer("desk"))
    caller.dial(desk.device.member.address)
    desk.wait("CALL_INCOMING", 20)
    caller.until_phase("ringing")
    desk.command("accept")
    assert caller.until_flowing()["audio"]["codec"] in ("audio/PCMU", "audio/PCMA")
    until_heard(desk)
    assert desk.is_encrypted()
    caller.press("keypad")
    keyed = "5#0"
    for key in keyed:
        caller.press(f"tone-{key}")
        assert desk.wait("CALL_DTMF_START")["param"] == key
    desk.command("hangup")
    caller.until_ended("they-hung-up")


def test_a_phone_calls_a_browser_and_hears_it(caller, callee, phone, newcomer):
    desk = phone(newcomer("desk"))
    desk.dial(callee.account.name)
    callee.until_ringing(desk.device.member.address).answer()
    desk.wait("CALL_ESTABLISHED")
    callee.until_flowing()
    until_heard(desk)
    callee.press("hang-up").until_ended("hung-up")
    wait_for(lambda: desk.calls() == 0, what="the end at the phone")


def test_a_camera_is_off_for_a_phone_without_one_and_either_side_holds_and_goes_on(caller, newcomer, phone):
    desk = phone(newcomer("desk"))
    caller.call(desk.device.member.address, video=True)
    desk.wait("CALL_INCOMING", 20)
    desk.command("accept")
    caller.until_flowing()
    until_heard(desk)
    caller.test("camera", "[aria-pressed='false']").wait_for()
    assert caller.probe("filming") == 0
    caller.press("hold")
    caller.until_silent()
    caller.press("hold")
    caller.until_flowing()
    until_heard(desk)
    desk.command("hold")
    caller.until_said("has put you on hold").until_silent()
    desk.command("resume")
    caller.until_flowing()
    until_heard(desk)
    assert "has put you on hold" not in caller.test("call-panel").inner_text()
    caller.press("hang-up").until_ended("hung-up").press("dismiss-call")
    wait_for(lambda: desk.calls() == 0, what="the end at the phone")
    caller.call(desk.device.member.address)
    desk.wait("CALL_INCOMING", 20)
    desk.command("hangup")  # which says 486
    caller.until_ended("busy").until_said("is in another call").press("dismiss-call")


def test_two_browsers_and_a_phone_of_one_member_ring_and_stop_when_one_answers(caller, callee, sitting, homes, phone):
    second, desk = sitting(callee.account, homes[1]), phone(callee.account)
    for answers in ("browser", "phone"):
        caller.call(callee.address)
        callee.until_ringing(caller.address)
        second.until_ringing(caller.address)
        desk.wait("CALL_INCOMING")
        if answers == "browser":
            second.answer()
            talk(caller, second)
            desk.wait("CALL_CLOSED")
        else:
            desk.command("accept")
            caller.until_flowing()
            until_heard(desk)
            second.until_quiet()
        callee.until_quiet().until_no_call()
        caller.press("hang-up").until_ended("hung-up").press("dismiss-call")
        if answers == "browser":
            second.until_ended("they-hung-up")
        else:
            wait_for(lambda: desk.calls() == 0, what="the end at the phone")
