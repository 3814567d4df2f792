# SPDX-License-Identifier: AGPL-3.0-or-later
"""Push (XEP-0357): an app's push service at another server hears that there is something, and never what; until the device
is gone."""
import asyncio
from xml.etree import ElementTree

import pytest
from client import Client
from federation import NEAR, PUSH
from raw import Raw
from slixmpp import ComponentXMPP
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from test_services import run

XMLNS = "urn:xmpp:push:0"
SECRETS = ("the plot", "plotter")


class PushService(ComponentXMPP):
    """What the maker of an app runs: takes notifications for its nodes."""

    def __init__(self, server):
        super().__init__(PUSH, "push", "127.0.0.1", server.components)
        self.notified, self.texts = [], []
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0199")
        self.ready = asyncio.get_event_loop().create_future()
        self.add_event_handler("session_start", lambda _: self.ready.set_result(None))
        self.register_handler(Callback("publish", MatchXPath(
            "{jabber:component:accept}iq/{http://jabber.org/protocol/pubsub}pubsub"), self.publish))

    def publish(self, iq):
        self.notified.append(iq.xml.find(".//{http://jabber.org/protocol/pubsub}publish").get("node"))
        self.texts.append(ElementTree.tostring(iq.xml, encoding="unicode"))
        iq.reply(clear=True).send()


def change(verb, node):
    secret = ("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options"
              "</value></field><field var='secret'><value>token</value></field></x>") if verb == "enable" else ""
    return f"<iq type='set' id='push'><{verb} xmlns='{XMLNS}' jid='{PUSH}' node='{node}'>{secret}</{verb}></iq>"


def asked_for(server, device, node):
    """A stream of the device that asked for push."""
    raw = Raw(server).login(device)
    raw.send(change("enable", node))
    assert "result" in raw.expect("<iq [^>]*id=['\"]push['\"][^>]*>").group()
    return raw


def registrations(server, name):
    folder = server.state / "data" / NEAR.replace(".", "%2e") / "cloud_notify"
    path = folder / f"{name}.dat"
    return path.read_text() if path.exists() else ""


@pytest.fixture
def scene(federation, member):
    """Runs a test's story with a push service and somebody who writes."""
    def play(story):
        async def whole():
            service = PushService(federation.far)
            service.connect()
            await asyncio.wait_for(service.ready, 10)
            writer = Client(federation.near, member(name="plotter" if "plotter" not in federation.near.projection.members else None).devices[0], "w")
            assert await writer.sign_in() == "in"

            async def write(name, body="the plot"):
                writer.send_message(f"{name}@{NEAR}", body, mtype="chat")
                await writer.plugin["xep_0199"].ping(NEAR)

            async def notified(*nodes):
                await writer.until(lambda: set(service.notified) >= set(nodes))
                await writer.plugin["xep_0199"].ping(PUSH)  # what was sent before has arrived
                assert set(service.notified) == set(nodes)
                service.notified.clear()
            try:
                await story(service, write, notified)
                assert not any(secret in text for text in service.texts for secret in SECRETS)
            finally:
                await writer.leave()
                await service.disconnect()
        run(whole())
    return play


def test_a_device_that_is_away_is_told_that_there_is_something(federation, scene, member):
    alice = member(devices=2)

    async def story(service, write, notified):
        raw = asked_for(federation.near, alice.devices[0], "away")
        raw.close()
        await write(alice.name)
        await notified("away")
        assert "token" in service.texts[0] and "message-count" in service.texts[0]
        # Also while another of the member's devices is there.
        other = Raw(federation.near).login(alice.devices[1])
        other.send("<presence/>")
        other.silent("<never/>")
        await write(alice.name)
        await notified("away")
        other.close()
    scene(story)


def test_a_device_that_hibernates_is_told(federation, scene, member):
    alice = member()

    async def story(service, write, notified):
        raw = asked_for(federation.near, alice.devices[0], "asleep")
        raw.send("<presence/>")
        raw.enable_resumption()
        raw.drop()
        await write(alice.name)
        await notified("asleep")
    scene(story)


def test_push_ends_with_the_device_that_asked_for_it(federation, scene, member):
    alice = member(devices=3)
    near = federation.near

    async def story(service, write, notified):
        for device, node in zip(alice.devices, ("kept", "revoked", "asleep")):
            raw = asked_for(near, device, node)
            if node == "asleep":
                raw.send("<presence/>")
                raw.enable_resumption()
                raw.drop()
            else:
                raw.close()
        await write(alice.name)
        await notified("kept", "revoked", "asleep")
        for device in alice.devices[1:]:
            near.projection.revoke(device)
        near.follow()
        await write(alice.name)
        await notified("kept")
        assert "kept" in registrations(near, alice.name)
        assert "revoked" not in registrations(near, alice.name) and "asleep" not in registrations(near, alice.name)
    scene(story)


def test_push_ends_with_an_expired_password_and_with_the_account(federation, scene, member):
    alice, carol = member(devices=2), member()
    near = federation.near

    async def story(service, write, notified):
        for device, node in ((alice.devices[0], "kept"), (alice.devices[1], "expiring"), (carol.devices[0], "former")):
            asked_for(near, device, node).close()
        alice.devices[1].expires = 1
        near.projection.save(alice)
        await write(alice.name)
        await notified("kept")
        # Not even the memory of a process passes it on to the next owner of the name.
        near.projection.purge(carol)
        near.follow()
        near.projection.add_member(carol.name)
        await write(carol.name)
        await write(alice.name)
        await notified("kept")
        assert registrations(near, carol.name) == "" and "expiring" not in registrations(near, alice.name)
    scene(story)
