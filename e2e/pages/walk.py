# SPDX-License-Identifier: AGPL-3.0-or-later
"""One member's way through the portal in a real browser, with a look at every page."""

import contextlib
import itertools
import pathlib

from axe_playwright_python.sync_playwright import Axe

SHOTS = pathlib.Path(__file__).resolve().parent.parent / "screenshots"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PASSWORD = "fediverse-trial"


class Walk:
    """One member's way through the portal, page by page."""

    def __init__(self, trial, chromium, member: str, width: int, scheme: str, scripts: bool = True, axe: bool = False,
                 first: int = 1):
        self.trial, self.member, self.scripts, self.axe = trial, member, scripts, axe
        self.label = f"{width}-{scheme}{'' if scripts else '-nojs'}"
        self.context = chromium.new_context(
            ignore_https_errors=True, java_script_enabled=scripts, color_scheme=scheme,
            viewport={"width": width, "height": 800}, locale="en-GB", reduced_motion="reduce",
            bypass_csp=axe)  # axe brings a script of its own, which our policy rightly refuses
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.numbers = itertools.count(first)
        self.page.on("console", self.heard)
        self.page.on("request", self.asked)

    def heard(self, message):
        # An error page is an error to the console too: that is what it shall be.
        if message.type in ("error", "warning") and "the server responded with a status of" not in message.text:
            self.problems.append(f"console: {message.text}")

    def asked(self, request):
        if ".social.localhost:" not in request.url and not request.url.startswith(("https://social.localhost:", "data:")):
            self.problems.append(f"asked somebody else: {request.url}")

    def url(self, path: str) -> str:
        return self.trial.url("portal", path)

    def shot(self, name: str):
        """Looks at the page that is open."""
        SHOTS.mkdir(exist_ok=True)
        # A header that sticks would be painted where the last click scrolled to.
        self.page.evaluate("scrollTo(0, 0)")
        self.page.screenshot(path=SHOTS / f"{self.label}-{next(self.numbers):02d}-{name}.png", full_page=True)
        if not self.scripts:
            return
        over = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            self.problems.append(f"{name}: {over} px too wide")
        if not self.axe:
            return
        for found in Axe().run(self.page, options={"runOnly": RULES}).response["violations"]:
            self.problems.append(f"{name}: {found['id']}: {found['help']}: {found['nodes'][0]['html'][:120]}")

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
