# SPDX-License-Identifier: AGPL-3.0-or-later
"""Chat for everybody: checked by axe against WCAG 2.2 AA, walked through by keyboard alone, on a narrow screen, in each scheme."""

import pytest
from looks import barriers, misfits, shot
from people import new_member


class Look:
    """One browser whose every state is photographed and checked."""

    def __init__(self, page, label: str, axe: bool):
        self.page, self.label, self.axe, self.problems, self.number = page, label, axe, [], 0

    def at(self, name: str):
        self.number += 1
        shot(self.page.page, f"chat-{self.label}-{self.number:02d}-{name}")
        self.problems += misfits(f"{name}, the page", self.page.page) + misfits(f"{name}, the client", self.page.frame)
        if self.axe:
            self.problems += barriers(name, self.page.frame)


@pytest.fixture
def furnished(trial):
    """A member with chat off, and another who can write to them."""
    return new_member(trial, "looks", chat=False), new_member(trial, "writes", devices=1)


@pytest.mark.parametrize("width,scheme,contrast,axe", [
    (1280, "light", "no-preference", True), (1280, "dark", "more", True), (320, "light", "no-preference", True), (320, "dark", "no-preference", False),
])
def test_every_state_is_accessible_and_fits(furnished, sitting, app, width, scheme, contrast, axe):
    member, friend = furnished
    page = sitting(member, width=width, height=800, color_scheme=scheme, contrast=contrast, reduced_motion="reduce", bypass_csp=axe)
    look = Look(page, f"{width}-{scheme}{'-contrast' if contrast == 'more' else ''}", axe)
    page.open_chat().wait_for("off")
    look.at("switch-on")
    page.switch_on()
    look.at("nobody-yet")
    page.test("new-chat").first.click()
    page.test("address").wait_for()
    look.at("new-chat")
    page.test("address").fill("nobody at all")
    page.test("address").press("Enter")
    page.in_frame("[role='alert']:visible").first.wait_for()
    look.at("no-such-address")
    page.page.keyboard.press("Escape")
    page.start(friend.address).write("Good morning").until_sent("Good morning")
    phone = app(friend)
    phone.say(member.address, "Good morning to you! https://example.org/ 🙂")
    page.until_read("Good morning to you")
    look.at("conversation")
    page.to_list()
    look.at("list")
    page.test("search").fill("morning")
    page.test("found").first.wait_for()
    look.at("search")
    assert look.problems == []


def test_all_of_it_can_be_done_without_a_mouse(newcomer, sitting):
    kate, leo = newcomer("kate"), newcomer("leo")
    at_kate, at_leo = sitting(kate), sitting(leo)
    at_leo.open_chat().wait_for("online")
    keys = at_kate.page.keyboard
    at_kate.entry.wait_for()

    def tab_to(found, most: int = 60):
        """Presses Tab until the focus is there, as somebody does who sees nothing."""
        for _ in range(most):
            if found.evaluate("(one) => one === document.activeElement"):
                return
            keys.press("Tab")
        raise AssertionError(f"Tab does not lead to {found}")

    tab_to(at_kate.entry)
    keys.press("Enter")
    at_kate.wait_for("online")
    tab_to(at_kate.test("new-chat").first)
    keys.press("Enter")
    at_kate.test("address").wait_for()
    assert at_kate.test("address").evaluate("(one) => one === document.activeElement"), "the dialog's field has the focus"
    keys.type(leo.address)
    keys.press("Enter")
    at_kate.test("compose").wait_for()
    tab_to(at_kate.test("compose"))
    keys.type("Without a mouse")
    keys.press("Enter")
    at_kate.until_sent("Without a mouse")
    at_leo.open(kate.address).until_read("Without a mouse").write("Me too").until_sent("Me too")
    at_kate.until_read("Me too")
    # What arrives is said, and only that.
    assert "Me too" in at_kate.in_frame("[role='log']").inner_text()
    keys.press("Escape")  # back to the list, where there is room for one of the two only
    at_kate.conversation(leo.address).wait_for()
    keys.press("Escape")
    at_kate.page.locator("[data-trunkline-chat][aria-expanded='false']:visible").first.wait_for()
    assert at_kate.entry.evaluate("(one) => one === document.activeElement"), "the focus is back where it was"
