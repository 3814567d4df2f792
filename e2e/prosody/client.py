# SPDX-License-Identifier: AGPL-3.0-or-later
"""slixmpp, an ordinary client library, signed in with a device."""
import asyncio
import ssl

import slixmpp


class Client(slixmpp.ClientXMPP):
    def __init__(self, server, device, resource, mechanism=None, tls12=False, plugins=(), password=None):
        super().__init__(f"{device.member.name}@{server.domain}/{resource}", password or device.password, sasl_mech=mechanism)
        self.prosody, self.messages, self.errors = server, [], []
        self.ca_certs, self.enable_direct_tls = str(server.ca), False
        if tls12:
            self.ssl_context.maximum_version = ssl.TLSVersion.TLSv1_2
        for plugin in ("xep_0030", "xep_0199", "xep_0092", *plugins):
            self.register_plugin(plugin)
        loop = asyncio.get_event_loop()
        self.outcome, self.gone, self.stream_condition = loop.create_future(), loop.create_future(), None
        self.add_event_handler("session_start", lambda _: self.settle("in"))
        self.add_event_handler("failed_auth", lambda failure: self.settle(failure["condition"]))
        self.add_event_handler("stream_error", lambda error: setattr(self, "stream_condition", error["condition"]))
        self.add_event_handler("disconnected", lambda _: self.gone.done() or self.gone.set_result(None))
        self.add_event_handler("message", self.messages.append)
        for kind in ("message_error", "presence_error"):
            self.add_event_handler(kind, lambda stanza: self.errors.append(stanza["error"]["condition"]))

    def settle(self, outcome):
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    async def sign_in(self):
        """Returns "in", or the condition of the refusal."""
        self.connect("127.0.0.1", self.prosody.c2s)
        outcome = await asyncio.wait_for(self.outcome, 15)
        if outcome == "in":
            await self.get_roster()
            self.send_presence()
        return outcome

    async def leave(self):
        self.auto_reconnect = False
        await self.disconnect()

    async def until(self, condition, seconds=10):
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.02)
        return True
