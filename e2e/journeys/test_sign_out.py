# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing out: here, everywhere, and with the devices."""

import asyncio

from people import leave, signed_in
from portal import Browser


def test_signing_out_ends_this_browser_alone_and_for_good(trial, member):
    somebody = member("out", devices=1)
    first, second = somebody.browser, Browser(trial)
    assert second.sign_in(somebody.name).path == "/devices"
    stolen = dict(first.session.cookies)
    form = first.get("/settings").form("/sign-out").fields
    page = first.submit(first.get("/settings"), "/sign-out")
    assert page.path == "/signed-out" and "Your devices stay connected" in page.text
    assert not first.is_signed_in and second.is_signed_in
    first.session.cookies.update(stolen)
    assert not first.is_signed_in, "a cookie that was kept is worth nothing"
    assert first.post(page.url, "/chat/off", form).status == 401
    assert first.post(page.url, "/sign-out", {}).path == "/signed-out", "who is out already has what they want"


def test_signing_out_everywhere_leaves_the_devices(trial, member, run):
    somebody = member("everywhere", devices=1)
    others = [Browser(trial) for _ in range(2)]
    for browser in others:
        browser.sign_in(somebody.name)

    async def story():
        phone = somebody.client()
        await signed_in(phone)
        page = await asyncio.to_thread(somebody.browser.get, "/sign-out-everywhere")
        page = await asyncio.to_thread(somebody.browser.submit, page, "/sign-out-everywhere")
        assert page.path == "/signed-out" and "in every browser" in page.text
        assert not any(browser.is_signed_in for browser in (somebody.browser, *others))
        await phone.plugin["xep_0199"].ping(phone.boundjid.domain)
        assert not phone.gone.done()
        await leave(phone)

    run(story())


def test_signing_out_everywhere_with_the_devices_ends_everything(trial, member, run):
    """For a member who fears that somebody else has got in."""
    somebody, other = member("thief", devices=2), member("thief", devices=1)

    async def story():
        phone, laptop = (somebody.client(device, device.id) for device in somebody.devices)
        bystander = other.client()
        await signed_in(phone, laptop, bystander)
        page = await asyncio.to_thread(somebody.browser.get, "/sign-out-everywhere")
        page = await asyncio.to_thread(somebody.browser.submit, page, "/sign-out-everywhere", devices="remove")
        assert "all your devices are removed" in page.text
        for client in (phone, laptop):
            await asyncio.wait_for(client.gone, 5)
            client.abort()
        assert not bystander.gone.done()
        for device in somebody.devices:
            again = somebody.client(device)
            assert await again.sign_in() == "not-authorized"
            await leave(again)
        await leave(bystander)

    run(story())
    somebody.sign_in()
    assert somebody.listed() == {}, "chat is on still, with no device"
