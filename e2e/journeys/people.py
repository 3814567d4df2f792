# SPDX-License-Identifier: AGPL-3.0-or-later
"""Members of the sandbox home server, who use the portal and chat with real apps."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from xml.etree import ElementTree

from client import Client
from portal import Browser, Page

#: Of every trial but those with a name in the network.
DOMAIN = "social.localhost"
XMPP_UPLOAD = "urn:xmpp:http:upload:0"
numbers = itertools.count(1)


@dataclass
class Device:
    member: "Member"
    id: str
    name: str
    password: str


class Member:
    def __init__(self, trial, name: str):
        self.trial, self.name, self.browser, self.devices = trial, name, Browser(trial), []

    @property
    def address(self) -> str:
        return f"{self.name}@{self.trial.domain}"

    def sign_in(self) -> Page:
        """In a new browser, which is the member's from now on."""
        self.browser = Browser(self.trial)
        return self.browser.sign_in(self.name)

    def switch_on(self, service: str = "chat") -> Page:
        """Signs in and switches chat, or calls, on."""
        page = self.sign_in()
        assert page.path == "/chat/on", page
        page = self.switch(True, service)
        assert page.path == "/devices" and page.status == 200, page
        return page

    def switch(self, on: bool, service: str = "chat") -> Page:
        path = f"/{service}/{'on' if on else 'off'}"
        return self.browser.submit(self.browser.get(path), path)

    def reached_by(self, everybody: str = "everyone", **others: str) -> Page:
        """Who may start a chat, and who may call: `everyone`, `followed`, `contacts`."""
        page = self.browser.get("/privacy")
        names = page.form("/privacy").names
        wishes = {service: others.get(service, everybody) for service in ("chat", "calls") if service in names}
        page = self.browser.submit(page, "/privacy", **wishes)
        assert page.path == "/privacy" and page.status == 200, page
        return page

    def listed(self, page: Page | None = None) -> dict[str, str]:
        """The devices that the portal lists: their names by id."""
        html = (page or self.browser.get("/devices")).html
        found = re.findall(r'class="device__name">([^<]*)<.*?/devices/([a-z0-9]{16})/remove', html, re.DOTALL)
        return {identifier: name for name, identifier in found}

    def add_page(self, name: str = "My app", chat: str | None = "other", calls: str | None = None, **fields) -> Page:
        """The portal's three steps; the page with the passwords."""
        page = self.browser.get("/devices/add")
        chosen = {"chat": chat, "calls": calls}
        # Who has both on says for each whether there is an app; who has one is not asked for the other.
        answers = {field: app or "none" for field, app in chosen.items() if field in page.form("/devices/add/name").names}
        page = self.browser.submit(page, "/devices/add/name", **answers)
        page = self.browser.submit(page, "/devices/add", name=name, **fields)
        assert page.status == 200 and page.outputs["address"] == self.address, page
        return page

    def add_device(self, name: str = "My app", chat: str = "other", **fields) -> Device:
        before = self.listed()
        password = self.add_page(name, chat, **fields).outputs["password-chat"]
        added = set(self.listed()) - set(before)
        assert len(added) == 1
        device = Device(self, added.pop(), name, password)
        self.devices.append(device)
        return device

    def remove(self, device: Device) -> Page:
        path = f"/devices/{device.id}/remove"
        return self.browser.submit(self.browser.get(path), path)

    # -- at the home server -----------------------------------------------------------------------------------------

    def at_home(self, event: str, **body) -> dict:
        """`suspend`, `freeze`, `rename` …, as the sandbox's README lists them."""
        return self.trial.sandbox("POST", f"/sandbox/members/{self.name}/{event}", json=body).json()

    # -- chat ---------------------------------------------------------------------------------------------------------

    def client(self, device: Device | None = None, resource: str = "app", mechanism=None, **arguments) -> Client:
        return Client(Door(self.trial), device or self.devices[0], resource, mechanism, **arguments)


class Door:
    """What a client needs to know of the chat server."""

    def __init__(self, trial):
        self.ca, self.c2s, self.domain = trial.ca, trial.port("client"), trial.domain


def new_member(trial, stem: str = "m", chat: bool = True, devices: int = 0, reach: str | None = "everyone") -> Member:
    """Somebody whom nobody else's test knows, and whom everybody may write to, unless another reach is named; `None` leaves the
    one that members begin with."""
    name = f"{stem}{next(numbers)}"
    trial.sandbox("POST", "/sandbox/members", json={"name": name, "display_name": name.title()})
    member = Member(trial, name)
    if chat:
        member.switch_on()
        if reach:
            member.reached_by(reach)
        for number in range(devices):
            member.add_device(f"App {number + 1}")
    return member


async def signed_in(*clients: Client) -> None:
    for client in clients:
        assert await client.sign_in() == "in", client.boundjid


async def leave(*clients: Client) -> None:
    for client in clients:
        await client.leave()


async def slot(client, name: str, size: int, kind: str) -> tuple[str, str, dict]:
    """Asks for a place (XEP-0363): where to put, where to get, with which headers."""
    request = client.make_iq_get(ito=f"upload.{client.boundjid.domain}")
    request.append(ElementTree.Element(f"{{{XMPP_UPLOAD}}}request", {"filename": name, "size": str(size), "content-type": kind}))
    found = (await request.send()).xml.find(f"{{{XMPP_UPLOAD}}}slot")
    put = found.find(f"{{{XMPP_UPLOAD}}}put")
    headers = {header.get("name"): header.text for header in put}
    return put.get("url"), found.find(f"{{{XMPP_UPLOAD}}}get").get("url"), headers
