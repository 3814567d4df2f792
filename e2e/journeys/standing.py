# SPDX-License-Identifier: AGPL-3.0-or-later
"""What tests of members' standing ask again and again."""

import asyncio
import contextlib
import sqlite3

from people import leave, signed_in
from portal import Browser
from trial import wait_until


def account(trial, member) -> dict:
    return trial.trunkline_json("accounts", "show", member.name)["account"]


def wait_standing(trial, member, standing: str, seconds: float = 10) -> None:
    wait_until(lambda: account(trial, member)["standing"] == standing, seconds, f"{member.name} being {standing}")


def hint(trial, member, **more) -> None:
    """The home server sends a webhook about the member, and we wait until it was taken."""
    before = len(attempts(trial))
    trial.sandbox("POST", "/sandbox/webhook/fire", json={"event": "account.updated", "name": member.name, **more})
    wait_until(lambda: len(attempts(trial)) >= before + more.get("times", 1), 10, "the webhook's arrival")


def attempts(trial) -> list[dict]:
    return trial.sandbox("GET", "/sandbox/webhook/attempts").json()


def sign_in(member, device=None) -> str:
    """What an app is told now."""
    async def story():
        client = member.client(device)
        try:
            return await client.sign_in()
        finally:
            await leave(client)

    return asyncio.run(asyncio.wait_for(story(), 30))


def thrown_out_by(member, act, seconds: float = 5) -> None:
    """The member's app is signed in; `act` happens; the app's stream ends."""
    async def story():
        client = member.client()
        await signed_in(client)
        await asyncio.to_thread(act)
        await asyncio.wait_for(client.gone, seconds)
        client.abort()

    asyncio.run(asyncio.wait_for(story(), 60))


def unmoved_by(member, act) -> None:
    """The member's app is signed in, `act` happens, and the app does not notice."""
    async def story():
        client = member.client()
        await signed_in(client)
        await asyncio.to_thread(act)
        await client.plugin["xep_0199"].ping(client.boundjid.domain)
        assert not client.gone.done()
        await leave(client)

    asyncio.run(asyncio.wait_for(story(), 60))


def is_out(member) -> bool:
    """Neither the browser of before nor an app with a right password gets in."""
    return not member.browser.is_signed_in and sign_in(member) == "not-authorized"


def is_in(member) -> bool:
    """The passwords of before work, and a new browser signs in."""
    browser = Browser(member.trial)
    return sign_in(member) == "in" and browser.sign_in(member.name).path == "/devices"


@contextlib.contextmanager
def ledger(trial):
    """The daemon's own database, for what only the passing of time would bring about."""
    database = sqlite3.connect(trial.state / "daemon/ledger.sqlite", timeout=10)
    try:
        with database:
            yield database
    finally:
        database.close()


def live_tokens(trial, member) -> int:
    """How many tokens of ours the home server would take for this member."""
    tokens = trial.sandbox("GET", f"/sandbox/tokens?name={member.name}").json()
    return sum(token["app"] == "Trunkline" and not token["revoked"] for token in tokens)
