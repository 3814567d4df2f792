# SPDX-License-Identifier: AGPL-3.0-or-later
"""The chat server and the daemon restarted in the middle, a network that is gone for a minute, and leases: nothing is lost, nothing
comes twice, and who may not chat any more does not."""

import os
import time

import pytest
from mastodon_page import MastodonPage
from people import new_member
from wire import Wire

#: Short enough to see one end, long enough for a busy machine to renew in time: renewed after two thirds.
LEASE = 12


@pytest.fixture(scope="module")
def short_leases(make_trial):
    """A trial whose leases are short."""
    trial = make_trial("lease")
    os.environ["TRUNKLINE_LEASE_SECONDS"] = str(LEASE)
    try:
        return trial.start()
    finally:
        del os.environ["TRUNKLINE_LEASE_SECONDS"]


@pytest.fixture
def far_away(trial, chromium):
    """A browser behind a wire that can be cut."""
    wire = Wire(trial.port("https"))
    browser = chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=[
        "--no-sandbox", f"--host-resolver-rules=MAP *:{trial.port('https')} 127.0.0.1:{wire.port}"])
    yield browser, wire
    browser.close()
    wire.end()


def test_who_was_cut_off_for_a_minute_and_who_saw_the_servers_restart_lose_nothing_and_get_nothing_twice(
        trial, newcomer, sitting, app, far_away):
    alice, bob, carol = newcomer("alice"), newcomer("bob"), newcomer("carol", devices=1)
    browser, wire = far_away
    at_alice, at_bob = sitting(alice), sitting(bob)
    for one in (at_alice, at_bob):
        one.expected.append("/xmpp-websocket' failed")  # while Prosody is down
    at_carol = MastodonPage(trial, browser, carol.name).sign_in()
    for one in (at_alice, at_bob, at_carol):
        one.open_chat().wait_for("online")
    at_alice.start(carol.address).write("Before the tunnel").until_sent("Before the tunnel")
    at_carol.open(alice.address).until_read("Before the tunnel")
    wire.cut()
    cut = time.monotonic()
    at_carol.write("Written in the tunnel")
    at_alice.write("While you were away").until_sent("While you were away")

    # Meanwhile the servers restart under the other two.
    at_alice.start(bob.address).write("One").until_sent("One")
    at_bob.open(alice.address).until_read("One")
    trial.kill_child("daemon")
    at_alice.write("Two, without the daemon").until_sent("Two, without the daemon")
    at_bob.until_read("Two, without the daemon")
    old = trial.kill_child("prosody")
    at_alice.wait_for("offline|connecting").write("Three, without the chat server")
    assert at_alice.messages("Three", mine=True).first.get_attribute("data-state") == "waiting"
    trial.wait_child("prosody", other_than=old)
    for one in (at_alice, at_bob):
        one.wait_for("online", seconds=45)
    at_alice.until_sent("Three, without the chat server")
    at_bob.until_read("Three, without the chat server").write("Four")
    at_alice.until_read("Four")
    said = ["One", "Two, without the daemon", "Three, without the chat server", "Four"]
    assert at_alice.texts() == at_bob.texts() == said

    at_carol.wait_for("offline|connecting", seconds=30)
    time.sleep(max(0, 60 - (time.monotonic() - cut)))  # the minute itself is what is tested
    wire.mend()
    at_carol.wait_for("online", seconds=60)
    at_carol.until_sent("Written in the tunnel").until_read("While you were away")
    at_alice.open(carol.address).until_read("Written in the tunnel")
    assert sorted(at_carol.texts()) == sorted(at_alice.texts()) == [
        "Before the tunnel", "While you were away", "Written in the tunnel"]
    at_carol.page.reload()
    at_carol.open_chat().wait_for("online").open(alice.address).until_read("While you were away")
    assert at_carol.texts() == at_alice.texts()
    at_carol.context.close()


def sit(trial, chromium, stem):
    member = new_member(trial, stem)
    page = MastodonPage(trial, chromium, member.name).sign_in()
    page.member = member
    return page.open_chat().wait_for("online")


def test_leases_are_renewed_without_a_new_connection_and_end_with_the_standing_at_the_home_server(short_leases, chromium):
    trial = short_leases
    pages = stays, leaves, freezes, resets = [sit(trial, chromium, stem) for stem in ("stays", "leaves", "freezes", "resets")]
    first_ends = time.monotonic() + LEASE
    streams = {page: [socket for socket in page.sockets if "xmpp-websocket" in socket.url] for page in pages}
    # The home server's own sign-out, in another tab, as the member does it.
    other = leaves.tab()
    other.page.locator(".navigation-panel__sign-out button").click()
    freezes.member.at_home("freeze")
    resets.member.at_home("reset-password")
    for page in (leaves, freezes, resets):
        page.wait_for("ended", seconds=3 * LEASE)
    for page in (leaves, freezes, resets):
        assert all(socket.is_closed() for socket in streams[page]), page.member.name
    # Renewed once more when the lease that it began with is over.
    with stays.page.expect_response(
            lambda answer: answer.url.endswith("/api/v1/web-session") and answer.ok and time.monotonic() > first_ends, timeout=3 * LEASE * 1000):
        pass
    assert stays.phase == "online"
    assert [socket.is_closed() for socket in streams[stays]] == [False]
    for page in pages:
        page.context.close()
    assert not leaves.problems() + stays.problems()


def test_a_lease_that_nobody_renews_ends_by_itself(short_leases, chromium):
    page = sit(short_leases, chromium, "sleeper")
    [socket] = [socket for socket in page.sockets if "xmpp-websocket" in socket.url]
    page.context.route("**/api/v1/web-session", lambda route: route.abort())
    socket.wait_for_event("close", timeout=3 * LEASE * 1000)
    page.wait_for("offline|connecting|ended")
    page.context.close()
