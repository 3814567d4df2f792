# SPDX-License-Identifier: AGPL-3.0-or-later
"""Contacts, requests and privacy in a real browser, with a chat server that answers and strangers who write."""

import asyncio
import concurrent.futures
import time

import pytest
from people import Member, new_member
from trial import wait_until
from walk import LOOKS, walking

HOSTILE = "Dear <b>friend</b>,\n\nyou have won! https://evil.example/ \u202egnp.exe\u202c Ẕ̴̧̡̛̲̦̻̯̭͎͓͖͉̫̳͈̖ͅalgo\n\nعنوان"


@pytest.fixture(scope="module")
def friends(trial):
    """Two members who can be reached by chat, and one at home who cannot."""
    made = [new_member(trial, "friend", devices=1) for _ in range(2)]
    trial.sandbox("POST", "/sandbox/members", json={"name": "homebody", "display_name": "Hans Homebody"})
    return made


def until(condition, seconds=90):
    """For what comes by itself; looks no more often than a member would."""
    def once():
        value = condition()
        if not value:
            time.sleep(0.5)
        return value
    return wait_until(once, seconds)


def write(trial, member: Member, to: str, *texts: str):
    """Signs in with a chat app and writes."""
    async def story():
        client = member.client()
        assert await client.sign_in() == "in"
        for text in texts:
            client.send_message(to, text, mtype="chat")
        # Whoever hears an answer to something later has been heard before.
        await client.plugin["xep_0199"].ping("social.localhost", timeout=20)
        await client.leave()

    async def whole():
        await asyncio.wait_for(story(), 60)

    # Playwright has a loop of its own in this thread.
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, whole()).result()


@pytest.mark.parametrize("width,scheme,scripts,axe", LOOKS)
def test_people_requests_and_privacy(trial, chromium, member, friends, width, scheme, scripts, axe):
    address = f"{member}@social.localhost"
    one, two = friends
    for other in (one.name, "homebody"):
        trial.sandbox("PUT", f"/sandbox/members/{member}/follows/{other}")
        trial.sandbox("PUT", f"/sandbox/members/{other}/follows/{member}")
    trial.sandbox("POST", f"/sandbox/members/{member}/crowd", json={"count": 60})
    with walking(trial, chromium, member, width, scheme, scripts, axe, first=40) as walk:
        page = walk.page
        page.goto(walk.url("/"))
        page.click("text=Sign in with")
        walk.sign_in()
        walk.open("/people", "people-chat-off")
        page.goto(walk.url("/chat/on"))
        page.click("main button:has-text('Switch chat on')")
        page.goto(walk.url("/devices/add/name?chat=gajim"))
        page.click("text=Show the password")
        walk.open("/people", "people-empty")
        walk.open("/requests", "requests-empty")

        def people_are_read():
            page.goto(walk.url("/people/find"))
            return one.name in page.content()
        until(people_are_read)
        walk.shot("find")
        page.fill("#typed", "nobody at all")
        page.click("text=Continue")
        assert page.inner_text("[role=alert]")
        walk.shot("find-refused")
        walk.open(f"/people/find?q={one.name}", "find-search")
        page.check(f"input[name='to:{one.address}']")
        page.click("text=Add the chosen people")
        walk.shot("preview")
        page.click("main button:has-text('Send the request')")
        walk.shot("asked")
        until(lambda: page.goto(walk.url("/people")) and "Has not answered yet" in page.inner_text("main"))
        walk.shot("people-waiting")
        page.goto(walk.url("/people/find"))
        page.fill("#typed", "somebody.with.a.name@another.server.example")
        page.click("text=Continue")
        walk.shot("preview-unverified")
        page.goto(walk.url("/people/find"))
        page.fill("#typed", address)
        page.click("text=Continue")
        walk.shot("preview-nobody")

        # The friend accepts, the other one asks, and writes without having asked.
        browser = one.browser
        until(lambda: address in browser.get("/requests").text)
        browser.submit(browser.get("/requests"), "/requests/contact", having={"address": address}, do="accept")
        preview = two.browser.submit(two.browser.get("/people/find"), "/people/preview", typed=address)
        two.browser.submit(preview, "/people/ask")
        stranger = new_member(trial, "stranger", devices=1)
        write(trial, stranger, address, HOSTILE, "Are you there?")
        until(lambda: page.goto(walk.url("/requests")) and two.address in page.inner_text("main")
                   and "Are you there?" in page.inner_text("main"))
        walk.shot("requests")
        assert page.locator("a[href*='evil']").count() == 0
        page.click(f"a[aria-label='Report {stranger.address} to the moderators']")
        walk.shot("report-consent")
        page.click("main button:has-text('Go on at')")
        walk.sign_in()
        assert page.locator("textarea[name=comment]").count() == 1 and page.locator("a[href*='evil']").count() == 0
        walk.shot("report")
        page.click("main a:has-text('Cancel')")
        page.click(f"button[aria-label='Accept {two.address}']")
        walk.shot("request-accepted")
        page.click(f"button[aria-label='Let {stranger.address} through']")
        walk.shot("message-let-through")
        until(lambda: page.goto(walk.url("/people")) and "2 contacts" in page.inner_text("main"))
        walk.shot("people")
        page.click(f"a[aria-label='Remove {two.address}']")
        walk.shot("remove-contact")
        page.click("main button:has-text('Remove')")
        walk.shot("contact-removed")

        walk.open("/privacy", "privacy")
        page.check("input[name=presence][value=chosen]")
        page.click("main button:has-text('Save')")
        walk.shot("chosen")
        page.check(f"input[name='see:{one.address}']")
        page.click("main button:has-text('Save')")
        walk.shot("privacy-chosen")
        walk.open("/settings", "settings-privacy")

        # All of them have been asked or have no chat: that is said.
        page.goto(walk.url("/people/find"))
        page.click("main button:has-text('follow you back')")
        walk.shot("find-no-mutuals")
