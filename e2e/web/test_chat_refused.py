# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a server has refused is never shown as sent."""


def test_a_refused_message_is_failed_after_a_reload_too_and_can_be_tried_again_or_deleted(newcomer, sitting, app):
    alice, bob = newcomer("alice", devices=1), newcomer("bob")
    at_alice, at_bob = sitting(alice), sitting(bob)
    at_bob.open_chat().wait_for("online")
    at_alice.open_chat().wait_for("online").start(bob.address).write("Before").until_sent("Before")
    # Another of alice's devices blocks bob (XEP-0191): from then on her own server refuses what she writes to him.
    phone = app(alice)
    phone.send_raw(f"<iq type='set' id='block'><block xmlns='urn:xmpp:blocking'><item jid='{bob.address}'/></block></iq>")
    for text in ("First refused", "Second refused"):
        at_alice.write(text)
        at_alice.messages(text, mine=True, state="failed").wait_for()

    def reloaded():
        at_alice.page.reload()
        at_alice.open_chat().wait_for("online").open(bob.address)

    reloaded()
    at_alice.messages("Before", mine=True, state="sent").wait_for()
    for text in ("First refused", "Second refused"):
        failed = at_alice.messages(text, mine=True, state="failed")
        failed.filter(has_text="You have blocked this person").wait_for()
        assert failed.count() == 1
    at_alice.messages("First refused").get_by_role("button", name="Delete").click()
    at_alice.messages("First refused").wait_for(state="detached")
    phone.send_raw(f"<iq type='set' id='unblock'><unblock xmlns='urn:xmpp:blocking'><item jid='{bob.address}'/></unblock></iq>")
    at_alice.messages("Second refused").get_by_role("button", name="Try again").click()
    at_alice.until_sent("Second refused")
    at_bob.open(alice.address).until_read("Second refused")
    reloaded()
    at_alice.until_sent("Second refused")
    assert at_alice.texts() == ["Before", "Second refused"]
    assert at_bob.texts() == ["Before", "Second refused"]
