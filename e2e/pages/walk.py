# SPDX-License-Identifier: AGPL-3.0-or-later
"""One member's way through the portal in a real browser, with a look at every page."""

import contextlib
import itertools

from looks import barriers, is_complaint, misfits, shot
from portal import PASSWORD


class Walk:
    """One member's way through the portal, page by page."""

    def __init__(self, trial, chromium, member: str, width: int, scheme: str, scripts: bool = True, axe: bool = False,
                 first: int = 1):
        self.trial, self.member, self.scripts, self.axe = trial, member, scripts, axe
        self.label = f"{width}-{scheme}{'' if scripts else '-nojs'}"
        self.context = chromium.new_context(
            ignore_https_errors=True, java_script_enabled=scripts, color_scheme=scheme,
            viewport={"width": width, "height": 800}, locale="en-GB", reduced_motion="reduce",
            bypass_csp=axe)
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.numbers = itertools.count(first)
        self.page.on("console", self.heard)
        self.page.on("request", self.asked)

    def heard(self, message):
        if is_complaint(message):
            self.problems.append(f"console: {message.text}")

    def asked(self, request):
        if ".social.localhost:" not in request.url and not request.url.startswith(("https://social.localhost:", "data:")):
            self.problems.append(f"asked somebody else: {request.url}")

    def url(self, path: str) -> str:
        return self.trial.url("portal", path)

    def shot(self, name: str):
        """Looks at the page that is open."""
        # A header that sticks would be painted where the last click scrolled to.
        self.page.evaluate("scrollTo(0, 0)")
        shot(self.page, f"{self.label}-{next(self.numbers):02d}-{name}", full_page=True)
        if self.scripts:
            self.problems += misfits(name, self.page)
            if self.axe:
                self.problems += barriers(name, self.page)

    def sign_in(self):
        """At the home server, as often as it asks."""
        self.page.wait_for_load_state()
        if self.page.query_selector("#user_password"):
            self.page.fill("#user_email", self.member)
            self.page.fill("#user_password", PASSWORD)
            self.page.click("button[type=submit]")
            self.page.wait_for_load_state()
        if "/oauth/authorize" in self.page.url:
            self.page.click("button:has-text('Authorize')")
            self.page.wait_for_load_state()

    def open(self, path: str, name: str):
        self.page.goto(self.url(path))
        self.shot(name)


@contextlib.contextmanager
def walking(*arguments, **named):
    walk = Walk(*arguments, **named)
    try:
        yield walk
    finally:
        walk.context.close()
    assert walk.problems == []


#: Width, colours, with JavaScript, with axe (and then without our content-security policy).
LOOKS = [
    (1280, "light", True, True), (1280, "dark", True, False), (360, "light", True, False), (360, "dark", True, True),
    (320, "light", True, True), (360, "dark", False, False),
]
