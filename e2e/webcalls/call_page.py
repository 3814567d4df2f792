# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member who calls in the home server's page, and what flows then."""

from __future__ import annotations

import re
from pathlib import Path

from mastodon_page import MastodonPage
from trial import wait_until

PROBE = Path(__file__).with_name("probe.js").read_text()
DEVICES = ("microphone", "camera")


class CallPage(MastodonPage):
    def __init__(self, trial, place, member, devices=DEVICES, context=None, **options):
        super().__init__(trial, place.browser, getattr(member, "name", member), context=context, **options)
        self.place, self.account = place, member
        if self.own_context:
            self.context.add_init_script(PROBE)
            self.context.grant_permissions(list(devices))

    @property
    def address(self) -> str:
        return self.account.address

    def another_tab(self) -> "CallPage":
        other = CallPage(self.trial, self.place, self.account, context=self.context)
        other.complaints, other.expected = self.complaints, self.expected
        other.page.goto(self.home())
        return other

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
        self.test("status", "[data-phone='ready']").wait_for(state="attached")
        return self

    def call(self, address: str, video: bool = False) -> "CallPage":
        self.start(address)
        self.test("video-call" if video else "call").first.click()
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

    # -- what one sees -----------------------------------------------------------------------------------------------

    def until_phase(self, phase: str, seconds: float = 20) -> "CallPage":
        """Of the call that is shown: `calling`, `ringing`, `talking`, …, or several with `|`."""
        either = ", ".join(f"[data-test='call-panel'][data-phase='{one}']" for one in phase.split("|"))
        self.in_frame(either).first.wait_for(timeout=seconds * 1000, state="attached")
        return self

    def until_ended(self, reason: str | None = None, seconds: float = 20) -> "CallPage":
        self.until_phase("ended", seconds)
        if reason is not None:
            assert re.fullmatch(reason, self.reason or ""), self.reason
        return self

    @property
    def reason(self) -> str | None:
        return self.test("call-panel").first.get_attribute("data-reason")

    # -- what flows --------------------------------------------------------------------------------------------------

    def probe(self, question: str, *given):
        return self.frame.evaluate(f"(given) => trialCalls.{question}(...given)", list(given))

    def flows(self) -> dict | None:
        return self.probe("flows")

    def until_flowing(self, kind: str = "audio", least: int = 2_000, seconds: float = 20) -> dict:
        """Until so many more bytes have come in and gone out, and something of them was heard or seen; what flows then."""
        noticed = "energy" if kind == "audio" else "frames"
        before: dict = {}

        def flows():
            now = self.flows()
            if not now or now["state"] != "connected":
                return None
            first = before.setdefault(kind, now[kind])
            grown = {name: now[kind][name] - first[name] for name in ("received", "sent", noticed)}
            return grown["received"] >= least and grown["sent"] >= least and grown[noticed] > 0 and now

        try:
            return self.until(flows, seconds, f"{kind} both ways")
        except AssertionError as error:
            raise AssertionError(f"{error}; it was {before}, and is {self.flows()}") from None


def talk(one: CallPage, other: CallPage, kind: str = "audio", seconds: float = 20) -> tuple[dict, dict]:
    """Sees that both hear, or see, each other."""
    return one.until_flowing(kind, seconds=seconds), other.until_flowing(kind, seconds=seconds)
