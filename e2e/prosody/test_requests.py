# SPDX-License-Identifier: AGPL-3.0-or-later
"""What waits: it is delivered with its time or dropped as the member says, stays within bounds, and goes with its owner."""
import re
import socket
import statistics
import time

import pytest
from federation import LIAR, jid
from viewers import online


@pytest.fixture(scope="module")
def far(federation):
    peer = federation.peer([LIAR])
    peer.plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer.proved()


@pytest.fixture
def alice(federation, member):
    made = member(devices=3)
    made.reach = "contacts"
    federation.near.projection.save(made)
    federation.near.follow()
    return made


def say(far, me, member, *texts):
    for text in texts:
        far.send(f"<message type='chat' id='{text[:20]}' from='{me}/x' to='{jid(member)}'><body>{text}</body></message>")
    assert far.heard(me) == []


def archived(raw, text="body"):
    assert raw.silent("<never/>")  # what came live is not what is archived
    raw.send("<iq type='set' id='mam'><query xmlns='urn:xmpp:mam:2'/></iq>")
    return re.findall(f"<{text}>([^<]*)</{text}>", raw.expect("(.*?)<iq [^>]*id='mam'").group(1))


def test_accepted_it_comes_to_all_devices_with_its_time(daemon, far, alice, connect):
    me = f"bob{alice.name}@{LIAR}"
    phone, laptop = online(connect, alice), online(connect, alice, "laptop", 1)
    before = int(time.time())
    say(far, me, alice, "one", "two")
    found = daemon.get("requests", name=alice.name)[0]
    assert found.get("from") == me and found.get("count") == "2"
    assert before <= int(found.get("first")) <= int(found.get("last")) <= time.time()
    assert len({said.get("id") for said in found}) == 2
    assert archived(phone) == []
    daemon.answer(alice, me, "accept")
    for raw in (phone, laptop):
        for text in ("one", "two"):
            message = raw.expect(f"<message [^>]*>.{{0,400}}?<body>{text}</body>.*?</message>").group()
            assert re.search("<delay [^>]*stamp='20", message) and "from='near.example'" in message, message
    assert archived(phone) == ["one", "two"]
    assert daemon.requests(alice) == {}
    say(far, me, alice, "three")
    phone.expect("three")
    daemon.answer(alice, me, "accept")
    assert archived(phone) == ["one", "two", "three"]


def test_accepted_while_offline_it_is_there_later(daemon, far, alice, connect):
    me = f"bob{alice.name}@{LIAR}"
    say(far, me, alice, "one")
    daemon.answer(alice, me, "accept")
    phone = connect().login(alice.devices[0])
    phone.send("<presence/>")
    assert "<delay" in phone.expect("<message .*?<body>one</body>.*?</message>").group()
    assert archived(phone) == ["one"]


def test_refused_it_is_gone_and_so_is_all_that_follows_even_contact_requests(daemon, far, alice, connect):
    me = f"bob{alice.name}@{LIAR}"
    phone = online(connect, alice)
    say(far, me, alice, "one")
    daemon.answer(alice, me, "refuse")
    say(far, me, alice, "two")
    far.send(f"<presence type='subscribe' from='{me}' to='{jid(alice)}'/>")
    assert re.search('type="unavailable"', "".join(far.heard(me)))
    assert phone.silent(">one<|>two<|subscribe")
    assert daemon.requests(alice) == {} and daemon.standing(alice) == ({}, []) and archived(phone) == []
    daemon.answer(alice, me, "refuse")
    daemon.answer(alice, me, "accept")  # the member thought better of it
    say(far, me, alice, "three")
    phone.expect("three")


def test_who_is_blocked_meanwhile_is_not_shown(federation, daemon, far, alice):
    me = f"bob{alice.name}@{LIAR}"
    say(far, me, alice, "one")
    federation.near.projection.relate(alice, "@" + LIAR, "b")
    federation.near.follow()
    assert daemon.requests(alice) == {}
    federation.near.projection.relate(alice, "@" + LIAR, "")
    federation.near.follow()
    assert list(daemon.requests(alice)) == [me]


