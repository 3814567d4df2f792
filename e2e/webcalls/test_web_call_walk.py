# SPDX-License-Identifier: AGPL-3.0-or-later
"""A call as one goes through it: by keys and by ear, as it looks in each of its states, and what cannot be called at all."""

import pytest
from call_page import talk
from looks import misfits, shot
from people import Member

SIZES = ((1280, 900), (360, 740), (320, 640))


@pytest.fixture(autouse=True)
def judged(caller, callee, nothing_left):
    """While their pages are still open."""


def is_at(page, name: str) -> bool:
    return page.frame.evaluate("(name) => document.hasFocus() && document.activeElement?.dataset.test === name", name)


def key_to(page, name: str, key: str = "Tab", most: int = 40):
    for _ in range(most):
        if is_at(page, name):
            return page
        page.page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {name}")


def test_a_call_is_made_answered_and_ended_by_keys_and_what_happens_is_said(caller, callee):
    caller.start(callee.address)
    callee.start(caller.address).test("compose").press_sequentially("Half a mess")
    for page in (caller, callee):
        page.probe("said")
    caller.test("compose").focus()
    key_to(caller, "call", "Shift+Tab")
    caller.page.keyboard.press("Enter")
    callee.until_ringing(caller.address)
    callee.until(lambda: is_at(callee, "incoming"), what="the focus where it rings")
    # What was meant for the message answers nothing; Escape declines nothing, and leads back to the message.
    for key in ("a", "Space", "Enter"):
        callee.page.keyboard.press(key)
    callee.page.keyboard.press("Escape")
    callee.until(lambda: is_at(callee, "compose"), what="the focus where it was")
    callee.page.keyboard.type("age")
    assert callee.test("compose").input_value() == "Half a message" and caller.shown("phase") == "ringing"
    key_to(callee, "bar-answer", "Shift+Tab")
    callee.page.keyboard.press("Enter")
    talk(caller, callee)
    for page in (caller, callee):
        key_to(page, "mute")
        page.page.keyboard.press("Space")
        page.test("mute", "[aria-pressed='true']").wait_for()
    key_to(caller, "hold")
    caller.page.keyboard.press("Enter")
    callee.until_said("has put you on hold")
    caller.page.keyboard.press("Enter")
    caller.test("hold", "[aria-pressed='false']").wait_for()
    callee.until(lambda: "has put you on hold" not in callee.test("call-panel").inner_text(), what="the call going on")
    key_to(callee, "hang-up")
    callee.page.keyboard.press("Enter")
    callee.until_ended("hung-up")
    caller.until_ended("they-hung-up")
    key_to(callee, "dismiss-call")
    callee.page.keyboard.press("Enter")
    callee.until(lambda: is_at(callee, "compose"), what="the focus where the call was taken")
    assert callee.test("compose").input_value() == "Half a message"
    callee.test("compose").fill("")
    who, whom = (page.account.name.capitalize() for page in (caller, callee))
    # What lasts a moment only need not be said.
    brief = {"Asking for your microphone…", "Calling…", "Connecting…"}
    assert [said for said in caller.probe("said") if said not in brief] == [
        "Ringing…", f"You are talking with {whom}.", "On hold", f"You are talking with {whom}.", f"{whom} hung up."]
    assert [said for said in callee.probe("said") if said not in brief] == [
        f"{who} is calling.", f"You are talking with {who}.", f"{who} has put you on hold", f"You are talking with {who}.", "You hung up."]


