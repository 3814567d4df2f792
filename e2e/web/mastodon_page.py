# SPDX-License-Identifier: AGPL-3.0-or-later
"""One member at one browser: the home server's page, and the chat client in its frame."""

from __future__ import annotations

import re

from looks import is_complaint
from portal import PASSWORD

CLIENT = re.compile(r"/client(?:[?#]|$)")


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
        if is_complaint(message):
            self.complaints.append(f"console: {message.text}")

    def _asked(self, request):
        if not re.match(rf"(https|wss)://([a-z]+\.)?{re.escape(self.trial.domain)}:|data:|blob:", request.url):
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

    def close_chat(self) -> "MastodonPage":
        """By the way out that the client has in its head."""
        self.test("close", ":visible").click()
        self.page.locator(".trunkline-panel[open]").wait_for(state="detached")
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

    def wait_for(self, phase: str, seconds: float = 20) -> "MastodonPage":
        """`waiting`, `off`, `connecting`, `online`, `offline`, `ended`."""
        self.test("status").filter(has_text=re.compile(f"^({phase})$")).wait_for(state="attached", timeout=seconds * 1000)
        return self

    @property
    def phase(self) -> str:
        return self.test("status").text_content() or ""

    def switch_on(self) -> "MastodonPage":
        self.wait_for("off").test("switch-on").click()
        return self.wait_for("online")

    def conversation(self, address: str):
        """Its line in the list."""
        return self.test("conversation", f"[data-address='{address}']")

    def messages(self, text: str | None = None, mine: bool | None = None, state: str | None = None):
        """Of the conversation that is open."""
        more = ("" if mine is None else f"[data-mine='{str(mine).lower()}']") + (f"[data-state='{state}']" if state else "")
        found = self.test("message", more)
        return found if text is None else found.filter(has_text=text)

    def to_list(self) -> "MastodonPage":
        """Where there is room for one of the two only, back to the list of conversations."""
        back = self.in_frame(".head__back:visible")
        if back.count():
            back.first.click()
        return self

    def open(self, address: str) -> "MastodonPage":
        """Opens a conversation that stands in the list, once it does."""
        self.to_list().conversation(address).click()
        self.test("compose").wait_for()
        return self

    def start(self, text: str) -> "MastodonPage":
        """Starts a conversation with an address of any kind."""
        self.to_list().test("new-chat").first.click()
        self.test("address").fill(text)
        self.test("address").press("Enter")
        self.test("compose").wait_for()
        return self

    def write(self, text: str) -> "MastodonPage":
        """In the conversation that is open."""
        self.test("compose").fill(text)
        self.test("compose").press("Enter")
        return self

    def until_sent(self, text: str, state: str | None = None, seconds: float = 20) -> "MastodonPage":
        """Waits for a message of one's own that the server has (`sent`), or that has come further."""
        states = {"sent": ("sent", "delivered", "read"), "delivered": ("delivered", "read"), "read": ("read",)}[state or "sent"]
        either = ", ".join(f"[data-test='message'][data-mine='true'][data-state='{one}']" for one in states)
        self.in_frame(either).filter(has_text=text).first.wait_for(timeout=seconds * 1000)
        return self

    def until_read(self, text: str, seconds: float = 20) -> "MastodonPage":
        """Waits for somebody else's message to stand in the conversation that is open."""
        self.messages(text, mine=False).first.wait_for(timeout=seconds * 1000)
        return self

    def texts(self) -> list[str]:
        """What stands in the conversation that is open, oldest first."""
        return self.test("message", " .bubble").all_inner_texts()
