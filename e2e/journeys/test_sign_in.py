# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing in and out: the ways in which it must not work, and what the member reads then."""

import base64
import hashlib
import re
import sqlite3
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest
from people import new_member
from portal import Browser, is_authorization, is_callback

EXPIRED = "This sign-in is no longer valid"


def with_query(url: str, **changes) -> str:
    """The address with other parameters; None takes one away, a list repeats it."""
    parts = urlsplit(url)
    fields = {**parse_qs(parts.query), **changes}
    fields = {name: value for name, value in fields.items() if value is not None}
    return urlunsplit(parts._replace(query=urlencode(fields, doseq=True)))


def refused(page, status: int, title: str, browser: Browser | None = None):
    assert page.status == status and title in page.text, page
    assert "Traceback" not in page.text and "Error(" not in page.text
    assert re.search(r"give this number: [0-9a-z]{8}", page.text)
    if browser is not None:
        assert not browser.is_signed_in


def test_the_way_to_the_home_server_is_guarded_by_state_and_pkce(trial, member):
    page = Browser(trial).begin(stop_at=is_authorization)
    asked = page.query
    assert urlsplit(page.url).netloc == urlsplit(trial.url("home_server")).netloc
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert len(base64.urlsafe_b64decode(asked["code_challenge"] + "=")) == hashlib.sha256().digest_size
    assert len(asked["state"]) >= 22 and asked["redirect_uri"] == trial.url("portal", "/sign-in/callback")
    assert set(asked["scope"].split()) <= {"profile", "read:accounts", "read:follows", "read:blocks", "read:mutes"}, "the narrowest"
    other = Browser(trial).begin(stop_at=is_authorization).query
    assert other["state"] != asked["state"] and other["code_challenge"] != asked["code_challenge"]


@pytest.mark.parametrize("changes", [
    {"state": None}, {"state": ""}, {"state": "0" * 52}, {"state": ["a", "b"]}, {"state": "x" * 6000},
])
def test_a_missing_or_wrong_state_is_refused(trial, member, changes):
    browser, name = Browser(trial), member("state", chat=False).name
    refused(browser.get(with_query(browser.callback(name), **changes)), 400, EXPIRED, browser)


@pytest.mark.parametrize("changes", [{"code": None}, {"code": ""}, {"code": ["a", "b"]}, {"iss": "https://evil.example"}])
def test_an_answer_that_makes_no_sense_is_refused(trial, member, changes):
    browser, name = Browser(trial), member("senseless", chat=False).name
    page = browser.get(with_query(browser.callback(name), **changes))
    assert page.status in (400, 502) and not browser.is_signed_in, page


def test_an_answer_counts_once(trial, member):
    browser, name = Browser(trial), member("replay", chat=False).name
    callback = browser.callback(name)
    assert browser.get(callback).path == "/chat/on"
    refused(browser.get(callback), 400, EXPIRED)
    assert browser.is_signed_in, "who is signed in stays so"
    other = Browser(trial)
    refused(other.get(callback), 400, EXPIRED, other)


def test_an_answer_counts_in_the_browser_that_asked_alone(trial, member):
    """Else somebody could sign a victim's browser in as themselves, or take a leaked answer."""
    attacker, victim = Browser(trial), Browser(trial)
    callback = attacker.callback(member("mallory", chat=False).name)
    refused(victim.get(callback), 400, EXPIRED, victim)
    victim.begin(stop_at=is_authorization)
    refused(victim.get(callback), 400, EXPIRED, victim)


def test_swapped_answers_sign_nobody_in(trial, member):
    one, two = Browser(trial), Browser(trial)
    first_name, second_name = member("swap", chat=False).name, member("swap", chat=False).name
    first, second = one.callback(first_name), two.callback(second_name)
    code = parse_qs(urlsplit(second).query)["code"][0]
    # PKCE: the code was made for the other attempt's challenge.
    refused(one.get(with_query(first, code=code)), 400, EXPIRED, one)
    # The other goes on as if nothing had been, as their own member.
    assert second_name in two.get(second).text


def test_a_code_that_was_used_elsewhere_or_never_existed_is_refused(trial, member):
    browser = Browser(trial)
    callback = browser.callback(member("code", chat=False).name)
    refused(browser.get(with_query(callback, code="made-up")), 400, EXPIRED, browser)
    refused(browser.get(callback), 400, EXPIRED, browser)


def test_another_redirect_uri_is_the_home_servers_to_refuse(trial, member):
    browser = Browser(trial)
    asked = browser.begin(stop_at=is_authorization)
    page = browser.get(with_query(asked.url, redirect_uri="https://evil.example/"))
    page = browser.sign_in(member("redirect", chat=False).name, page)
    assert page.host == urlsplit(trial.url("home_server")).hostname and page.status >= 400


