# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happens to a member at the home server happens here: out of the portal and of chat, and back again."""

import hashlib
import hmac
import json

import pytest
import requests
from people import Member, new_member
from portal import Browser
from standing import account, attempts, hint, is_in, is_out, sign_in, thrown_out_by, unmoved_by, wait_standing
from trial import wait_until


def test_suspended_means_out_within_seconds_and_back_with_the_same_passwords(trial, member):
    somebody = member("suspended", devices=2)
    thrown_out_by(somebody, lambda: somebody.at_home("suspend"))
    assert account(trial, somebody)["standing"] == "suspended" and is_out(somebody)
    page = Browser(trial).sign_in(somebody.name)
    assert page.host == "social.localhost", "the home server does not let them in either"
    somebody.at_home("unsuspend")
    wait_standing(trial, somebody, "active")
    assert is_in(somebody) and sign_in(somebody, somebody.devices[1]) == "in"


@pytest.mark.parametrize(("event", "back", "standing"), [
    ("freeze", "unfreeze", "frozen"), ("pend", "approve", "pending"), ("demand-2fa", "waive-2fa", "frozen")])
def test_what_is_told_by_no_webhook_is_found_by_asking(trial, member, event, back, standing):
    """Mastodon sends none for freezing: any hint makes us ask, and polling asks without one."""
    somebody = member("silent", devices=1)
    # In one go: something else may ask meanwhile, such as what is read after a sign-in.
    thrown_out_by(somebody, lambda: (somebody.at_home(event), hint(trial, somebody)))
    assert account(trial, somebody)["standing"] == standing and is_out(somebody)
    somebody.at_home(back)
    hint(trial, somebody)
    wait_standing(trial, somebody, "active")
    assert is_in(somebody)


def test_silencing_is_no_reason_to_leave(trial, member):
    somebody = member("silenced", devices=1)
    unmoved_by(somebody, lambda: somebody.at_home("silence") and hint(trial, somebody))
    assert account(trial, somebody)["standing"] == "active"


def test_who_deletes_the_account_there_is_out_here(trial, member):
    somebody = member("deleter", devices=1)
    thrown_out_by(somebody, lambda: somebody.at_home("delete"))
    assert account(trial, somebody)["standing"] in ("suspended", "deleted") and is_out(somebody)


def test_an_address_does_not_move_along_with_a_new_name(trial, member):
    somebody = member("renamed", devices=1)
    old, renamed = somebody.name, Member(trial, f"{somebody.name}_new")

    def rename():
        somebody.at_home("rename", to=renamed.name)
        hint(trial, renamed)

    thrown_out_by(somebody, rename)
    assert account(trial, somebody)["standing"] == "renamed" and is_out(somebody)
    page = renamed.sign_in()
    assert page.status == 409 and "belonged to someone else" in page.text
    renamed.at_home("rename", to=old)
    hint(trial, somebody)
    wait_standing(trial, somebody, "active")
    assert is_in(somebody)


def test_what_the_admin_disabled_here_no_home_server_brings_back(trial, member):
    somebody = member("disabled", devices=1)
    thrown_out_by(somebody, lambda: trial.trunkline("accounts", "disable", somebody.name))
    for event in ("suspend", "unsuspend"):
        somebody.at_home(event)
        wait_standing(trial, somebody, "suspended" if event == "suspend" else "active")
        assert account(trial, somebody)["state"] == "disabled" and is_out(somebody)
    page = Browser(trial).sign_in(somebody.name)
    assert page.status == 403 and "blocked for your account" in page.text
    trial.trunkline("accounts", "enable", somebody.name)
    assert is_in(somebody)


def test_a_token_taken_back_signs_browsers_out_and_leaves_the_apps(trial, member):
    """A password reset at the home server: whoever had got into the portal is out; the member sees the devices."""
    somebody = member("reset", devices=1)
    somebody.at_home("reset-password")
    unmoved_by(somebody, lambda: hint(trial, somebody))
    wait_until(lambda: not somebody.browser.is_signed_in, 5, "the browser being out")
    assert somebody.sign_in().path == "/devices" and len(somebody.listed()) == 1


