# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole course of two members: preview, request, answer, who sees whom, undo; at the portal and in ordinary apps."""

import asyncio

from people import leave, signed_in
from trial import wait_until


def deliberate(client):
    """An app that asks its owner before it lets anybody see anything, as apps for people do."""
    client.auto_authorize, client.auto_subscribe = None, False
    client.seen = []
    client.add_event_handler("presence_subscribe", lambda stanza: client.seen.append(("asks", stanza["from"].bare)))
    for kind in ("available", "unavailable"):
        client.add_event_handler(
            f"presence_{kind}",
            lambda stanza, kind=kind: stanza["from"].bare != client.boundjid.bare and client.seen.append((kind, stanza["from"].bare)))
    return client


def seen(client, kind, member):
    return (kind, member.address) in client.seen


def ask(member, *others):
    """Preview, then send; the page that shows how far it has got."""
    page = member.browser.get("/people/find")
    page = member.browser.submit(page, "/people/preview", typed=others[0].address)
    assert page.status == 200 and others[0].address in page.text, page
    page = member.browser.submit(page, "/people/ask")
    assert page.path.startswith("/people/asked/"), page
    return page


def contacts(member) -> dict[str, str]:
    answer = member.browser.get("/api/v1/contacts").response.json()
    return {contact["address"]: "accepted" if contact["subscription"] in ("to", "both") else "asked" for contact in answer["contacts"]}


def coming(member) -> list[str]:
    """Who is about to be asked."""
    return member.browser.get("/api/v1/contacts").response.json()["coming"]


def presence(member, policy):
    page = member.browser.submit(member.browser.get("/privacy"), "/privacy", presence=policy)
    assert page.status == 200, page


def sight(member) -> dict:
    return member.browser.get("/api/v1/privacy/sight").response.json()


def test_nothing_is_sent_before_the_preview_was_confirmed_and_all_of_it_can_be_undone(member, run):
    alice, bob = member("asks", devices=1), member("asked", devices=1)

    async def story():
        app = deliberate(bob.client())
        await signed_in(app)
        page = await asyncio.to_thread(alice.browser.get, "/people/find")
        page = await asyncio.to_thread(alice.browser.submit, page, "/people/preview", typed=bob.address)
        assert "that you have chat" in page.text and bob.address in page.text
        await app.plugin["xep_0199"].ping("social.localhost")
        # Nobody was asked, and nobody is about to be.
        assert app.seen == [] and contacts(alice) == {} and coming(alice) == []
        progress = await asyncio.to_thread(alice.browser.submit, page, "/people/ask")
        await app.until(lambda: seen(app, "asks", alice))
        withdrawn = asyncio.get_event_loop().create_future()
        app.add_event_handler("presence_unsubscribe", lambda stanza: withdrawn.done() or withdrawn.set_result(stanza["from"].bare))
        undo = next(form.action for form in progress.forms if form.action.endswith("/undo"))
        await asyncio.to_thread(alice.browser.submit, progress, undo)
        assert await asyncio.wait_for(withdrawn, 15) == alice.address
        await leave(app)

    run(story())
    wait_until(lambda: contacts(alice) == {}, 15, "nobody being on the list")


def question(member, other):
    """The page with the other's question, when it is there."""
    page = member.browser.get("/people")
    return page if other.address in page.text and any(form.action == "/requests/contact" for form in page.forms) else None


def test_who_asks_in_an_app_is_answered_at_the_portal(member, run):
    alice, carol = member("amy", devices=1), member("cleo", devices=1)

    async def story():
        app = deliberate(carol.client())
        await signed_in(app)
        app.send_presence_subscription(alice.address, ptype="subscribe")
        page = await asyncio.to_thread(wait_until, lambda: question(alice, carol), 20, "the question at the portal")
        answer = next(form for form in page.forms if form.action == "/requests/contact")
        await asyncio.to_thread(alice.browser.submit, page, "/requests/contact", address=answer.fields["address"], do="accept")
        await app.until(lambda: seen(app, "asks", alice))
        app.send_presence_subscription(alice.address, ptype="subscribed")
        await asyncio.to_thread(wait_until, lambda: contacts(alice).get(carol.address) == "accepted", 20, "a contact")
        await leave(app)

    run(story())