@pytest.mark.parametrize("omemo", ["eu.siacs.conversations.axolotl", "urn:xmpp:omemo:1", "urn:xmpp:omemo:2"])
def test_what_apps_say_to_renew_keys_waits_for_nobody_and_lets_nobody_in(daemon, far, alice, connect, omemo):
    me = f"bob{alice.name}@{LIAR}"
    phone = online(connect, alice)
    message = "<message type='chat' {}><encrypted xmlns='{}'><header sid='1'/>{}</encrypted></message>"
    phone.send(message.format(f"to='{me}'", omemo, ""))
    assert phone.silent("<never/>") and len(far.heard(me)) == 1
    far.send(message.format(f"from='{me}/x' to='{jid(alice)}'", omemo, ""))
    assert far.heard(me) == [] and phone.silent("encrypted") and daemon.requests(alice) == {}
    # What somebody wrote is in a payload, whether or not there is a body beside it for apps that cannot read it.
    far.send(message.format(f"from='{me}/x' to='{jid(alice)}'", omemo, "<payload>…</payload>"))
    assert far.heard(me) == [] and phone.silent("encrypted")
    assert daemon.requests(alice) == {me: [("message", "")]}


def test_a_contact_request_of_a_stranger_is_shown(daemon, far, alice, connect):
    me = f"bob{alice.name}@{LIAR}"
    phone = online(connect, alice)
    far.send(f"<presence type='subscribe' from='{me}' to='{jid(alice)}'/>")
    phone.expect("type='subscribe'")
    assert list(daemon.standing(alice)[0]) == [me]


def test_a_call_that_was_missed_rings_no_more_but_is_in_the_archive(daemon, far, alice, connect):
    me = f"bob{alice.name}@{LIAR}"
    phone = online(connect, alice)
    far.send(f"<message type='chat' id='ring' from='{me}/x' to='{jid(alice)}'><propose xmlns='urn:xmpp:jingle-message:0' id='ring'/></message>")
    far.heard(me)
    daemon.answer(alice, me, "accept")
    assert phone.silent("propose")
    phone.send("<iq type='set' id='mam'><query xmlns='urn:xmpp:mam:2'/></iq>")
    assert "propose" in phone.expect("(.*?)<iq [^>]*id='mam'").group(1)


def test_becoming_a_contact_is_being_accepted_and_being_removed_is_the_end_of_it(daemon, far, alice, connect):
    me = f"bob{alice.name}@{LIAR}"
    phone = online(connect, alice)
    say(far, me, alice, "one")
    daemon.contact(alice, me, "ask")
    phone.expect(">one<")
    far.heard(me)
    say(far, me, alice, "two")
    phone.expect(">two<")
    phone.send(f"<message type='chat' to='{me}'><body>hello</body></message>")
    assert phone.silent("<never/>")
    daemon.contact(alice, me, "remove")
    far.heard(me)
    say(far, me, alice, "three")
    assert phone.silent("three")
    assert daemon.requests(alice) == {me: [("message", "three")]}


def test_the_daemon_hears_that_something_waits(daemon, far, alice):
    epoch, upto, _, _ = daemon.changes()
    say(far, f"bob{alice.name}@{LIAR}", alice, "one")
    daemon.hint(alice)
    assert alice.name in daemon.changes(epoch, upto)[2]


def test_what_waits_is_bounded_for_each_sender_domain_and_member(federation, daemon, far, alice):
    me = f"bob{alice.name}@{LIAR}"
    say(far, me, alice, *[f"n{number}" for number in range(15)])
    assert [text for _, text in daemon.requests(alice)[me]] == [f"n{number}" for number in range(10)], "the first ones count"
    say(far, f"big{alice.name}@{LIAR}", alice, "x" * 70_000)
    assert list(daemon.requests(alice)) == [me]
    say(far, f"long{alice.name}@{LIAR}", alice, "ä" * 20_000)
    assert len(daemon.requests(alice)[f"long{alice.name}@{LIAR}"][0][1].encode()) <= 1003
    for number in range(30):
        say(far, f"many{number}@{LIAR}", alice, "hello")
    waiting = daemon.requests(alice)
    assert len(waiting) == 20 and f"many29@{LIAR}" in waiting and me not in waiting
    hosts = [f"h{number}.example" for number in range(9)]
    for host in hosts:
        peer = federation.peer([host]).proved()
        for number in range(12):
            say(peer, f"p{number}@{host}", alice, "hello")
    waiting = daemon.requests(alice)
    assert len(waiting) == 100 and f"p11@{hosts[-1]}" in waiting


