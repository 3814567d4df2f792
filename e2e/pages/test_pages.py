# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every page of the portal in a real browser: wide and narrow, light and dark, with JavaScript and without.

Each page is written as a picture to e2e/screenshots, for people to look at; checked by axe against WCAG 2.2 AA; and must
neither scroll sideways, nor log an error, nor ask anybody else for anything.
"""

from types import SimpleNamespace

import pytest
from sip_client import Phone
from trial import wait_until
from walk import LOOKS, walking


@pytest.mark.parametrize("width,scheme,scripts,axe", LOOKS)
def test_every_page(trial, chromium, member, width, scheme, scripts, axe):
    with walking(trial, chromium, member, width, scheme, scripts, axe) as walk:
        page = walk.page
        walk.open("/", "welcome")
        page.click("text=Sign in with")
        walk.sign_in()
        walk.shot("switch-on")
        page.click("main button:has-text('Switch chat on')")
        walk.shot("chat-is-on")
        page.click("main a:has-text('Add a device')")
        walk.shot("add-app")
        page.check("input[value=gajim]")
        page.click("text=Continue")
        page.click("text=Show the password")
        for summary in page.query_selector_all("details summary"):
            summary.click()
        walk.shot("password-chat")
        page.click("text=I have typed it in")
        page.click("text=Switch calls on")
        walk.shot("switch-on-calls")
        page.click("main button:has-text('Switch calls on')")
        walk.shot("calls-are-on")
        page.click("main a:has-text('Add a device')")
        walk.shot("add-apps")
        page.check("input[value=conversations]")
        page.check("input[value=linphone]")
        page.click("text=Continue")
        walk.shot("add-name")
        page.fill("#name", "")
        page.click("text=Show the passwords")
        assert page.inner_text("[role=alert]")
        walk.shot("add-name-refused")
        page.fill("#name", 'My "phone" <b>')
        page.click("text=Show the passwords")
        passwords = [page.inner_text(f"#password-{service}") for service in ("chat", "calls")]
        assert [len(password) for password in passwords] == [34, 34] and len(set(passwords)) == 2
        walk.shot("passwords")
        for summary in page.query_selector_all("details summary"):
            summary.click()
        walk.shot("passwords-open")
        link = page.get_attribute("a[href^='linphone-config:']", "href").removeprefix("linphone-config:")
        if scripts:
            walk.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=walk.url("").rstrip("/"))
            for service, password in zip(("chat", "calls"), passwords):
                page.click(f"[data-copy=password-{service}]")
                page.locator("#announcer:not(:empty)").wait_for(state="attached")
                assert page.evaluate("navigator.clipboard.readText()") == password
        page.click("text=I have typed them in")
        walk.shot("devices")
        page.goto(link)
        walk.shot("open-linphone")
        walk.open("/devices/add/name?chat=conversations&calls=conversations", "add-apps-refused")
        page.goto(walk.url("/devices/add/name?calls=baresip"))
        page.click("text=Show the password")
        walk.shot("password-baresip")
        for_baresip = page.inner_text("#password-calls")
        page.goto(walk.url("/devices/add/name?calls=desk-phone"))
        page.click("text=Show the password")
        walk.shot("password-desk-phone")
        page.goto(walk.url("/devices"))
        page.locator("main a:has-text('Rename')").nth(1).click()
        walk.shot("rename")
        assert page.input_value("#name") == 'My "phone" <b>'
        page.fill("#name", "Telefon")
        page.click("button:has-text('Save')")
        walk.shot("renamed")
        page.locator("main a:has-text('Remove')").nth(1).click()
        walk.shot("remove")
        page.click("button:has-text('Remove device')")
        assert page.inner_text("[role=status]")
        walk.shot("removed")
        walk.open("/calls", "calls-empty")
        caller = Phone(SimpleNamespace(port=trial.port("sip")), member, for_baresip)
        caller.call("nobody_at_all").expect(480)
        caller.close()
        wait_until(lambda: page.goto(walk.url("/calls")) and "nobody_at_all" in page.content(), 20, "the call in the list")
        assert "Not answered" in page.inner_text("main") and page.inner_text("[aria-current=page]") == "Calls"
        walk.shot("calls")
        walk.open("/calls/clear", "calls-clear")
        page.click("main button:has-text('Clear the list')")
        assert "The list is empty now." in page.inner_text("[role=status]") and "nobody_at_all" not in page.content()
        walk.open("/settings", "settings")
        page.click("text=Switch calls off")
        walk.shot("switch-off-calls")
        page.click("main button:has-text('Switch calls off')")
        walk.shot("calls-are-off")
        page.click("text=Switch chat off")
        walk.shot("switch-off")
        page.click("main button:has-text('Switch chat off')")
        walk.shot("all-is-off")
        walk.open("/devices", "devices-off")
        walk.open("/nowhere", "not-found")
        walk.open("/sign-in/callback?state=x&code=y", "link-expired")
        walk.open("/sign-out-everywhere", "sign-out-everywhere")
        page.click("button:has-text('Sign out everywhere')")
        walk.shot("signed-out")


@pytest.mark.parametrize("kind,more,name", [
    ("status", {"status": 503}, "server-unreachable"), ("wrong_shape", {}, "server-wrong"),
])
def test_pages_for_a_home_server_that_fails(trial, chromium, member, kind, more, name):
    try:
        with walking(trial, chromium, member, 360, "light") as walk:
            walk.page.goto(walk.url("/"))
            walk.page.click("text=Sign in with")
            # Where the code is exchanged: the member is back at the portal then.
            fault = {"endpoint": "POST /oauth/token", "kind": kind, **more}
            trial.sandbox("POST", "/sandbox/faults", json=fault)
            walk.sign_in()
            assert "/sign-in/callback" in walk.page.url
            walk.shot(name)
    finally:
        trial.sandbox("DELETE", "/sandbox/faults")


def test_all_of_it_by_keyboard(trial, chromium, member):
    """Tab and Enter alone: skip link first, every stop visible, in the order of the page, and no trap."""
    with walking(trial, chromium, member, 1280, "light") as walk:
        page = walk.page
        page.goto(walk.url("/"))
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip-link"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert "Sign in with" in page.evaluate("document.activeElement.innerText")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        walk.sign_in()
        for _ in range(60):
            page.keyboard.press("Tab")
            stop = page.evaluate("""() => {
              const element = document.activeElement, box = element.getBoundingClientRect(), style = getComputedStyle(element);
              return {body: element === document.body, seen: box.width > 0 && box.height > 0,
                      ring: style.outlineStyle !== 'none' || style.boxShadow !== 'none'};
            }""")
            if stop["body"]:
                break
            assert stop["seen"] and stop["ring"], page.evaluate("document.activeElement.outerHTML")
        else:
            pytest.fail("Tab never leaves the page")