def test_two_members_meet_and_see_of_each_other_what_the_policy_lets_them(member, run):
    alice, bob = member("anna", devices=1), member("ben", devices=1)

    async def story():
        one, two = deliberate(alice.client()), deliberate(bob.client())
        await signed_in(one, two)
        await asyncio.to_thread(ask, alice, bob)
        await two.until(lambda: seen(two, "asks", alice))
        # In the app: yes, and the same back, to which she has said yes by asking.
        two.send_presence_subscription(alice.address, ptype="subscribed")
        two.send_presence_subscription(alice.address, ptype="subscribe")
        await asyncio.to_thread(wait_until, lambda: contacts(alice).get(bob.address) == "accepted", 20, "a contact")
        await asyncio.to_thread(wait_until, lambda: contacts(bob).get(alice.address) == "accepted", 20, "the other's contact")
        await asyncio.to_thread(wait_until, lambda: question(alice, bob) is None, 20, "no question being left")

        # Nobody sees alice, who is online, and the page says so.
        now = await asyncio.to_thread(sight, alice)
        assert (now["online"], now["seen_by"]) == (1, []), now
        assert not seen(two, "available", alice)
        # All contacts.
        await asyncio.to_thread(presence, alice, "contacts")
        await two.until(lambda: seen(two, "available", alice))
        assert (await asyncio.to_thread(sight, alice))["seen_by"] == [bob.address]
        # Chosen ones: nobody yet, then bob.
        two.seen.clear()
        await asyncio.to_thread(presence, alice, "chosen")
        await two.until(lambda: seen(two, "unavailable", alice))
        two.seen.clear()
        page = await asyncio.to_thread(alice.browser.get, "/privacy/chosen")
        await asyncio.to_thread(alice.browser.submit, page, "/privacy/chosen", **{f"see:{bob.address}": "on"})
        await two.until(lambda: seen(two, "available", alice))
        assert (await asyncio.to_thread(sight, alice))["seen_by"] == [bob.address]
        # Nobody again, under way.
        two.seen.clear()
        await asyncio.to_thread(presence, alice, "nobody")
        await two.until(lambda: seen(two, "unavailable", alice))
        assert (await asyncio.to_thread(sight, alice))["seen_by"] == []
        # What an app removes is gone at the portal.
        one.del_roster_item(bob.address)
        await asyncio.to_thread(wait_until, lambda: contacts(alice) == {}, 20, "the end of the contact")
        await leave(one, two)

    run(story())


def test_a_first_message_from_a_stranger_waits_is_read_unseen_and_let_in(member, run):
    alice, mallory = member("shy", devices=1, reach=None), member("stranger", devices=1)

    async def story():
        one, two = deliberate(alice.client()), deliberate(mallory.client())
        await signed_in(one, two)
        two.send_message(alice.address, "Hello, we met at the fair.", mtype="chat")

        def waiting():
            page = alice.browser.get("/requests")
            return page if "Hello, we met at the fair." in page.text else None
        page = await asyncio.to_thread(wait_until, waiting, 20, "the message at the portal")
        # The member is told once, by the server, and of no content.
        await one.until(lambda: any("waits" in message["body"] for message in one.messages), 40)
        assert not any("fair" in message["body"] for message in one.messages) and two.errors == []
        await asyncio.to_thread(alice.browser.submit, page, "/requests/message", do="accept")
        await one.until(lambda: any("fair" in message["body"] for message in one.messages))
        two.send_message(alice.address, "Now it goes at once.", mtype="chat")
        await one.until(lambda: any("at once" in message["body"] for message in one.messages))
        await leave(one, two)

    run(story())
