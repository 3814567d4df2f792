# SPDX-License-Identifier: AGPL-3.0-or-later
"""Prosody is killed between the steps of what the daemon asked for. The daemon asks again, and it is as if nothing had been."""
import os
import re
from itertools import count

import pytest
from link import Link
from raw import Raw
from server import DOMAIN, Prosody

MODULE = """-- SPDX-License-Identifier: AGPL-3.0-or-later
local at, left = module:get_option_string("killer_at"), module:get_option_number("killer_after", 1);
local kind = module:get_option_string("killer_type");
local function strike(event)
	if kind and event.stanza.attr.type ~= kind then return; end
	left = left - 1;
	if left == 0 then os.execute("kill -9 " .. require "util.pposix".getpid()); end
end
if at then module:hook(at, strike, 10000); end
"""
numbers = count()


class Killed(Prosody):
    """Has a module that kills it at the event that arm() names."""

    def __init__(self, folder):
        plugins = folder / "plugins"
        plugins.mkdir(parents=True)
        (plugins / "mod_killer.lua").write_text(MODULE)
        self.aim = folder / "aim.lua"
        super().__init__(folder / "server", after=f'\nVirtualHost "{DOMAIN}"\n  modules_enabled = {{ "killer" }}\n  Include "{self.aim}"\n',
                         base_port=5222 + int(os.environ.get("TRUNKLINE_PORT_OFFSET", "2000")) + 200)
        text = self.config.read_text()
        self.config.write_text(text.replace("plugin_paths = { ", f'plugin_paths = {{ "{plugins}"; ', 1))
        for path in (folder, plugins):
            path.chmod(0o755)
        self.arm()

    def arm(self, at=None, kind=None, after=1):
        self.aim.write_text("".join(f'killer_{key} = "{value}"\n' for key, value in (("at", at), ("type", kind)) if value)
                            + f"killer_after = {after}\n")
        self.aim.chmod(0o644)

    def restart(self, **aim):
        self.stop(kill=True)
        self.arm(**aim)
        self.start()
        link = Link(self)
        assert link.handshake() == "in"
        return link


@pytest.fixture(scope="module")
def killed(folder):
    prosody = Killed(folder)
    yield prosody
    prosody.stop()
    assert prosody.tracebacks() == []



STEPS = [("ask", "presence/bare", "subscribe"), ("accept", "presence/bare", "subscribed"), ("accept", "presence/bare", "subscribe"),
         ("decline", "presence/bare", "unsubscribed"), ("remove", "presence/bare", "unsubscribe"), ("remove", "presence/bare", "unsubscribed")]


@pytest.mark.parametrize("do,at,kind", STEPS)
def test_contacts_are_the_same_in_the_end(killed, do, at, kind):
    number = next(numbers)
    alice, bob = (killed.projection.add_member(f"{name}{number}") for name in ("alice", "bob"))
    link = killed.restart()
    his, hers = f"{bob.name}@{DOMAIN}", f"{alice.name}@{DOMAIN}"
    if do in ("accept", "decline"):
        link.contact(bob, hers, "ask")
    if do == "remove":
        link.contact(alice, his, "ask")
        link.contact(bob, hers, "accept")
        link.contact(alice, his, "accept")
    epoch, upto, _, _ = link.changes()
    before = link.roster(alice).get(his), link.standing(alice)
    link = killed.restart(at=at, kind=kind)
    with pytest.raises(Exception):
        link.contact(alice, his, do)
    assert killed.process.wait(10) == -9
    link = killed.restart()
    # What the first attempt changed is told even if nobody asks again.
    _, _, names, everybody = link.changes(epoch, upto)
    assert alice.name in names or everybody or (link.roster(alice).get(his), link.standing(alice)) == before
    link.contact(alice, his, do)
    found = link.roster(alice).get(his), link.roster(bob).get(hers), set(link.standing(alice)[0]), set(link.standing(bob)[0])
    assert found == {
        "ask": (("none", "subscribe"), None, set(), {hers}), "accept": (("from", "subscribe"), ("to", None), set(), {hers}),
        "decline": (None, ("none", None), set(), set()), "remove": (None, ("none", None), set(), set()),
    }[do]


@pytest.mark.parametrize("after", [1, 2, 3])
def test_what_waits_is_delivered_once_and_all_of_it(killed, after):
    number = next(numbers)
    alice, bob = (killed.projection.add_member(f"{name}{number}") for name in ("alice", "bob"))
    alice.reach = "contacts"
    killed.projection.save(alice)
    link = killed.restart()
    raw = Raw(killed).login(bob.devices[0])
    for text in ("one", "two", "three"):
        raw.send(f"<message type='chat' to='{alice.name}@{DOMAIN}'><body>{text}</body></message>")
    assert raw.silent("<never/>")
    # Into alice's archive goes nothing but what is delivered now.
    link = killed.restart(at="archive-message-added", after=after)
    with pytest.raises(Exception):
        link.answer(alice, f"{bob.name}@{DOMAIN}", "accept")
    assert killed.process.wait(10) == -9
    link = killed.restart()
    link.answer(alice, f"{bob.name}@{DOMAIN}", "accept")
    assert link.requests(alice) == {}
    raw = Raw(killed).login(alice.devices[0])
    raw.send("<iq type='set' id='mam'><query xmlns='urn:xmpp:mam:2'/></iq>")
    assert re.findall("<body>([^<]*)", raw.expect("(.*?)<iq [^>]*id='mam'").group(1)) == ["one", "two", "three"]


def test_what_came_just_before_a_kill_still_waits_and_is_told(killed):
    number = next(numbers)
    alice, bob = (killed.projection.add_member(f"{name}{number}") for name in ("alice", "bob"))
    alice.reach = "contacts"
    killed.projection.save(alice)
    link = killed.restart()
    epoch, upto, _, _ = link.changes()
    raw = Raw(killed).login(bob.devices[0])
    raw.send(f"<message type='chat' to='{alice.name}@{DOMAIN}'><body>one</body></message>")
    assert raw.silent("<never/>")
    link = killed.restart()
    assert link.requests(alice) == {f"{bob.name}@{DOMAIN}": [("message", "one")]}
    assert alice.name in link.changes(epoch, upto)[2]


def test_a_refusal_holds_after_a_kill(killed):
    number = next(numbers)
    alice, bob = (killed.projection.add_member(f"{name}{number}") for name in ("alice", "bob"))
    link = killed.restart()
    link.answer(alice, f"{bob.name}@{DOMAIN}", "refuse")
    link = killed.restart()
    raw = Raw(killed).login(bob.devices[0])
    raw.send(f"<message type='chat' to='{alice.name}@{DOMAIN}'><body>one</body></message>")
    assert raw.silent("<message|error")
    assert link.requests(alice) == {}
