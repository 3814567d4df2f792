# SPDX-License-Identifier: AGPL-3.0-or-later
"""The portal's forms with what nobody should send: each answer says what is wrong, and nothing changes."""

import time

import pytest
from portal import Browser
from standing import sign_in


def fill(somebody, **fields):
    """The second step of adding a device, ready to be sent, with some fields changed or taken away."""
    page = somebody.browser.get("/devices/add/name?chat=other")
    values = {**page.form("/devices/add").fields, **fields}
    return page.url, {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize(("fields", "status", "words"), [
    ({"name": ""}, 422, "Please give the device a name"), ({"name": "   "}, 422, "Please give the device a name"),
    ({"name": None}, 422, "Please give the device a name"), ({"name": "x" * 500}, 422, "too long"),
    ({"name": "two\nlines"}, 422, "characters that cannot be shown"), ({"name": "bell\a"}, 422, "characters that cannot be shown"),
    ({"name": "\u202egnp.exe"}, 422, ""), ({"expires": "31"}, 422, "one of the times in the list"),
    ({"expires": "-1"}, 422, "one of the times in the list"), ({"expires": "soon"}, 422, "one of the times in the list"),
    ({"once": None}, 400, "did not understand"), ({"once": ""}, 400, "did not understand"), ({"once": "x" * 100}, 400, "did not understand"),
    ({"csrf": None}, 403, "open for too long"), ({"csrf": "AAAA"}, 403, "open for too long"), ({"csrf": "not base64!"}, 403, "open for too long"),
    ({"name": ["two", "names"]}, 400, "did not understand"), ({"name": "x" * 3_000_000}, 413, ""),
])
def test_adding_a_device_with_bad_input(trial, strict, fields, status, words):
    url, values = fill(strict, **fields)
    page = strict.browser.post(url, "/devices/add?chat=other", values)
    assert page.status == status and words in page.text, page
    assert "password-chat" not in page.outputs and len(strict.listed()) == 1


@pytest.mark.parametrize("query", ["", "?chat=icq", "?chat=linphone", "?calls=dino", "?chat=none&calls=none", "?chat=../x", "?app=other"])
def test_an_app_that_is_none_is_asked_for_again(strict, query):
    url, values = fill(strict)
    page = strict.browser.post(url, f"/devices/add{query}", values)
    assert page.status == 422 and "Please choose an app" in page.text and len(strict.listed()) == 1, page


@pytest.fixture(scope="module")
def strict(trial):
    from people import new_member
    return new_member(trial, "strict", devices=1)


def test_a_form_that_is_sent_twice_makes_one_device(trial, member):
    somebody = member("twice")
    url, values = fill(somebody, name="Once")
    first, second = (somebody.browser.post(url, "/devices/add?chat=other", values) for _ in range(2))
    assert first.outputs["password-chat"] and second.path == "/devices" and second.query["done"] == "already-added"
    assert list(somebody.listed().values()) == ["Once"]
    assert first.response.headers["Cache-Control"].startswith("no-store")


@pytest.mark.parametrize("body", [b"name=%ff%fe&csrf=", b"%zz=1", b"\x00\x01", b"a=1&a=2", b"name=caf\xe9"])
def test_what_is_no_form_is_refused(strict, body):
    page = strict.browser.request(
        "POST", strict.trial.url("portal", "/devices/add"), data=body, headers={
            "Content-Type": "application/x-www-form-urlencoded", "Origin": strict.trial.url("portal").rstrip("/")})
    assert page.status in (400, 403) and len(strict.listed()) == 1, page
    for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
        page = strict.browser.request("POST", strict.trial.url("portal", "/chat/off"), data=body, headers={"Content-Type": kind})
        assert page.status in (400, 403), page


def test_other_members_devices_are_not_there(member):
    """To look at, to rename or to remove: an id that is another's is like one that never was."""
    owner, thief = member("owner", devices=1), member("thief", devices=1)
    device = owner.devices[0]
    csrf = thief.browser.get("/chat/off").form("/chat/off").fields["csrf"]
    for identifier in (device.id, "0" * 16, "x", "..%2f..", "%00", "a" * 2_000):
        for path in (f"/devices/{identifier}/rename", f"/devices/{identifier}/remove"):
            assert thief.browser.get(path).status in (400, 404)
            assert thief.browser.post(thief.trial.url("portal", "/devices"), path, {"csrf": csrf, "name": "Mine"}).status in (400, 404)
    assert owner.listed() == {device.id: device.name} and sign_in(owner) == "in"


def test_without_a_sign_in_there_is_the_way_to_one(trial):
    browser = Browser(trial)
    for path in ("/devices", "/settings", "/chat/on", "/chat/off", "/calls/on", "/calls/off", "/devices/add",
                 "/devices/add/name?chat=other", "/devices/aaaaaaaaaaaaaaaa/remove", "/sign-out-everywhere"):
        assert browser.get(path).path == "/", path
    for path in ("/chat/on", "/chat/off", "/calls/on", "/calls/off", "/devices/add", "/devices/aaaaaaaaaaaaaaaa/remove", "/sign-out-everywhere"):
        assert browser.post(trial.url("portal"), path, {"csrf": "AAAA"}).status == 401


def test_unknown_pages_and_methods_have_a_page_of_their_own(trial):
    browser = Browser(trial)
    for path in ("/nothing", "/devices/x/y", "/%2e%2e/etc/passwd", "/assets/../../trunkline.yaml", "/api/v1/nothing", "/é"):
        assert browser.get(path).status in (400, 401, 404), path
    assert browser.request("DELETE", trial.url("portal", "/devices")).status in (401, 403, 404, 405)
    assert browser.request("GET", trial.url("portal", "/sign-in")).status in (404, 405)


def test_every_answer_has_the_headers_that_keep_it_to_itself(trial, strict):
    for path in ("/", "/devices", "/devices/add/name?chat=other", "/nothing"):
        headers = strict.browser.get(path).response.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "same-origin"
    cookie = next(cookie for cookie in strict.browser.session.cookies if cookie.name.startswith("__Host-"))
    assert cookie.secure and cookie.has_nonstandard_attr("HttpOnly") and cookie.path == "/"
    assert 29 * 86_400 < cookie.expires - time.time() <= 30 * 86_400, "closing the browser signs nobody out"
