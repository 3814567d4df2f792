# SPDX-License-Identifier: AGPL-3.0-or-later
"""Passwords for a quarter of an hour: from the token in the home server's page, over nginx, to streams at Prosody and Kamailio;
renewed while they are open, and ended by all that has to end them."""

import json
import pathlib
import re
import sys
import time

import pytest

sys.path.append(str(pathlib.Path(__file__).parent.parent / "sip"))

from people import DOMAIN, new_member  # noqa: E402
from portal import Browser  # noqa: E402
from trial import wait_until  # noqa: E402
from web_streams import ChatStream, Phone  # noqa: E402


class Frame:
    """A browser with the home server's page in it, and what the frame in that page does."""

    def __init__(self, trial, name: str):
        self.trial, self.browser, self.csrf = trial, Browser(trial), ""
        page = self.browser.prove(self.browser.get(trial.url("home_server", "/auth/sign_in")), name)
        state = re.search(r'<script id="initial-state"[^>]*>(.*?)</script>', page.html, re.S).group(1)
        self.token = json.loads(state)["meta"]["access_token"]

    def ask(self, **named):
        """What the page does after a click."""
        home = self.trial.url("home_server", "").rstrip("/")
        headers = {"Origin": home, "Sec-Fetch-Site": "same-origin", "Authorization": f"Bearer {self.token}", **named}
        return self.browser.session.post(home + "/trunkline/ticket", json={}, headers=headers, timeout=30)

    def call(self, method: str, path: str = "web-session", body=None):
        chat = self.trial.url("portal", "").rstrip("/")
        headers = {"Origin": chat, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": self.csrf}
        answer = self.browser.session.request(method, f"{chat}/api/v1/{path}", json=body, headers=headers, timeout=30)
        if answer.status_code == 200 and "csrf_token" in answer.json():
            self.csrf = answer.json()["csrf_token"]
        return answer

    def open(self, **wish) -> dict:
        """By a ticket."""
        answer = self.call("POST", body={"ticket": self.ask().json()["ticket"], **wish})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def renew(self) -> dict:
        return self.open(renew=True)

    def refusal(self, answer) -> tuple[int, str]:
        return answer.status_code, answer.json()["code"]


def test_the_pages_token_opens_chat_and_calls_and_nothing_else_does(trial):
    """Once through it; the token is nowhere afterwards, and an app's token of all scopes gets nothing."""
    alice = new_member(trial, "opens")
    alice.switch(True, "calls")
    frame = Frame(trial, alice.name)
    granted = frame.open()
    assert granted["address"] == alice.address and 590 <= granted["renew_in"] <= 600
    chat, phone = ChatStream(trial, granted["chat"], DOMAIN), Phone(trial, granted["calls"])
    assert chat.is_there() and phone.register() == 200
    assert granted["calls"]["turn"]["username"].endswith(":" + granted["device"]) and len(granted["calls"]["turn"]["uris"]) == 3
    # More time, also from a daemon that was started anew, and new passwords for a page that was loaded again: what is open stays so.
    trial.restart_child("daemon")
    assert "password" not in frame.renew()["chat"]
    again = frame.call("POST", body={}).json()
    assert again["device"] == granted["device"] and again["chat"]["password"] != granted["chat"]["password"]
    assert ChatStream(trial, granted["chat"], DOMAIN).refused and not ChatStream(trial, again["chat"], DOMAIN).refused
    assert chat.is_there() and Phone(trial, again["calls"]).register() == 200
    assert "Signed in until" in alice.browser.get("/devices").html and granted["device"] in alice.listed()

    app = trial.session().post(trial.url("home_server", "/api/v1/apps"), timeout=30, json={
        "client_name": "Web", "redirect_uris": "https://app.example/", "scopes": "read write follow push"}).json()
    other = trial.sandbox("POST", "/sandbox/tokens", json={"name": alice.name, "scopes": "read write follow push", "app": app["id"]}).json()
    assert frame.refusal(frame.ask(Authorization=f"Bearer {other['access_token']}")) == (403, "other-app")
    assert frame.ask(Origin="https://evil.example").status_code == 403
    ticket = frame.ask().json()["ticket"]
    assert frame.call("POST", body={"ticket": ticket}).status_code == 200
    assert frame.refusal(frame.call("POST", body={"ticket": ticket})) == (401, "ticket-spent")
    # Engines try as many passwords as a member may have: those of devices and of browsers.
    assert "trunkline_device_limit = 25\n" in next(trial.state.rglob("prosody.cfg.lua")).read_text()
    # Where the token could have been left: the ledger, the databases of the engines, every log; the home server has it.
    for path in trial.state.rglob("*"):
        if path.is_file() and not path.is_symlink() and "sandbox" not in path.parts:
            try:
                data = path.read_bytes()
            except FileNotFoundError:  # it has just been replaced
                continue
            assert not any(secret.encode() in data for secret in (frame.token, ticket, other["access_token"])), path


def test_what_ends_it_ends_its_streams_at_once(trial):
    """Each with a browser of its own beside it, whose stream stays where it is not meant."""
    alice = new_member(trial, "ends")

    def begin(name=alice.name):
        frame = Frame(trial, name)
        return frame, ChatStream(trial, frame.open()["chat"], DOMAIN)

    other, stays = begin()
    frame, stream = begin()
    assert frame.call("DELETE").status_code == 204
    assert any("not-authorized" in said for said in stream.ended()) and frame.call("GET", "session").status_code == 401

    frame, stream = begin()
    page = frame.browser.get("/devices")
    assert frame.browser.submit(page, "/sign-out").path == "/signed-out"
    stream.ended()

    frame, stream = begin()
    device = frame.call("POST", body={}).json()["device"]
    path = f"/devices/{device}/remove"
    alice.browser.submit(alice.browser.get(path), path)
    stream.ended()
    assert frame.refusal(frame.call("POST", body={})) == (401, "signed-out")
    assert stays.is_there()

    # A browser that has signed in at the portal: the home server is asked by the member's token at the next renewal.
    def renewing(event):
        member = new_member(trial, event.replace("-", "_"))
        frame = Frame(trial, member.name)
        frame.browser = member.browser
        frame.csrf = frame.call("GET", "session").json()["csrf_token"]
        stream = ChatStream(trial, frame.call("POST", body={}).json()["chat"], DOMAIN)
        assert frame.call("POST", body={"renew": True}).status_code == 200 and stream.is_there()
        member.at_home(event)
        return frame, stream, frame.refusal(frame.call("POST", body={"renew": True}))

    for event, expected in (("freeze", (403, "kept-out")), ("reset-password", (401, "signed-out"))):
        frame, stream, refusal = renewing(event)
        assert refusal == expected, event
        stream.ended()
        assert frame.refusal(frame.ask()) == expected, "the page learns it too"


def test_a_lease_is_renewed_and_ends_when_it_is_not(own_trial, monkeypatch):
    lease = 6
    monkeypatch.setenv("TRUNKLINE_LEASE_SECONDS", str(lease))
    trial = own_trial.start()
    alice = new_member(trial, "leases")
    alice.switch(True, "calls")
    frame = Frame(trial, alice.name)
    granted, begun = frame.open(), time.monotonic()
    chat, phone = ChatStream(trial, granted["chat"], DOMAIN), Phone(trial, granted["calls"])
    assert phone.register() == 200
    while time.monotonic() - begun < lease + 1:  # past the end that it began with
        frame.renew()
        time.sleep(lease / 3)  # part of the lease itself, which is what is tested
        assert chat.is_there() and phone.register() == 200
    # Signed out at the home server: the page gets no ticket any more, so the lease runs out.
    trial.sandbox("POST", f"/sandbox/members/{alice.name}/revoke-tokens")
    assert frame.refusal(frame.ask()) == (401, "signed-out")
    assert chat.is_there()
    said = chat.ended(lease + 5)
    assert any("expired" in one for one in said), said
    phone.ended(10)
    assert frame.call("GET", "session").status_code == 401
    wait_until(lambda: granted["device"] not in trial.trunkline("devices", "list", alice.name, "--json").stdout, 20, "its end in the list")
