# SPDX-License-Identifier: AGPL-3.0-or-later
"""A stranger's first message is reported to the home server's moderators: by the member, who allows that there and then, once."""

import asyncio
import time

from people import leave, signed_in
from standing import ledger, live_tokens
from trial import wait_until


def test_a_stranger_is_reported_refused_and_blocked_and_the_permission_is_gone(trial, member, run):
    alice, mallory = member("plagued", devices=1, reach=None), member("pest", devices=1)
    path = f"/requests/report?from={mallory.address}"

    begun = int(time.time())

    def reports():
        return [one for one in trial.sandbox("GET", "/sandbox/reports").json() if one["from"] == alice.name]

    async def story():
        one, two = alice.client(plugins=["xep_0191"]), mallory.client()
        await signed_in(one, two)
        for text in ("You have won a bicycle.", "Tell nobody."):
            two.send_message(alice.address, text, mtype="chat")
        page = await asyncio.to_thread(
            wait_until, lambda: (page := alice.browser.get(path)).path == "/requests/report" and page, 20, "the request")
        assert f"Go on at {alice.address.split('@')[1]}" in page.text and "Send report" not in page.text

        # Through the home server, which says what is allowed, and back.
        there = await asyncio.to_thread(alice.browser.submit, page, "/sign-in")
        consent = await asyncio.to_thread(alice.browser.prove, there, alice.name)
        page = await asyncio.to_thread(alice.browser.consent, consent)
        assert page.path == "/requests/report" and "You have won a bicycle." in page.text and "Tell nobody." in page.text, page
        assert live_tokens(trial, alice) == 2, "what she has let us read is another permission"
        box = next(name for name in sorted(page.form("/requests/report").names) if name.startswith("said:"))
        page = await asyncio.to_thread(
            alice.browser.submit, page, "/requests/report", category="spam", comment="Sells bicycles.", block="on", **{box: "on"})
        assert page.query["done"] == "reported-blocked" and "Reported and blocked" in page.text, page

        [report] = reports()
        assert report["about"] == mallory.name and report["category"] == "spam" and not report["forwarded"]
        assert "Sells bicycles." in report["comment"] and mallory.address in report["comment"]
        assert ("You have won" in report["comment"]) != ("Tell nobody." in report["comment"]), "only what was ticked"
        await asyncio.to_thread(wait_until, lambda: live_tokens(trial, alice) == 1, 15, "the end of the permission")

        async def listed():
            return {item.get("jid") for item in (await one.plugin["xep_0191"].get_blocked()).xml.iter("{urn:xmpp:blocking}item")}
        async with asyncio.timeout(15):
            while mallory.address not in await listed():
                await asyncio.sleep(0.1)
        two.send_message(alice.address, "Are you angry?", mtype="chat")
        await two.plugin["xep_0199"].ping("social.localhost")
        assert two.errors == [] and "Nobody waits for you" in (await asyncio.to_thread(alice.browser.get, "/requests")).text
        await leave(one, two)

    run(story())
    with ledger(trial) as database:
        kept = database.execute(
            "SELECT COUNT(*) FROM tokens JOIN accounts ON accounts.id = tokens.account WHERE accounts.name = ?", (alice.name,)).fetchone()
        # Others' may wait longer, for home servers that tests have put out.
        left = database.execute("SELECT COUNT(*) FROM token_returns WHERE since >= ?", (begun,)).fetchone()
        assert kept == (1,) and left == (0,)
