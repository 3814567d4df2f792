# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member's other devices: slixmpp in a thread, since Playwright's loop already runs in the test's own."""

from __future__ import annotations

import asyncio
import threading

from people import Member
from slixmpp.exceptions import IqTimeout

PLUGINS = ("xep_0045", "xep_0280", "xep_0313")


class AppLoop:
    def __init__(self):
        self.loop, self.apps = asyncio.new_event_loop(), []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def wait(self, story, seconds: float = 30):
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(story, seconds), self.loop).result(seconds + 5)

    def sign_in(self, member: Member, device=None, resource: str = "app", carbons: bool = True) -> "App":
        made = App(self, member, device, resource)
        self.apps.append(made)
        self.wait(made.enter(carbons))
        return made

    def end(self):
        async def leave():
            for app in self.apps:
                await app.client.leave()
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(leave(), self.loop).result(30)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


class App:
    """What it has heard and what other devices of the same member have said: (address, text), oldest first."""

    def __init__(self, apps: AppLoop, member: Member, device, resource: str):
        self.apps, self.member, self.device, self.resource = apps, member, device, resource
        self.client, self.heard, self.said = None, [], []

    async def enter(self, carbons: bool):
        self.client = self.member.client(self.device, self.resource, plugins=PLUGINS)
        self.client.add_event_handler("message", lambda message: self._note(self.heard, message, message["from"]))
        self.client.add_event_handler(
            "carbon_received", lambda copy: self._note(self.heard, copy["carbon_received"], copy["carbon_received"]["from"]))
        self.client.add_event_handler(
            "carbon_sent", lambda copy: self._note(self.said, copy["carbon_sent"], copy["carbon_sent"]["to"]))
        assert await self.client.sign_in() == "in"
        if carbons:
            await self.client.plugin["xep_0280"].enable()

    @staticmethod
    def _note(where, message, address):
        if message["body"]:
            where.append((address.bare, message["body"]))

    @property
    def address(self) -> str:
        return self.member.address

    def say(self, address: str, text: str, **more):
        self.apps.loop.call_soon_threadsafe(lambda: self.client.send_message(mto=address, mbody=text, mtype="chat", **more))

    def ask(self, address: str):
        """To be contacts."""
        self.apps.loop.call_soon_threadsafe(self.client.send_presence_subscription, address)

    def send_raw(self, xml: str):
        """Whatever it is, as it is."""
        self.apps.loop.call_soon_threadsafe(self.client.send_raw, xml)

    def until_heard(self, text: str, seconds: float = 20):
        self.apps.wait(self.client.until(lambda: any(text == body for _, body in self.heard), seconds), seconds + 1)

    def until_said(self, text: str, seconds: float = 20):
        """Until another device of the same member has said it."""
        self.apps.wait(self.client.until(lambda: any(text == body for _, body in self.said), seconds), seconds + 1)

    def until_archived(self, address: str, count: int, seconds: float = 60):
        """Until the member's archive holds so many messages with this address."""
        async def wait():
            while True:
                try:
                    answer = await self.client.plugin["xep_0313"].retrieve(with_jid=address, rsm={"max": 0})
                except IqTimeout:  # it comes after all that was sent before, of which the server takes so much a second
                    continue
                if int(answer["mam_fin"]["rsm"]["count"]) >= count:
                    return
                await asyncio.sleep(0.2)
        self.apps.wait(wait(), seconds)

    def history(self, address: str, most: int = 100) -> list[str]:
        """The bodies in the member's archive, with this address, oldest first."""
        async def read():
            answer = await self.client.plugin["xep_0313"].retrieve(with_jid=address, rsm={"max": most})
            return [one["mam_result"]["forwarded"]["stanza"]["body"] for one in answer["mam"]["results"]]
        return self.apps.wait(read())
