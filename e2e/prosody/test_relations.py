# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the modules answer about members' decisions: by address, by domain with and without what lies below, for all; and closed
when the projection cannot be read."""
import json
import shutil
import time

import pytest
from server import Prosody

# Answers questions over a message from a member to the domain, with what mod_trunkline offers to its siblings.
ASKING = """
local trunkline = module:depends("trunkline");
local json, st = require "util.json", require "util.stanza";
module:hook("message/host", function (event)
	local asked = event.stanza:get_child_text("body");
	if not asked then return; end
	local what, name, peer = asked:match("^(%S+) (%S+) ?(%S*)$");
	local answer, reason = trunkline[what](name, peer);
	event.origin.send(st.message({ to = event.stanza.attr.from, from = module.host, id = event.stanza.attr.id },
		json.encode({ answer = answer, failed = reason ~= nil })));
	return true;
end, 2000);
"""


@pytest.fixture(scope="module")
def server(folder):
    modules = folder / "asking"
    modules.mkdir()
    (modules / "mod_asking.lua").write_text(ASKING)
    prosody = Prosody(folder / "server")
    text = prosody.config.read_text().replace("plugin_paths = {", f'plugin_paths = {{ "{modules}";', 1)
    text = text.replace('"trunkline_push";', '"trunkline_push"; "asking";', 1)
    prosody.config.write_text(text)
    for path in (modules, *modules.iterdir()):
        if prosody.as_user:
            shutil.chown(path, "prosody")
    try:
        yield prosody.start()
        assert prosody.tracebacks() == []
    finally:
        prosody.stop()


@pytest.fixture
def ask(member, connect):
    raw = connect().login(member().devices[0])

    def ask(what, name, peer="", reason=False):
        time.sleep(0.002)  # one look at the projection holds for a millisecond, and nothing tells when that is over
        raw.send(f"<message id='a' to='{raw.domain}'><body>{what} {name} {peer}</body></message>")
        answer = json.loads(raw.expect("<message [^>]*id=['\"]a['\"].*?<body>(.*?)</body>").group(1).replace("&quot;", '"').replace("&apos;", "'"))
        return (answer.get("answer"), answer["failed"]) if reason else answer.get("answer")
    return ask


def test_decisions_about_addresses_domains_and_all_that_lies_below(server, member, ask):
    alice, bob = member(), member()
    for peer, flags in {"carol@there.example": "cf", "mallory@there.example": "b", "@one.example": "b", "@.all.example": "b",
                        "eve@all.example": "f", "noisy@x.example": "m", "ann@xn--bcher-kva.example": "b", "@.bücher.test": "b"}.items():
        server.projection.relate(alice, peer, flags)
    server.projection.relate(None, "@.bad.example", "b")
    said = lambda peer, name=alice.name: {key for key, value in (ask("relation", name, peer) or {}).items() if value}
    assert said("carol@there.example") == {"chosen", "followed"}
    assert said("mallory@there.example") == {"blocked"} and said("mallory@there.example", bob.name) == set()
    assert said("a@one.example") == {"blocked"} and said("one.example") == {"blocked"} and said("a@sub.one.example") == set()
    assert said("eve@all.example") == {"blocked", "followed"} and said("a@deep.sub.all.example") == {"blocked"}
    assert said("all.example") == {"blocked"} and said("a@notall.example") == set()
    assert said("a@rooms.bad.example") == {"blocked"} and said("a@bad.example", bob.name) == {"blocked"}
    assert said("ann@bücher.example") == {"blocked"} and said("a@x.xn--bcher-kva.test") == {"blocked"}
    assert ask("is_muted", alice.name, "noisy@x.example") is True and ask("is_chosen", alice.name, "noisy@x.example") is False
    assert ask("is_blocked", alice.name, "a@" + ".".join("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz") + ".example") is True
    # An answer that is kept does not outlive what it was taken from.
    server.projection.relate(alice, "mallory@there.example", "")
    server.projection.relate(alice, "carol@there.example", "b")
    assert said("mallory@there.example") == set() and said("carol@there.example") == {"blocked"}


def test_policy_and_reach_are_read_and_unknown_words_are_closed(server, member, ask):
    alice = member()
    assert ask("presence_policy", alice.name) == "nobody" and ask("reach", alice.name) == "everyone"
    alice.presence, alice.reach = "contacts", "followed"
    server.projection.save(alice)
    assert ask("presence_policy", alice.name) == "contacts" and ask("reach", alice.name) == "followed"
    alice.presence, alice.reach = "whoever", "whoever"
    server.projection.save(alice)
    assert ask("presence_policy", alice.name) == "nobody" and ask("reach", alice.name) == "contacts"
    assert ask("reach", "nobody-of-this-name") == "contacts"


def test_a_projection_that_cannot_be_read_closes_everything(server, member, ask):
    alice = member()
    alice.presence = "contacts"
    server.projection.save(alice)
    server.projection.relate(alice, "bob@there.example", "cf")
    assert ask("is_chosen", alice.name, "bob@there.example") is True
    server.projection.db.execute("UPDATE position SET schema = 3")
    assert ask("is_blocked", alice.name, "bob@there.example", reason=True) == (True, True)
    assert ask("is_chosen", alice.name, "bob@there.example", reason=True) == (False, True)
    assert ask("presence_policy", alice.name, reason=True) == ("nobody", True)
    assert ask("reach", alice.name, reason=True) == ("contacts", True)
    server.projection.db.execute("UPDATE position SET schema = 2")
    assert ask("is_blocked", alice.name, "bob@there.example", reason=True) == (False, False)