def test_nobody_who_is_not_there_has_requests(federation, daemon, far):
    far.send(f"<message type='chat' id='x' from='bob@{LIAR}/x' to='ghost@near.example'><body>hello</body></message>")
    assert "service-unavailable" in "".join(far.heard(f"bob@{LIAR}"))


def test_with_a_name_all_of_it_goes_on_both_sides(federation, daemon, far, member, alice, connect):
    bob = member()
    bob.reach = "contacts"
    federation.near.projection.save(bob)
    carol = member()
    me = f"friend{alice.name}@{LIAR}"
    daemon.answer(alice, me, "accept")
    say(far, f"other{alice.name}@{LIAR}", alice, "waits for alice")
    raw = online(connect, carol)
    raw.send(f"<message type='chat' to='{jid(bob)}'><body>waits for bob</body></message>")
    assert raw.silent("<never/>")
    dave = member()
    dave.reach = "contacts"
    federation.near.projection.save(dave)
    raw.send(f"<message type='chat' to='{jid(dave)}'><body>waits for dave</body></message>")
    assert raw.silent("<never/>")
    daemon.answer(dave, jid(carol), "accept")
    assert daemon.requests(bob) and daemon.requests(alice)
    for gone in (alice, carol):
        purge = federation.near.projection.purge(gone)
        federation.near.follow()
        deadline = time.monotonic() + 15
        while not federation.near.observed("SELECT 1 FROM purged WHERE id = ?", purge):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert daemon.requests(bob) == {}
    new_alice, new_carol = member(name=alice.name), member(name=carol.name)
    new_alice.reach = "contacts"
    federation.near.projection.save(new_alice)
    federation.near.follow()
    assert daemon.requests(new_alice) == {}
    say(far, me, new_alice, "do you remember me?")
    assert list(daemon.requests(new_alice)) == [me]
    raw = online(connect, new_carol)
    raw.send(f"<message type='chat' to='{jid(dave)}'><body>as another person</body></message>")
    assert raw.silent("<never/>")
    assert daemon.requests(dave) == {jid(carol): [("message", "as another person")]}


@pytest.mark.alone
@pytest.mark.parametrize("is_online", [True, False])
def test_the_time_does_not_tell_who_waits_and_who_is_refused(federation, daemon, far, member, connect, is_online):
    """The sender's server measures how long a message takes: until a question behind it is answered."""
    alice = member()
    alice.reach = "contacts"
    federation.near.projection.save(alice)
    federation.near.follow()
    if is_online:
        online(connect, alice)
    senders = {kind: f"{kind}{alice.name}@{LIAR}" for kind in ("accepted", "waiting", "full", "refused")}
    daemon.answer(alice, senders["accepted"], "accept")
    daemon.answer(alice, senders["refused"], "refuse")
    say(far, senders["full"], alice, *[f"n{number}" for number in range(10)])
    times = {kind: [] for kind in senders}
    for number in range(160):
        for kind, me in senders.items():
            if kind == "waiting":
                me = f"w{number // 8}{alice.name}@{LIAR}"
            start = time.perf_counter()
            say(far, me, alice, f"m{number}")
            times[kind].append(time.perf_counter() - start)
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    print({kind: f"{value * 1000:.2f} ms" for kind, value in medians.items()})
    # Writing nothing for some of them would make about half of it; under load all of them take longer.
    assert max(medians.values()) - min(medians.values()) < max(0.002, 0.35 * max(medians.values()))