def test_who_is_missing_by_name_alone_is_gone_when_that_is_seen_twice(own_trial):
    """Where nobody is told about ids, a missing name is all there is; a server in trouble may answer that once."""
    own_trial.start()
    somebody = new_member(own_trial, "missing", devices=1)
    somebody.at_home("revoke-tokens")
    hint(own_trial, somebody)
    for endpoint, status in (("GET /api/v1/accounts/:id", 401), ("GET /api/v1/accounts/lookup", 404)):
        own_trial.sandbox("POST", "/sandbox/faults", json={"endpoint": endpoint, "kind": "status", "status": status})
    hint(own_trial, somebody)
    assert account(own_trial, somebody)["standing"] == "active" and sign_in(somebody) == "in", "once proves nothing"
    thrown_out_by(somebody, lambda: hint(own_trial, somebody))
    assert account(own_trial, somebody)["standing"] == "deleted"
    own_trial.sandbox("DELETE", "/sandbox/faults")
    hint(own_trial, somebody)
    assert is_in(somebody)


def test_webhooks_are_hints_whatever_they_say(trial, member):
    """Forged ones are refused; lies, replays and old news make us ask, and change nothing by themselves."""
    somebody = member("hints", devices=1)
    lie = {"suspended": True, "disabled": True}

    def everything():
        hint(trial, somebody, secret="not the right secret", object=lie)
        assert attempts(trial)[-1]["status"] == 401
        hint(trial, somebody, object=lie)
        hint(trial, somebody, object=lie, created_at="2020-01-02T03:04:05Z")
        hint(trial, somebody, object=lie, created_at="2120-01-02T03:04:05Z", times=5)
        assert {attempt["status"] for attempt in attempts(trial)[-7:]} == {204}

    unmoved_by(somebody, everything)
    assert account(trial, somebody)["standing"] == "active"

    trial.sandbox("POST", "/sandbox/webhook/hold")
    for event in ("suspend", "unsuspend"):
        somebody.at_home(event)
    before = len(attempts(trial))
    trial.sandbox("POST", "/sandbox/webhook/release", json={"places": [1, 0]})
    trial.sandbox("POST", "/sandbox/webhook/release", json={})
    wait_until(lambda: len(attempts(trial)) >= before + 2, 10, "both webhooks")
    assert account(trial, somebody)["standing"] == "active" and is_in(somebody)


def test_the_webhooks_door_takes_nothing_but_signed_webhooks(trial, member):
    somebody = member("door", devices=1)
    secret = (trial.state / "secrets/webhook.secret").read_bytes().strip()
    url = f"http://127.0.0.1:{trial.port('portal')}/webhooks/mastodon"

    def post(body: bytes, signature: str | None = None, signed: bool = False) -> int:
        code = "sha256=" + hmac.digest(secret, body, "sha256").hex() if signed else signature
        return requests.post(url, data=body, headers={"X-Hub-Signature": code} if code else {}, timeout=20).status_code

    right = json.dumps({"event": "account.updated", "created_at": "2026-01-01T00:00:00Z", "object": {
        "id": "1", "username": somebody.name, "account": {"id": "1", "username": somebody.name, "acct": somebody.name}}}).encode()
    assert post(right) == 401
    for signature in ("", "sha256=", "sha256=" + "0" * 64, "sha1=" + hashlib.sha1(right).hexdigest(), "sha256=" + "é" * 32, "x" * 5_000):
        assert post(right, signature.encode("latin-1", "ignore").decode("latin-1")) == 401
    good = "sha256=" + hmac.digest(secret, right, "sha256").hex()
    assert post(right + b" ", good) == 401, "each byte counts"
    for body in (b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"event": 7}', b'{"event": "account.updated"}', b"{" * 10_000):
        assert post(body, signed=True) == 400, body[:40]
    assert post(b" " * (1 << 21), signed=True) == 413
    assert post(b'{"event": "status.created", "object": {}}', signed=True) == 204
    assert requests.get(url, timeout=20).status_code in (404, 405)
    assert somebody.browser.is_signed_in and sign_in(somebody) == "in"
