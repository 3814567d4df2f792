# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever a member blocks at the home server is out of chat at the next sign-in, while they talk, and in again when that is lifted."""

import asyncio

from people import leave, signed_in


def said(client) -> list[str]:
    return [message["body"] for message in client.messages]


def test_a_block_of_the_home_server_ends_a_chat_and_lifting_it_lifts_nothing_else(trial, member, run):
    alice, mallory, eve = (member(stem, devices=1) for stem in ("calm", "loud", "louder"))

    def block(on: bool):
        trial.sandbox("PUT" if on else "DELETE", f"/sandbox/members/{alice.name}/blocks/{mallory.name}")
        alice.sign_in()  # which has the home server asked

    async def blocked(one, wanted: bool):
        """Until what alice sends is refused as to somebody she has blocked, or not refused any more."""
        for number in range(200):
            before = len(one.errors)
            one.send_message(mallory.address, f"try {number}", mtype="chat")
            await one.plugin["xep_0199"].ping("social.localhost")
            if (len(one.errors) > before) == wanted:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"blocked is not {wanted}")

    async def story():
        one, two, three = alice.client(plugins=["xep_0191"]), mallory.client(), eve.client()
        await signed_in(one, two, three)
        two.send_message(alice.address, "Do you hear me?", mtype="chat")
        await one.until(lambda: "Do you hear me?" in said(one))
        await one.plugin["xep_0191"].block([eve.address])

        await asyncio.to_thread(block, True)
        await blocked(one, True)
        two.send_message(alice.address, "And now?", mtype="chat")
        await two.plugin["xep_0199"].ping("social.localhost")
        await one.plugin["xep_0199"].ping("social.localhost")
        assert "And now?" not in said(one) and two.errors == [], "nothing arrives, and nobody is told"

        await asyncio.to_thread(block, False)
        await blocked(one, False)
        two.send_message(alice.address, "Good again.", mtype="chat")
        await one.until(lambda: "Good again." in said(one))
        # What was blocked in an app stays.
        three.send_message(alice.address, "Me too?", mtype="chat")
        await three.plugin["xep_0199"].ping("social.localhost")
        await one.plugin["xep_0199"].ping("social.localhost")
        assert "Me too?" not in said(one) and "And now?" not in said(one)
        await leave(one, two, three)

    run(story())
