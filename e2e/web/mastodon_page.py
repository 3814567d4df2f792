# SPDX-License-Identifier: AGPL-3.0-or-later
"""One member at one browser: the home server's page, and the chat client in its frame."""

from __future__ import annotations

import re

PASSWORD = "fediverse-trial"
CLIENT = re.compile(r"/client(?:[?#]|$)")
#: What the console says when a server's answer is an error: that is for the test to judge.
ANSWERS = "the server responded with a status of"


class MastodonPage:
    def __init__(self, trial, chromium, member: str, width: int = 1280, height: int = 900, context=None, **options):
        """`context` of another page makes this a second tab of the same browser."""
        self.trial, self.member = trial, member
        self.own_context = context is None
        self.context = context or chromium.new_context(
            ignore_https_errors=True, locale="en-GB", viewport={"width": width, "height": height}, **options)
        self.context.set_default_timeout(20_000)
        self.complaints: list[str] = []
        #: Parts of complaints that the test provokes.
        self.expected: list[str] = []
        self.sockets: list = []
        self.page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.page.on("request", self._asked)
        self.page.on("websocket", lambda opened: self.sockets.append(opened))

    # -- what must not be -------------------------------------------------------------------------------------------

    def _heard(self, message):
        if message.type in ("error", "warning") and ANSWERS not in message.text:
            self.complaints.append(f"console: {message.text}")

    def _asked(self, request):
        if not re.match(r"(https|wss)://([a-z]+\.)?social\.localhost:|data:|blob:", request.url):
            self.complaints.append(f"asked somebody else: {request.url}")

    def problems(self) -> list[str]:
        return [f"{self.member}: {one}" for one in self.complaints if not any(part in one for part in self.expected)]

    # -- the home server's page ---------------------------------------------------------------------------------------

    def home(self, path: str = "/home") -> str:
        return self.trial.url("home_server", path)

    def sign_in(self) -> "MastodonPage":
        self.page.goto(self.home())
        if not self.page.query_selector("#user_password"):
            if self.page.query_selector("#mastodon") and self.page.query_selector("form[action='/auth/sign_out']"):
                return self
            self.page.goto(self.home("/auth/sign_in"))
        self.page.fill("#user_email", self.member)
        self.page.fill("#user_password", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".navigation-panel", state="attached")
        return self

    def tab(self, path: str = "/home") -> "MastodonPage":
        """A second tab of the same browser."""
        other = MastodonPage(self.trial, None, self.member, context=self.context)
        other.complaints, other.expected = self.complaints, self.expected
        other.page.goto(self.home(path))
        return other

    @property
    def entry(self):
        """“Chat” in the navigation, wide or narrow."""
        return self.page.locator("[data-trunkline-chat]:visible").first

    # -- the client -----------------------------------------------------------------------------------------------------

    def open_chat(self) -> "MastodonPage":
        """Clicks on Chat; the client's page is then there, in whatever state."""
        self.entry.click()
        self.test("status").wait_for(state="attached")
        return self

    def in_frame(self, selector: str):
        return self.page.frame_locator("iframe[src*='/client']").locator(selector)

    def test(self, name: str, more: str = ""):
        """What the client's page marks for tests."""
        return self.in_frame(f"[data-test='{name}']{more}")

    @property
    def frame(self):
        """The client's own frame, to ask its scripts something."""
        return next(frame for frame in self.page.frames if CLIENT.search(frame.url))

    def wait_for(self, phase: str) -> "MastodonPage":
        """`online`, `offline`, `ended`, …: the state's phase."""
        self.test("status", f"[data-phase='{phase}']").wait_for(state="attached")
        return self

    def switch_on(self) -> "MastodonPage":
        self.test("switch-on").click()
        return self.wait_for("online")

    def conversation(self, address: str):
        return self.test("conversation", f"[data-address='{address}']")

    def messages(self, text: str | None = None, mine: bool | None = None):
        found = self.test("message", "" if mine is None else f"[data-mine='{str(mine).lower()}']")
        return found if text is None else found.filter(has_text=text)

    def start(self, address: str) -> "MastodonPage":
        """Starts a conversation, or goes to the one that there is."""
        if self.conversation(address).count():
            self.conversation(address).click()
        else:
            self.test("new-chat").click()
            self.test("new-chat-address").fill(address)
            self.test("new-chat-address").press("Enter")
        self.test("compose").wait_for()
        return self

    def write(self, text: str) -> "MastodonPage":
        """In the conversation that is open."""
        self.test("compose").fill(text)
        self.test("compose").press("Enter")
        return self

    def say(self, address: str, text: str) -> "MastodonPage":
        return self.start(address).write(text)

    def until_sent(self, text: str, state: str | None = None):
        """Waits for a message of one's own, and for a state of it."""
        more = f"[data-state='{state}']" if state else ""
        self.test("message", f"[data-mine='true']{more}").filter(has_text=text).wait_for()

    def until_read(self, text: str):
        """Waits for somebody else's message to be seen."""
        self.messages(text, mine=False).first.wait_for()
