# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls in the home server's page: Call on profiles, and the mark of who calls."""

from test_embed import ENTRY, frame_of, heard, recorded, speak
from trial import wait_until


def test_call_stands_on_profiles_of_the_same_server_and_who_calls_is_marked_at_the_entry(sitting, newcomer):
    alice = recorded(sitting(newcomer("alice")))
    page = alice.page
    page.goto(alice.home("/@nils@bridge.example"))
    page.locator("[data-trunkline-message]").wait_for()
    assert page.locator("[data-trunkline-call]").count() == 0
    page.goto(alice.home("/@bob"))
    page.locator("[data-trunkline-call='bob@social.localhost']").click()
    wait_until(lambda: [one["address"] for one in heard(alice, "call")] == ["bob@social.localhost"], 20, "being told whom to call")
    allowed = "['microphone', 'camera', 'autoplay'].filter((name) => !document.featurePolicy.allowsFeature(name))"
    assert frame_of(alice).evaluate(allowed) == []
    alice.close_chat()
    page.locator(".trunkline-panel[open]").wait_for(state="detached")

    def is_said():
        # The frame itself may say meanwhile that nobody calls.
        speak(alice, type="ringing", on=True)
        marked = page.locator(f"{ENTRY}[aria-label='Chat, somebody is calling']").count() > 0
        return marked and page.locator(".trunkline-said").inner_text() == "Somebody is calling. Open Chat to answer."

    wait_until(is_said, 10, "it being said")
    assert page.locator(".trunkline-panel[open]").count() == 0, "nothing opens by itself"
    speak(alice, type="ringing", on=False)
    page.locator(f"{ENTRY}[aria-label='Chat']").first.wait_for()
