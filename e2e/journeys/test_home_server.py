# SPDX-License-Identifier: AGPL-3.0-or-later
"""The home server down, slow, wrong, too busy, forgetful, or of another kind: the portal says so, and nothing is lost."""

import asyncio

import pytest
from engines import Hands
from people import leave, new_member, signed_in
from portal import Browser, is_authorization

TOKEN, WHO, INFO = "POST /oauth/token", "GET /api/v1/accounts/verify_credentials", "GET /oauth/userinfo"
DOWN, SLOW, WRONG = "cannot be reached", "takes too long", "gave an answer we do not understand"


@pytest.fixture(scope="module")
def regular(trial):
    """A member who signed in while all was well, and is not to notice anything."""
    return new_member(trial, "regular", devices=1)


def goes_on(somebody):
    """The portal session and the apps of a member work."""
    assert somebody.browser.get("/devices").path == "/devices"
    device = somebody.add_device("Added meanwhile")

    async def story():
        for one in (somebody.devices[0], device):
            client = somebody.client(one)
            await signed_in(client)
            await leave(client)

    asyncio.run(asyncio.wait_for(story(), 30))
    assert somebody.remove(device).query["done"] == "removed"


@pytest.mark.parametrize(("endpoint", "kind", "more", "status", "title"), [
    (TOKEN, "status", {"status": 500}, 502, DOWN),
    (TOKEN, "status", {"status": 503}, 502, DOWN),
    (TOKEN, "status", {"status": 418}, 502, WRONG),
    (TOKEN, "not_json", {}, 502, WRONG),
    (TOKEN, "wrong_shape", {}, 502, WRONG),
    (TOKEN, "oversize", {}, 502, WRONG),
    (WHO, "status", {"status": 502}, 502, DOWN),
    (WHO, "not_json", {}, 502, WRONG),
    (WHO, "wrong_shape", {}, 502, WRONG),
    (WHO, "oversize", {}, 502, WRONG),
    (WHO, "drip", {"bytes": 100_000, "milliseconds": 20}, 504, SLOW),
    (INFO, "wrong_shape", {}, 502, WRONG),
    (TOKEN, "hang", {}, 504, SLOW),
])
def test_whatever_goes_wrong_there_has_a_page_here(trial, member, regular, fault, endpoint, kind, more, status, title):
    browser, name = Browser(trial), member("outage", chat=False).name
    callback = browser.callback(name)
    fault(endpoint, kind, **more)
    page = browser.get(callback)
    assert page.status == status and title in page.text, page
    assert "Your devices are not affected" in page.text and "Made to fail" not in page.html
    assert not browser.is_signed_in
    goes_on(regular)
    trial.sandbox("DELETE", "/sandbox/faults")
    assert browser.sign_in(name).path == "/chat/on", "as soon as it is well again"


def test_a_home_server_that_is_away_from_the_start_is_said_to_be(own_trial):
    own_trial.start()
    somebody = new_member(own_trial, "away", devices=1)
    with Hands(own_trial) as hands:
        hands.stop("sandbox")
        hands.stop("daemon")
        hands.start("daemon")
        for browser in (Browser(own_trial), Browser(own_trial)):
            page = browser.begin()
            assert page.status == 502 and DOWN in page.text and page.host == "chat.social.localhost", page
        goes_on(somebody)
        hands.start("sandbox")
        assert somebody.sign_in().path == "/devices"
        # And once the daemon knows it, too.
        hands.stop("sandbox")
        goes_on(somebody)


def test_a_home_server_that_forgot_our_app_is_asked_anew(own_trial):
    """Mastodon forgets apps that nobody uses: nobody may be locked out by that."""
    own_trial.start()
    somebody, late = new_member(own_trial, "forgot", devices=1), Browser(own_trial)
    first = late.begin(stop_at=is_authorization).query["client_id"]
    callback = Browser(own_trial)
    address = callback.callback(somebody.name)
    own_trial.sandbox("DELETE", "/sandbox/apps")
    page = callback.get(address)
    assert page.status == 502 and WRONG in page.text, "in the middle of a sign-in there is no way on"
    assert somebody.sign_in().path == "/devices", "but the next one works"
    assert late.begin(stop_at=is_authorization).query["client_id"] != first

    own_trial.sandbox("DELETE", "/sandbox/apps")
    own_trial.restart_child("daemon")
    assert somebody.sign_in().path == "/devices", "seen before the browser is sent there"
    goes_on(somebody)


def test_a_home_server_that_asks_for_a_pause_gets_it(own_trial):
    own_trial.start()
    somebody, browser = new_member(own_trial, "busy", devices=1), Browser(own_trial)
    address, other = browser.callback(somebody.name), Browser(own_trial)
    second = other.callback(somebody.name)
    own_trial.sandbox("POST", "/sandbox/faults", json={
        "endpoint": TOKEN, "kind": "status", "status": 429, "headers": {"Retry-After": "180"}, "times": 1})
    own_trial.sandbox("DELETE", "/sandbox/counters")
    for page in (browser.get(address), other.get(second)):
        assert page.status == 504 and SLOW in page.text, page
        assert 100 <= int(page.response.headers["Retry-After"]) <= 180
    goes_on(somebody)
    assert own_trial.sandbox("GET", "/sandbox/counters").json().get(TOKEN, 0) == 1, "not asked again before its time"


def test_other_software_is_served_by_known_paths_or_refused_by_name(own_trial):
    own_trial.start()

    def play(software):
        own_trial.sandbox("PUT", "/sandbox/software", json={"name": software})
        own_trial.restart_child("daemon")

    play("gotosocial")
    somebody = new_member(own_trial, "other", devices=1)
    asked = Browser(own_trial).begin(stop_at=is_authorization)
    assert "profile" not in asked.query["scope"].split()
    goes_on(somebody)

    play("snac")
    page = Browser(own_trial).begin()
    assert page.status == 502 and "cannot be used for signing in" in page.text and page.host == "chat.social.localhost"
    goes_on(somebody)

    play("mastodon")
    assert somebody.sign_in().path == "/devices"