def test_each_state_of_a_call_fits_and_is_looked_at(trial, caller, callee, homes):
    problems = []

    def look(page, name: str):
        for scheme in ("light", "dark"):
            page.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for width, height in SIZES:
                page.page.set_viewport_size({"width": width, "height": height})
                shot(page.page, f"call-walk-{name}-{width}-{scheme}")
                problems.extend(misfits(f"{name} {width}", page.frame))
        page.page.emulate_media(color_scheme="null", reduced_motion="null")
        page.page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})

    caller.call(callee.address)
    callee.until_ringing(caller.address)
    caller.until_phase("ringing")
    look(caller, "1-rings-there")
    look(callee, "2-rings-here")
    callee.answer()
    talk(caller, callee)
    look(caller, "3-talking")
    caller.press("hold")
    callee.until_said("has put you on hold")
    look(callee, "4-held")
    look(caller, "5-on-hold")
    caller.press("hold")
    talk(caller, callee)
    homes[0].lose(40)
    caller.test("call-panel", "[data-quality='bad']").wait_for(timeout=30_000)
    look(caller, "6-bad")
    homes[0].mend()
    # All but the way to the server: relays are closed, too, by which the call would go on.
    homes[0].filter("output meta l4proto udp drop", *(f"output tcp dport {trial.port(name)} drop" for name in ("turn", "turn_tls")))
    caller.until_phase("reconnecting", 30)
    look(caller, "7-reconnecting")
    homes[0].mend()
    caller.until_phase("talking", 40)
    talk(caller, callee, seconds=40)
    callee.press("hang-up")
    caller.until_ended("they-hung-up").press("call-back")
    callee.until_ringing(caller.address).press("decline")
    caller.until_ended("declined")
    look(caller, "8-declined")
    caller.press("dismiss-call").call(callee.address)
    callee.until_ringing(caller.address)
    caller.press("hang-up").until_no_call()
    callee.until_quiet().to_list().open(caller.address).messages("You missed a call").last.wait_for()
    look(callee, "9-missed")
    assert callee.messages("You missed a call").count() == 1
    assert problems == []


def test_calls_stand_in_the_history_of_both_until_it_is_cleared(caller, callee):
    caller.call(callee.address)
    callee.until_ringing(caller.address).answer()
    talk(caller, callee)
    caller.press("hang-up").until_ended("hung-up").press("dismiss-call")
    callee.until_ended("they-hung-up").press("dismiss-call")
    for page, other in ((caller, callee), (callee, caller)):
        page.until(lambda: page.history().test("history-item", f"[data-outcome='answered'][data-address='{other.address}']").count(), what="the call in the history")
    caller.press("history-clear").in_frame("dialog").get_by_role("button", name="Clear the list").click()
    caller.in_frame("main").get_by_text("No calls yet").wait_for()
    assert caller.history().test("history-item").count() == 0 and callee.test("history-item").count()


NO_ADDRESS = "This is no address that can be called."
EMERGENCY = "Trunkline cannot reach emergency services. Use a phone."
REFUSED = {
    "112": EMERGENCY, "tel:112": EMERGENCY, "911": EMERGENCY, "9 1 1": EMERGENCY, "sip:112@{home}": EMERGENCY, "911@{home}": EMERGENCY, "urn:service:sos": EMERGENCY,
    "tel:+49301234567": NO_ADDRESS, "+49 30 1234567": NO_ADDRESS, "bob the builder": NO_ADDRESS, "https://{home}/@bob": NO_ADDRESS,
    "{me}": "This is your own address.",
}


def test_what_cannot_be_called_is_refused_with_a_word_on_why_and_nothing_is_sent(trial, caller):
    caller.invitations.clear()
    filled = {"home": caller.trial.domain, "me": caller.address}
    caller.history().test("history-call").click()
    for text, sentence in REFUSED.items():
        caller.test("call-address").fill(text.format(**filled))
        caller.press("call-go").in_frame("dialog .error-line").filter(has_text=sentence).wait_for()
        caller.test("call-address").fill("")
    caller.page.keyboard.press("Escape")
    # Nobody who sees such a name shall believe that they called for help, not even where a member has it.
    trial.sandbox("POST", "/sandbox/members", json={"name": "112", "display_name": "Help"})
    member = Member(trial, "112")
    member.switch_on()
    member.switch(True, "calls")
    member.reached_by("everyone")
    caller.page.goto(caller.home("/@112"))
    caller.page.locator("[data-trunkline-call]").click()
    caller.in_frame(".passing").filter(has_text=EMERGENCY).wait_for()
    assert caller.invitations == [] and not caller.test("call-panel", ":visible").count()
