# SPDX-License-Identifier: AGPL-3.0-or-later
"""The client's media by themselves: a page with two ends of a call (talk.js), in a Chromium on a host of a network of its own.

    def test_something(talk):
        page = talk()                                   # with a fake microphone and camera, allowed to the page
        page.evaluate("async () => { const { a, b } = await call(); await more(a, 'audio', 'bytes'); }")

No server: the page's files are given to the browser by the test.
"""
import mimetypes
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
WEB = HERE.parent.parent / "web"
sys.path += [str(HERE.parent / "calls")]

from namespaces import Network  # noqa: E402

FLAGS = ["--no-sandbox", "--disable-background-networking"]
AT = "http://localhost"  # a secure context, as far as browsers care
PAGE = "<!doctype html><meta charset=utf-8><link rel=icon href=data:><script type=module src=/talk.js></script>"


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with Network() as network:
        made = network.host("page", 1)
        wrapper = tmp_path_factory.mktemp("media") / "chromium"
        wrapper.write_text(f'#!/bin/sh\nexec {" ".join(made.entrance)} /usr/bin/chromium "$@"\n')
        wrapper.chmod(0o755)
        yield wrapper


@pytest.fixture(scope="module")
def playwright(host):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


def serve(route):
    path = route.request.url.removeprefix(AT)
    if path == "/":
        route.fulfill(body=PAGE, content_type="text/html")
        return
    file = HERE / path[1:] if path == "/talk.js" else WEB / path[1:]
    route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0])


@pytest.fixture
def talk(playwright, host):
    browsers = []
    complaints = []

    def opened(devices="--use-fake-device-for-media-stream", allowed=("microphone", "camera")):
        browsers.append(playwright.chromium.launch(executable_path=str(host), args=[*FLAGS, *([devices] if devices else [])]))
        context = browsers[-1].new_context()
        if allowed:
            context.grant_permissions(list(allowed), origin=AT)
        context.route(f"{AT}/**", serve)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.goto(f"{AT}/")
        page.wait_for_function("!!window.call")
        return page

    yield opened
    for browser in browsers:
        browser.close()
    assert complaints == []
