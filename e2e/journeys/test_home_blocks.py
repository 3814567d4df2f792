# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever a member blocks at the home server is out of chat and calls at the next sign-in, also in the middle of either, and in again
when that is lifted. So are servers that a member or the home server's admin has shut out."""

import asyncio
import pathlib
import sys
from types import SimpleNamespace

from people import leave, new_member, signed_in
from standing import ledger

sys.path.append(str(pathlib.Path(__file__).parent.parent / "sip"))
from sip_client import Answered, Phone  # noqa: E402


def said(client) -> list[str]:
    return [message["body"] for message in client.messages]


async def blocked(client, address: str, wanted: bool):
    """Until what is sent is refused as to somebody whom the sender has blocked, or not refused so any more."""
    for number in range(200):
        before = client.errors.count("not-acceptable")
        client.send_message(address, f"try {number}", mtype="chat")
        await client.plugin["xep_0199"].ping("social.localhost")
        if (client.errors.count("not-acceptable") > before) == wanted:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"blocked is not {wanted}")


def test_a_block_of_the_home_server_ends_a_chat_and_lifting_it_lifts_nothing_else(trial, member, run):
    alice, mallory, eve = (member(stem, devices=1) for stem in ("calm", "loud", "louder"))

    def block(on: bool):
        trial.sandbox("PUT" if on else "DELETE", f"/sandbox/members/{alice.name}/blocks/{mallory.name}")
        alice.sign_in()  # which has the home server asked

    async def story():
        one, two, three = alice.client(plugins=["xep_0191"]), mallory.client(), eve.client()
        await signed_in(one, two, three)
        two.send_message(alice.address, "Do you hear me?", mtype="chat")
        await one.until(lambda: "Do you hear me?" in said(one))
        await one.plugin["xep_0191"].block([eve.address])

        await asyncio.to_thread(block, True)
        await blocked(one, mallory.address, True)
        two.send_message(alice.address, "And now?", mtype="chat")
        await two.plugin["xep_0199"].ping("social.localhost")
        await one.plugin["xep_0199"].ping("social.localhost")
        assert "And now?" not in said(one) and two.errors == [], "nothing arrives, and nobody is told"

        await asyncio.to_thread(block, False)
        await blocked(one, mallory.address, False)
        two.send_message(alice.address, "Good again.", mtype="chat")
        await one.until(lambda: "Good again." in said(one))
        # What was blocked in an app stays.
        three.send_message(alice.address, "Me too?", mtype="chat")
        await three.plugin["xep_0199"].ping("social.localhost")
        await one.plugin["xep_0199"].ping("social.localhost")
        assert "Me too?" not in said(one) and "And now?" not in said(one)
        await leave(one, two, three)

    run(story())


def test_whole_servers_are_shut_out_by_the_member_and_by_the_admin_and_each_lifts_only_its_own(trial, member, run):
    alice = member("walled", devices=1)
    bob = member("open", devices=1)

    def at_home(method: str, path: str):
        trial.sandbox(method, f"/sandbox/{path}")
        with ledger(trial) as database:  # else what the admin has decided is asked for once in ten minutes
            database.execute("UPDATE site_block_reads SET asked_at = 0, read_at = NULL")
        alice.sign_in()

    async def story():
        one, two = alice.client(plugins=["xep_0191"]), bob.client()
        await signed_in(one, two)
        await one.plugin["xep_0191"].block(["both.example"])
        for domain in ("mine.example", "both.example"):
            await asyncio.to_thread(at_home, "PUT", f"members/{alice.name}/domain_blocks/{domain}")
        await blocked(one, "eve@mine.example", True)
        await blocked(two, "eve@mine.example", False)  # it is hers alone
        await asyncio.to_thread(at_home, "PUT", "domain_blocks/everybodys.example")
        await blocked(one, "eve@below.everybodys.example", True)
        await blocked(two, "eve@below.everybodys.example", True)

        await asyncio.to_thread(at_home, "DELETE", "domain_blocks/everybodys.example")
        await blocked(two, "eve@below.everybodys.example", False)
        await blocked(one, "eve@mine.example", True)
        for domain in ("mine.example", "both.example"):
            await asyncio.to_thread(at_home, "DELETE", f"members/{alice.name}/domain_blocks/{domain}")
        await blocked(one, "eve@mine.example", False)
        await blocked(one, "eve@both.example", True)  # as she said in her app
        await leave(one, two)

    run(story())


def test_a_block_ends_what_rings_and_what_is_spoken(trial):
    server = SimpleNamespace(tls_port=trial.port("sip_tls"), ca=trial.ca)

    def with_phone(stem):
        made = new_member(trial, stem, chat=False)
        made.switch_on("calls")
        made.reached_by("everyone")
        password = made.add_page("Desk", chat=None, calls="desk-phone").outputs["password-calls"]
        phone = Phone(server, made.name, password, "tls")
        assert phone.register().status == 200
        return made, phone

    (alice, hers), (mallory, his) = with_phone("called"), with_phone("caller")

    def block(on: bool):
        trial.sandbox("PUT" if on else "DELETE", f"/sandbox/members/{alice.name}/blocks/{mallory.name}")
        alice.sign_in()

    call = his.call(alice.name)
    invite = hers.ring()
    call.expect(180)
    block(True)
    call.expect(480, timeout=15)
    hers.reply(hers.expect("CANCEL"), 200)
    hers.reply(invite, 487, "Request Terminated")
    his.call(alice.name).expect(480)

    block(False)
    for _ in range(100):  # the home server is asked beside the sign-in
        again = his.call(alice.name)
        try:
            again.expect(480, timeout=0.3)
        except TimeoutError:
            break
    else:
        raise AssertionError("the block is not lifted")
    Answered(hers, hers.expect("INVITE"))
    again.expect(200)
    block(True)
    for one in (his, hers):
        one.reply(one.expect("BYE", 15), 200)
    hers.close(), his.close()
