# SPDX-License-Identifier: AGPL-3.0-or-later
"""A home server that mixes its members up: nobody ends in another member's account here."""

import pytest
from portal import Browser, is_authorization, is_callback
from standing import live_tokens
from trial import wait_until

INFO, WHO, TOKEN = "GET /oauth/userinfo", "GET /api/v1/accounts/verify_credentials", "POST /oauth/token"


@pytest.mark.parametrize("endpoint", [INFO, WHO])
def test_two_different_answers_to_who_signed_in_are_refused(trial, member, fault, endpoint):
    victim, somebody = member("victim", devices=1), member("mixed", chat=False)
    browser = Browser(trial)
    callback = browser.callback(somebody.name)
    fault(endpoint, "other_member", name=victim.name)
    page = browser.get(callback)
    assert page.status == 502 and "gave an answer we do not understand" in page.text, page
    assert not browser.is_signed_in and victim.name not in page.html
    assert victim.browser.is_signed_in and len(victim.listed()) == 1
    assert trial.trunkline_json("accounts", "list", "--search", somebody.name) == [], "and no account was made"
    trial.sandbox("DELETE", "/sandbox/faults")
    wait_until(lambda: live_tokens(trial, somebody) == 0, 10, "the token that was of no use being revoked")
    assert live_tokens(trial, victim) == 1 and victim.browser.is_signed_in
    assert browser.sign_in(somebody.name).path == "/chat/on", "as soon as it is well again"


def test_another_members_token_proves_nothing_for_a_session_that_was_there(trial, member, fault):
    """Where every answer is of the same wrong member, one sign-in alone cannot show it; one of two can."""
    victim, somebody = member("victim", devices=1), member("session", devices=1)
    browser = somebody.browser
    fields = {**browser.get("/settings").form("/sign-out").fields, "purpose": "add-device"}
    asked = browser.post(browser.get("/settings").url, "/sign-in", fields, stop_at=is_authorization)
    callback = browser.consent(browser.get(asked.url), stop_at=is_callback)
    fault(TOKEN, "other_member", name=victim.name)
    page = browser.get(callback.url)
    assert page.status == 403 and "You signed in as somebody else" in page.text, page
    assert browser.is_signed_in and len(somebody.listed()) == 1 and victim.browser.is_signed_in
    assert live_tokens(trial, victim) == 1, "the one that the victim's account has is left alone"
