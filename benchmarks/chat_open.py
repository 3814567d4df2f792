#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the click on Chat in the home server's page to the client online with its conversations shown, and where the time goes; and
how many bytes that takes, cold and from the browser's cache.

    benchmarks/chat_open.py [--rounds 20] [--conversations 20]
"""
import statistics
import time

from chat_page import MastodonPage, arguments, stage
from measure import keep, milliseconds

STEPS = ["click to ticket", "ticket to passwords", "passwords to connection", "connection to online", "online to conversations"]


class Meter:
    """Bytes as they came over the wire, by what they are."""

    def __init__(self, page):
        self.of, self.urls = {}, {}
        session = page.page.context.new_cdp_session(page.page)
        session.on("Network.responseReceived", lambda event: self.urls.update({event["requestId"]: event["response"]["url"]}))
        session.on("Network.loadingFinished", self.finished)
        session.send("Network.enable")

    def finished(self, event):
        url = self.urls.get(event["requestId"], "")
        kind = next((kind for mark, kind in (("/trunkline/", "in the page"), ("/web/", "client"), ("/client", "client"), ("/api/", "API")) if mark in url), None)
        if kind:
            self.of[kind] = self.of.get(kind, 0) + event["encodedDataLength"]


def opened(made, member):
    """One time, in a browser that has never been there: the page, which loads the client idle, then the click. The times of its
    steps, and the bytes of the first time and of a second one, whose click comes after a reload."""
    page, marks = MastodonPage(made.trial, made.browser, member.name), {}
    meter = Meter(page)

    def note(name):
        marks.setdefault(name, time.perf_counter())

    def answered(answer):
        if "click" in marks and "/trunkline/ticket" in answer.url:
            note("ticket")
        if "click" in marks and "/api/v1/web-session" in answer.url:
            note("passwords")

    page.page.on("response", answered)
    page.page.on("websocket", lambda _: note("connection"))
    page.sign_in()
    page.test("status").filter(has_text="waiting").wait_for(state="attached")
    note("click")
    page.entry.click()
    page.wait_for("online")
    note("online")
    page.test("conversation").first.wait_for()
    note("conversations")
    cold, meter.of = meter.of, {}
    page.page.reload()
    page.open_chat().wait_for("online").test("conversation").first.wait_for()
    warm = meter.of
    page.context.close()
    return marks, cold, warm


def main():
    chosen = arguments(__doc__, rounds=20, conversations=20)
    with stage(chosen.executable) as made:
        member = made.member("opens", devices=1)
        for number in range(chosen.conversations):
            friend = made.member("friend", devices=1)
            app = made.apps.sign_in(friend)
            for line in range(3):
                app.say(member.address, f"Line {line} of friend {number}")
            app.until_archived(member.address, 3)
        names = ["click", "ticket", "passwords", "connection", "online", "conversations"]
        whole, parts = [], {step: [] for step in STEPS}
        for _ in range(chosen.rounds):
            marks, cold, warm = opened(made, member)
            whole.append(marks["conversations"] - marks["click"])
            for step, before, after in zip(STEPS, names, names[1:]):
                parts[step].append(max(0.0, marks[after] - marks[before]))
        print(f"click on Chat to {chosen.conversations} conversations shown ({made.which}): {milliseconds(whole)}")
        for step, values in parts.items():
            print(f"  {step:26} median {1000 * statistics.median(values):7.1f} ms")
        for name, bytes_ in (("cold", cold), ("warm", warm)):
            print(f"  {name}: {sum(bytes_.values()) / 1000:.1f} kB: " + ", ".join(f"{kind} {value / 1000:.1f}" for kind, value in sorted(bytes_.items())))
        keep("chat_open", [{"whole": statistics.median(whole), "cold": cold, "warm": warm,
                            "steps": {step: statistics.median(values) for step, values in parts.items()}}])


if __name__ == "__main__":
    main()
