# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls at the portal: apart from chat, one password each, one scan for Linphone, and what the list says then."""

import hashlib
import re
import time

import pytest
import requests
from baresip import Baresip
from linphone import Linphone
from people import DOMAIN, leave, signed_in
from portal import Browser
from trial import wait_until


@pytest.fixture
def caller(trial):
    """Somebody with calls, and with chat if wished."""
    from people import new_member

    def make(stem="call", chat=False):
        member = new_member(trial, stem, chat=False)
        member.sign_in()
        for service, wished in (("chat", chat), ("calls", True)):
            if wished:
                assert member.switch(True, service).path == "/devices"
        return member
    return make


@pytest.fixture
def linphone(trial):
    app = Linphone(trial)
    yield app
    app.remove()


def link_in(page) -> str:
    return next(link.removeprefix("linphone-config:") for link in page.links if link.startswith("linphone-config:"))


def shown(member) -> list[dict]:
    # Asked again and again by tests: no faster than a member may.
    time.sleep(0.2)
    return member.browser.get("/api/v1/devices").response.json()["devices"]


def everything_logged(trial) -> str:
    return "".join(log.read_text(errors="replace") for log in (trial.state / "logs").rglob("*") if log.is_file())


def test_one_scan_sets_linphone_up_and_the_list_says_that_it_rings(trial, caller, linphone):
    alice = caller()
    page = alice.add_page("My phone", chat=None, calls="linphone")
    link = link_in(page)
    assert "Not connected, so it does not ring" in alice.browser.get("/devices").text
    linphone.start(link)

    def registered():
        app = shown(alice)[0]["apps"][0]
        return app if app["connected"] else None

    app = wait_until(registered, 30, "the phone being registered")
    assert app["service"] == "calls" and app["app"] == "linphone" and app["last_address"] == "127.0.0.1"
    assert "Connected now , from 127.0.0.1" in alice.browser.get("/devices").text.replace("now,", "now ,")
    assert "algorithm=SHA-256" in linphone.said().replace('"', "")
    measured = requests.get(f"http://127.0.0.1:{trial.port('portal')}/metrics", timeout=20).text
    assert re.search("^trunkline_devices_registered [1-9]", measured, re.MULTILINE), measured
    assert re.search("^trunkline_calls 0$", measured, re.MULTILINE) and re.search("^trunkline_media_sessions 0$", measured, re.MULTILINE)

    linphone.stop()
    kept = linphone.kept()
    password = page.outputs["password-calls"]
    expected = hashlib.sha256(f"{alice.name}:{DOMAIN}:{password}".encode()).hexdigest()
    assert kept["auth_info_0"]["ha1"] == expected and kept["sip"]["media_encryption"] == "srtp"
    assert not kept["misc"].get("config-uri"), "it asks once"
    assert password not in linphone.settings.read_text()
    wait_until(lambda: not registered(), 30, "the phone having signed off")

    # Without the link it comes back by what it has kept.
    linphone.start()
    wait_until(registered, 30, "the phone being back")
    token = link.rsplit("/", 1)[1]
    assert token not in everything_logged(trial) and password not in everything_logged(trial)

    device = next(iter(alice.listed()))
    path = f"/devices/{device}/remove"
    assert alice.browser.submit(alice.browser.get(path), path).query["done"] == "removed"
    assert trial.trunkline_json("accounts", "show", alice.name)["devices"] == []


def test_baresip_takes_the_line_as_it_stands(trial, caller):
    fred = caller("line")
    app = Baresip(trial, fred.add_page("My computer", chat=None, calls="baresip").outputs["line"])
    try:
        wait_until(lambda: shown(fred)[0]["apps"][0]["connected"], 30, "baresip being registered")
        assert "not found" not in app.log.read_text(errors="replace"), "it knows every word of the line"
    finally:
        app.remove()


def test_a_link_works_once_and_only_for_an_app(trial, caller):
    bob = caller()
    link = link_in(bob.add_page("My phone", chat=None, calls="linphone"))
    session = trial.session()
    assert session.head(link).status_code == 405
    page = Browser(trial).get(link, headers={"Accept": "text/html"})
    assert page.status == 200 and "This link is for Linphone" in page.text and "ha1" not in page.html
    assert session.get(link[:-1] + ("a" if link[-1] != "a" else "b")).status_code == 404
    first = session.get(link)
    assert first.status_code == 200 and "auth_info_0" in first.text and first.headers["Cache-Control"] == "no-store"
    second = session.get(link)
    assert second.status_code == 404 and "used already" in second.text and "ha1" not in second.text
    assert link.rsplit("/", 1)[1] not in everything_logged(trial)


def test_one_device_may_have_both_with_a_password_each(trial, caller, run):
    carol = caller("both", chat=True)
    page = carol.add_page("My phone", chat="conversations", calls="linphone")
    chat, calls = page.outputs["password-chat"], page.outputs["password-calls"]
    assert chat != calls and len(carol.listed()) == 1
    assert "For Conversations" in page.text and "For Linphone" in page.text

    async def story():
        from people import Device
        right = carol.client(Device(carol, "", "", chat))
        await signed_in(right)
        wrong = carol.client(Device(carol, "", "", calls))
        assert await wrong.sign_in() == "not-authorized", "the password for calls opens no chat"
        await leave(right, wrong)

    run(story())

    def seen():
        return {app["service"]: app["last_connected_at"] for app in shown(carol)[0]["apps"]}

    wait_until(lambda: seen()["chat"], 10, "the chat server having told of it")
    assert set(seen()) == {"chat", "calls"} and seen()["calls"] is None


def test_a_member_with_calls_alone_sees_and_can_do_just_that(trial, caller):
    dora = caller("alone")
    page = dora.browser.get("/devices/add")
    form = page.form("/devices/add/name")
    assert form.names == {"calls"} and "Conversations" not in page.text
    assert dora.browser.get("/devices/add/name?chat=gajim").status == 409
    page = dora.add_page("Desk", chat=None, calls="desk-phone")
    assert set(page.outputs) == {"address", "password-calls"} and "Realm" in page.text
    settings = dora.browser.get("/settings")
    assert "Chat is off" in settings.text and "Calls are on" in settings.text
    account = trial.trunkline_json("accounts", "show", dora.name)["account"]
    assert account["services"] == ["sip"]
    refused = trial.trunkline("devices", "add", dora.name, "--name", "For chat", "--app", "gajim", check=False)
    assert refused.returncode == 1 and "switched off" in refused.stderr


def test_switching_calls_off_ends_registrations_and_on_needs_no_new_password(trial, caller, linphone):
    eve = caller("switch")
    linphone.start(link_in(eve.add_page("My phone", chat=None, calls="linphone")))
    registered = lambda: shown(eve)[0]["apps"][0]["connected"]  # noqa: E731
    wait_until(registered, 30, "the phone being registered")
    page = eve.switch(False, "calls")
    assert page.path == "/settings" and "Every phone has been disconnected" in page.text
    listed = eve.browser.get("/devices").text
    assert "Connected now , from" not in listed.replace("now,", "now ,") and re.search("Calls are off, so none of your phones", listed)
    wait_until(lambda: not registered(), 10, "the registration being gone")
    assert eve.switch(True, "calls").path == "/devices"
    linphone.stop()
    linphone.start()
    wait_until(registered, 30, "the phone being back with what it has kept")
