# SPDX-License-Identifier: AGPL-3.0-or-later
"""A name and the person behind it: polling finds what no webhook tells, and nobody inherits anything."""

import asyncio

import pytest
from engines import Hands
from people import leave, new_member, signed_in
from portal import Browser
from standing import account, is_in, is_out, ledger, sign_in, thrown_out_by, wait_standing
from test_chat import archive, slot
from trial import wait_until


def as_if_time_had_passed(trial):
    """Every account was asked about long ago."""
    with ledger(trial) as database:
        database.execute("UPDATE accounts SET standing_asked_at = standing_asked_at - 86400")


HAPPENS = {"suspend": "suspended", "freeze": "frozen", "pend": "pending", "purge": "deleted", "reown": "displaced"}


@pytest.fixture
def deaf(own_trial):
    """A trial to which the home server sends no webhook."""
    own_trial.start()
    own_trial.sandbox("DELETE", "/sandbox/webhook")
    return own_trial


def test_an_outage_of_the_home_server_changes_nobodys_standing(deaf):
    people = [new_member(deaf, "outage", devices=1) for _ in range(3)]
    deaf.sandbox("POST", "/sandbox/faults", json={"endpoint": "*", "kind": "status", "status": 503})
    as_if_time_had_passed(deaf)
    asked = lambda: deaf.sandbox("GET", "/sandbox/counters").json().get("GET /api/v1/accounts/:id", 0)  # noqa: E731
    wait_until(lambda: asked() >= len(people), 20, "questions")
    for person in people:
        assert account(deaf, person)["standing"] == "active" and sign_in(person) == "in" and person.browser.is_signed_in
    with ledger(deaf) as database:
        database.execute("UPDATE accounts SET standing_checked_at = standing_checked_at - 86400")
    done = deaf.trunkline("status", check=False)
    assert done.returncode == 1 and "not heard about every account" in done.stdout, "but the admin learns how long it lasts"


def test_polling_finds_what_no_webhook_told(deaf):
    """All that can happen in silence."""
    people = {event: new_member(deaf, event, devices=1) for event in HAPPENS}
    bystander = new_member(deaf, "bystander", devices=1)

    async def story():
        clients = {event: person.client() for event, person in people.items()}
        other = bystander.client()
        await signed_in(*clients.values(), other)
        for event, person in people.items():
            await asyncio.to_thread(person.at_home, event)
        await asyncio.to_thread(as_if_time_had_passed, deaf)
        for client in clients.values():
            await asyncio.wait_for(client.gone, 20)
            client.abort()
        assert not other.gone.done()
        await leave(other)

    asyncio.run(asyncio.wait_for(story(), 60))
    assert {event: account(deaf, person)["standing"] for event, person in people.items()} == HAPPENS
    assert all(is_out(person) for person in people.values())
    assert deaf.trunkline_json("status")["notAdmitted"] == len(people)
    people["freeze"].at_home("unfreeze")
    as_if_time_had_passed(deaf)
    wait_standing(deaf, people["freeze"], "active", 20)
    assert is_in(people["freeze"]) and is_in(bystander)


def test_a_names_next_owner_inherits_nothing(trial, member, run):
    """The archive, the contacts, the uploads and the passwords are the old owner's, until an admin wipes them."""
    old, friend = member("estate", devices=1), member("friend", devices=1)

    async def live():
        client, other = old.client(plugins=["xep_0313"]), friend.client()
        await signed_in(client, other)
        client.send_presence_subscription(friend.address)
        await client.update_roster(friend.address, name="My friend")
        client.send_message(friend.address, "Between us", mtype="chat")
        await other.until(lambda: any(message["body"] == "Between us" for message in other.messages))
        assert (await archive(client))[-1] == "Between us"
        place = await slot(client, "diary.txt", 12, "text/plain")
        await leave(client, other)
        return place

    put, get, headers = run(live())
    web = trial.session()
    assert web.put(put, data=b"dear diary, ", headers={**headers, "Content-Type": "text/plain"}, timeout=20).status_code == 201

    thrown_out_by(old, lambda: (old.at_home("purge"), old.at_home("reown"), age(trial, old)), 20)
    page = Browser(trial).sign_in(old.name)
    assert page.status == 409 and "belonged to someone else" in page.text
    assert web.get(get, timeout=20).status_code == 200 and account(trial, old)["state"] in ("deleted", "displaced")

    said = trial.trunkline("accounts", "delete", old.name, "--yes").stdout
    assert "is deleted" in said
    wait_until(lambda: trial.trunkline("accounts", "show", old.name, check=False).returncode == 1, 30, "the purge")
    assert web.get(get, timeout=20).status_code in (404, 410)

    password = old.devices[0].password
    old.devices.clear()
    old.switch_on()
    assert old.listed() == {}
    old.add_device("The new owner's")

    async def begin():
        client = old.client(plugins=["xep_0313"])
        await signed_in(client)
        assert [address for address in client.client_roster if address != client.boundjid.bare] == []
        assert "Between us" not in (kept := await archive(client)) and not any("App 1" in body for body in kept)
        stale = old.client(password=password)
        assert await stale.sign_in() == "not-authorized"
        await leave(client, stale)

    run(begin())


def age(trial, member) -> None:
    with ledger(trial) as database:
        database.execute("UPDATE accounts SET standing_asked_at = 0 WHERE name = ?", (member.name,))


def test_who_was_deleted_here_begins_anew(own_trial):
    """The same person, while the chat server has not wiped its part yet, and afterwards."""
    own_trial.start()
    somebody = new_member(own_trial, "anew", devices=1)
    with Hands(own_trial) as hands:
        hands.stop("prosody")
        own_trial.trunkline("accounts", "delete", somebody.name, "--yes")
        assert not somebody.browser.is_signed_in
        page = Browser(own_trial).sign_in(somebody.name)
        assert page.status == 409, page
        assert account(own_trial, somebody)["state"] == "deleting"
        hands.start("prosody")
        assert sign_in(somebody) == "not-authorized"
        wait_until(lambda: own_trial.trunkline("accounts", "show", somebody.name, check=False).returncode == 1, 30, "the purge")
        somebody.switch_on()
        assert somebody.listed() == {} and sign_in(somebody) == "not-authorized"
        somebody.add_device("New")
        assert sign_in(somebody, somebody.devices[-1]) == "in"