def test_who_denies_is_told_that_nothing_happened(trial, member):
    browser, name = Browser(trial), member("deny", chat=False).name
    page = browser.prove(browser.begin(), name)
    page = browser.submit(page, "/oauth/authorize", {"_method": "delete"})
    refused(page, 403, "You did not sign in", browser)
    assert browser.sign_in(name, browser.submit(page, "/sign-in")).path == "/chat/on", "and can think again"


@pytest.mark.parametrize("fields", [
    {"return_to": "https://evil.example/"}, {"returnTo": "//evil.example"}, {"purpose": "//evil.example"},
    {"purpose": "add-device", "app": "//evil.example/\\"}, {"purpose": "add-device", "app": "other&next=//evil.example"},
])
def test_nothing_that_a_browser_sends_leads_to_another_site(trial, member, fields):
    browser, somebody = Browser(trial), member("open")
    home = browser.get("/")
    page = browser.sign_in(somebody.name, browser.post(home.url, "/sign-in", {**home.form("/sign-in").fields, **fields}))
    assert urlsplit(page.url).netloc == urlsplit(trial.url("portal")).netloc and "evil" not in page.url, page


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
])
def test_other_sites_forms_are_refused(member, headers):
    somebody = member("csrf", devices=1)
    page = somebody.browser.get("/chat/off")
    refused(somebody.browser.submit(page, "/chat/off", headers=headers), 403, "open for too long")
    refused(somebody.browser.post(page.url, "/chat/off", {}), 403, "open for too long")
    other = member("csrf")
    refused(somebody.browser.post(page.url, "/chat/off", other.browser.get("/chat/off").form("/chat/off").fields), 403, "open for too long")
    assert somebody.browser.get("/devices").path == "/devices", "chat is on still"


def test_a_member_with_a_second_factor_signs_in(trial):
    browser = Browser(trial)
    assert browser.sign_in("dave").host == "chat.social.localhost" and browser.is_signed_in


@pytest.mark.parametrize("name", ["frank", "mallory", "peggy", "ivan"])
def test_who_cannot_use_the_home_server_does_not_get_in(trial, name):
    browser = Browser(trial)
    page = browser.sign_in(name)
    assert page.host == "social.localhost" or page.status >= 400, page
    assert not browser.is_signed_in


@pytest.mark.parametrize("purpose,path", [("people", "/people/find"), ("privacy", "/privacy"), ("elsewhere", "/devices")])
def test_who_signs_in_once_more_comes_back_to_the_page_that_asked_for_it(trial, member, purpose, path):
    browser = member("returning").browser
    page = browser.get("/settings")
    fields = {**page.form("/sign-out").fields, "purpose": purpose}
    asked = browser.post(page.url, "/sign-in", fields, stop_at=is_authorization)
    callback = browser.consent(browser.get(asked.url), stop_at=is_callback)
    assert browser.get(callback.url).path == path


def test_adding_a_device_asks_for_a_recent_sign_in_of_the_same_member(own_trial):
    """Ten minutes later the home server is asked again; nobody else may come back from there."""
    own_trial.start()
    somebody, other = new_member(own_trial, "recent", devices=1), new_member(own_trial, "other")
    ledger = sqlite3.connect(own_trial.state / "daemon/ledger.sqlite", timeout=10)
    with ledger:
        ledger.execute("UPDATE sign_ins SET proved_at = proved_at - 601")
    ledger.close()
    stale = somebody.browser.get("/devices/add/name?chat=gajim")
    assert "Please sign in once more" in stale.text and "once" not in stale.form("/sign-in").names
    fields = {"csrf": stale.form("/sign-in").fields["csrf"], "app": "gajim", "name": "Sneaked in", "once": "a" * 26, "expires": "0"}
    page = somebody.browser.post(stale.url, "/devices/add?chat=gajim", fields)
    assert "password-chat" not in page.outputs and len(somebody.listed()) == 1, "not by sending the form anyway"

    asked = somebody.browser.submit(stale, "/sign-in", {"purpose": "add-device"}, stop_at=is_authorization)
    assert asked.query["force_login"] == "true"
    answer = somebody.browser.consent(somebody.browser.get(asked.url), stop_at=is_callback)
    page = somebody.browser.get(answer.url)
    assert page.path == "/devices/add/name" and page.query == {"chat": "gajim"}, page
    assert somebody.browser.submit(page, "/devices/add", name="Rightly").outputs["password-chat"]

    with sqlite3.connect(own_trial.state / "daemon/ledger.sqlite", timeout=10) as ledger:
        ledger.execute("UPDATE sign_ins SET proved_at = proved_at - 601")
    stale = somebody.browser.get("/devices/add/name?chat=gajim")
    asked = somebody.browser.submit(stale, "/sign-in", {"purpose": "add-device"}, stop_at=is_authorization)
    somebody.browser.session.cookies.clear(domain="social.localhost")
    refused(somebody.browser.sign_in(other.name, somebody.browser.get(asked.url)), 403, "You signed in as somebody else")
    assert somebody.listed(), "and is signed in as themselves still"
