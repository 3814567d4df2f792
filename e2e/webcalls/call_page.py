# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member who calls in the home server's page, and what flows then."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from mastodon_page import MastodonPage
from playwright.sync_api import TimeoutError
from trial import wait_until

PROBE = Path(__file__).with_name("probe.js").read_text()
#: The most energy (W3C webrtc-stats, totalAudioEnergy) that counts as silence: a beep has a hundred times as much.
SILENCE = 1e-4
#: Of the panel: with a call that is not over.
GOES_ON = "[data-phase]:not([data-phase='ended'])"
DEVICES = ("microphone", "camera")


class CallPage(MastodonPage):
    def __init__(self, trial, place, member, devices=DEVICES, context=None, **options):
        super().__init__(trial, place.browser, getattr(member, "name", member), context=context, **options)
        self.place, self.account = place, member
        #: The invitations that this page's phone has sent: `INVITE sip:…`.
        self.invitations: list[str] = []
        self.page.on("websocket", lambda opened: opened.on("framesent", self._sent))
        # A frame that the member has not touched takes no focus from the page that they are in.
        self.expected.append("Blocked autofocusing on a <dialog> element in a cross-origin subframe")
        if self.own_context:
            self.context.add_init_script(PROBE)
            self.context.grant_permissions(list(devices))

    def _sent(self, frame):
        text = frame if isinstance(frame, str) else frame.decode(errors="replace")
        if text.startswith("INVITE "):
            self.invitations.append(text.splitlines()[0])

    @property
    def address(self) -> str:
        return self.account.address

    def another_tab(self) -> "CallPage":
        other = CallPage(self.trial, self.place, self.account, context=self.context)
        other.complaints, other.expected = self.complaints, self.expected
        other.page.goto(self.home())
        return other

    def as_new(self):
        """Closes what a test has left open: tabs beside the first, the call that is shown, or, if it still goes on, all of the page."""
        for page in self.context.pages:
            if page is not self.page:
                page.close()
        if self.in_frame(f"dialog:visible, [data-test='call-panel']{GOES_ON}:visible").count():
            self.page.reload()
            self.ready()
        elif self.test("dismiss-call", ":visible").count():
            # It also goes by itself.
            with contextlib.suppress(TimeoutError):
                self.test("dismiss-call").click(timeout=1_000)

    def problems(self, forget: bool = False) -> list[str]:
        found = super().problems()
        if forget:
            self.complaints.clear()
        return found

    def until(self, condition, seconds: float = 20, what: str = "it"):
        """Playwright hears of frames, and passes on what pages say, only while it is asked something."""
        def ask():
            self.page.evaluate("0")
            return condition()

        return wait_until(ask, seconds, f"{self.member}: {what}")

    # -- what one does -----------------------------------------------------------------------------------------------

    def ready(self) -> "CallPage":
        """Opens the client and waits until calls can be made and taken."""
        self.open_chat().wait_for("online")
        return self.until_ready()

    def until_ready(self, seconds: float = 60) -> "CallPage":
        self.test("status", "[data-phone='ready']").wait_for(state="attached", timeout=seconds * 1000)
        return self

    def call(self, address: str, video: bool = False) -> "CallPage":
        self.start(address)
        self.test("video-call" if video else "call").first.click()
        return self

    def history(self) -> "CallPage":
        """Opens the calls of the past, where one can also call an address with which there is no conversation."""
        self.to_list().in_frame("main").get_by_role("button", name="Menu", exact=True).first.click()
        self.in_frame("main").get_by_role("menuitem", name="Calls").click()
        self.test("call-history").wait_for()
        return self

    def dial(self, text: str) -> "CallPage":
        """Calls whatever is typed."""
        self.history().test("history-call").click()
        self.test("call-address").fill(text)
        self.test("call-go").click()
        return self

    def until_ringing(self, address: str | None = None, seconds: float = 20) -> "CallPage":
        """Until somebody's call rings here."""
        self.test("incoming", f"[data-address='{address}']" if address else "").wait_for(timeout=seconds * 1000)
        return self

    def until_quiet(self, seconds: float = 20) -> "CallPage":
        self.test("incoming").wait_for(state="hidden", timeout=seconds * 1000)
        return self

    def answer(self, video: bool = False) -> "CallPage":
        self.test("answer-video" if video else "answer").click()
        return self

    def press(self, name: str) -> "CallPage":
        """`hang-up`, `mute`, `camera`, `hold`, `decline`, …"""
        self.test(name).first.click()
        return self

    def allow(self, *uses: str) -> "CallPage":
        """What the browser lets pages use from now on; all else is denied, or, if nothing is named, would be asked for."""
        self.context.clear_permissions()
        if uses:
            self.context.grant_permissions(list(uses))
        return self

    # -- what one sees -----------------------------------------------------------------------------------------------

    def until_phase(self, phase: str, seconds: float = 20) -> "CallPage":
        """Of the call that is shown: `calling`, `ringing`, `talking`, …, or several with `|`."""
        either = ", ".join(f"[data-test='call-panel'][data-phase='{one}']" for one in phase.split("|"))
        self.in_frame(either).first.wait_for(timeout=seconds * 1000, state="attached")
        return self

    def until_ended(self, reason: str | None = None, seconds: float = 20) -> "CallPage":
        """Until the call that was shown is over, and says why, or one of several with `|`. Calm ends are shown for some seconds."""
        self.until_phase("ended", seconds)
        if reason is not None:
            assert (self.shown("reason") or "") in reason.split("|"), self.shown("reason")
        return self

    def until_no_call(self, seconds: float = 20) -> "CallPage":
        """Until no call is shown that goes on."""
        self.test("call-panel", GOES_ON).wait_for(state="hidden", timeout=seconds * 1000)
        return self

    def until_said(self, text: str, seconds: float = 20) -> "CallPage":
        """Until the panel says so."""
        self.test("call-panel").filter(has_text=text).wait_for(timeout=seconds * 1000)
        return self

    def shown(self, what: str) -> str | None:
        """`phase`, `quality`, `reason` of the call that is shown."""
        return self.test("call-panel").first.get_attribute(f"data-{what}")

    # -- what flows --------------------------------------------------------------------------------------------------

    def probe(self, question: str, *given):
        return self.frame.evaluate(f"(given) => trialCalls.{question}(...given)", list(given))

    def flows(self) -> dict | None:
        return self.probe("flows")

    def until_flowing(self, kind: str = "audio", least: int = 2_000, seconds: float = 20, ways=("received", "sent")) -> dict:
        """Until so many more bytes have come in and gone out, and something new was heard or seen; what flows then."""
        noticed = "energy" if kind == "audio" else "frames"
        first = None

        def flows():
            nonlocal first
            now = self.flows()
            if not now or now["state"] != "connected":
                return None
            first = first or now
            grown = {name: now[kind][name] - first[kind][name] for name in (*ways, noticed)}
            return all(grown[way] >= least for way in ways) and grown[noticed] > 0 and now

        try:
            return self.until(flows, seconds, f"{kind} {' and '.join(ways)}")
        except AssertionError as error:
            panel = self.test("call-panel").first.evaluate("(one) => ({ ...one.dataset })") if self.test("call-panel").count() else None
            raise AssertionError(f"{error}; it was {first}, and is {self.flows()}; shown is {panel}; refused: {self.probe('refused')}") from None

    def until_silent(self, seconds: float = 20, quiet: float = 1.5):
        """Until nothing was heard for so long: the devices of the other side beep each second."""
        energy, since = None, 0.0

        def is_silent():
            nonlocal energy, since
            now, at = self.flows()["audio"]["energy"], time.monotonic()
            if energy is None or now - energy > SILENCE:
                energy, since = now, at
            return at - since >= quiet

        self.until(is_silent, seconds, "silence")
        return self


def talk(one: CallPage, other: CallPage, kind: str = "audio", seconds: float = 20) -> tuple[dict, dict]:
    """Sees that both hear, or see, each other."""
    return one.until_flowing(kind, seconds=seconds), other.until_flowing(kind, seconds=seconds)
