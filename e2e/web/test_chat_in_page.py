# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member opens the home server's page and talks: no other login, no app, no address to learn."""

import re

from people import DOMAIN


def test_two_members_talk_in_the_page_and_the_phone_of_one_hears_both(newcomer, sitting, app):
    alice, bob = newcomer("alice", chat=False), newcomer("bob")
    at_alice, at_bob = sitting(alice), sitting(bob)
    at_bob.open_chat().wait_for("online")
    at_alice.open_chat().switch_on()
    alice.sign_in()
    phone = app(alice, alice.add_device("Phone"))

    at_alice.start(f"@{bob.name}@{DOMAIN}").write("Hello from the page").until_sent("Hello from the page")
    at_bob.open(alice.address).until_read("Hello from the page")
    at_bob.write("And hello to you").until_sent("And hello to you")
    at_alice.until_read("And hello to you")
    phone.until_said("Hello from the page")
    phone.until_heard("And hello to you")
    phone.say(bob.address, "From the train")
    at_bob.until_read("From the train")
    at_alice.until_sent("From the train")

    said = ["Hello from the page", "And hello to you", "From the train"]
    for one, other in ((at_alice, bob), (at_bob, alice)):
        one.page.reload()
        one.open_chat().wait_for("online").open(other.address)
        one.messages("From the train").first.wait_for()
        assert one.texts() == said, one.member
    assert phone.history(bob.address) == said


def test_what_is_unread_stands_at_chat_in_the_navigation_before_anybody_has_clicked(newcomer, sitting, app):
    carol, dan = newcomer("carol", devices=1), newcomer("dan")
    at_dan = sitting(dan)
    at_dan.open_chat().wait_for("online")
    at_dan.entry.click()  # closes it
    phone = app(carol)
    phone.say(dan.address, "Are you there?")
    badge = at_dan.entry.locator("[data-trunkline-badge]")
    badge.filter(has_text=re.compile("^1$")).wait_for()
    at_dan.page.reload()
    badge.filter(has_text=re.compile("^1$")).wait_for()
    assert "one unread" in at_dan.entry.get_attribute("aria-label")
    at_dan.open_chat().open(carol.address).until_read("Are you there?")
    badge.wait_for(state="hidden")


def test_a_stranger_who_waits_is_reported_on_the_portals_own_page(newcomer, sitting, app):
    gail, hans = newcomer("gail", reach=None), newcomer("hans", devices=1)
    at_gail = sitting(gail)
    at_gail.open_chat().wait_for("online")
    app(hans).say(gail.address, "You have won a bicycle.")
    at_gail.test("requests").click()
    with at_gail.context.expect_page() as tab:
        at_gail.test("request", f"[data-address='{hans.address}']").get_by_role("link", name="Report").click()
    tab.value.get_by_role("heading", name="Report to the moderators").wait_for()
    assert hans.address in tab.value.inner_text("main") and tab.value.get_by_role("button", name="Go on at").is_visible()


def test_contacts_see_each_other_type_and_read_and_strangers_do_not(newcomer, sitting, app):
    erin, frank = newcomer("erin", devices=1), newcomer("frank")
    at_erin, at_frank = sitting(erin), sitting(frank)
    at_frank.open_chat().wait_for("online")
    at_erin.open_chat().wait_for("online").start(frank.address).write("See you at four")
    at_frank.open(erin.address).until_read("See you at four")
    app(erin).ask(frank.address)
    at_frank.to_list().test("requests").click()
    at_frank.test("request", f"[data-address='{erin.address}']").get_by_role("button").first.click()
    # What a stranger has read is not told, so the first message is still no more than sent.
    assert at_erin.messages("See you at four", mine=True).first.get_attribute("data-state") == "sent"
    at_frank.open(erin.address)
    at_erin.write("By train").until_sent("By train", "read")
    at_erin.test("compose").press_sequentially("Hm")
    at_frank.in_frame(".typing").filter(has_text="typing").first.wait_for()
    at_erin.test("compose").fill("")
    at_erin.test("compose").press("ArrowUp")
    at_erin.write("By bus")
    at_frank.until_read("By bus")
    assert at_frank.texts() == at_erin.texts() == ["See you at four", "By bus"]
