# SPDX-License-Identifier: AGPL-3.0-or-later
"""Being let in is one thing, becoming a contact another: a step of its own, with what it reveals said before."""

from looks import barriers, misfits


def test_whoever_was_let_in_is_added_by_a_step_of_its_own_that_says_before_what_they_learn(newcomer, sitting, app):
    gail, hans = newcomer("gail", reach=None), newcomer("hans", devices=1)
    at_gail = sitting(gail, width=320, height=640, bypass_csp=True)
    at_gail.open_chat().wait_for("online")
    phone = app(hans)
    asking = []
    phone.client.add_event_handler("presence_subscribe", lambda presence: asking.append(presence["from"].bare))
    phone.say(gail.address, "Hello, I am the plumber.")
    at_gail.test("requests").click()
    at_gail.test("request", f"[data-address='{hans.address}']").get_by_role("button", name="Accept").click()
    question = at_gail.test("contact-question")
    question.filter(has_text="is not among your contacts").wait_for()
    page = at_gail.page
    focused = "document.activeElement"

    # By keyboard: to the question, into the dialog, out of it again; nobody is asked by that.
    at_gail.test("contact-question-add").focus()
    page.keyboard.press("Enter")
    dialog = at_gail.test("add-contact")
    dialog.wait_for()
    assert "Nothing has been sent so far" in at_gail.frame.evaluate(f"{focused}.textContent"), "a screen reader begins there, not at the button"
    learnt = at_gail.test("lessons").inner_text()
    assert gail.address in learnt and "Not when you are online" in learnt and "when you type" in learnt
    problems = misfits("add to contacts", at_gail.frame) + barriers("add to contacts", at_gail.frame)
    assert problems == []
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert at_gail.frame.evaluate(f"{focused}.dataset.test") == "contact-question-add", "the focus is back where it was"
    assert asking == []

    at_gail.test("contact-add").click()
    at_gail.test("contact-send").click()
    dialog.wait_for(state="detached")
    phone.apps.wait(phone.client.until(lambda: asking == [gail.address], 20), 21)
    at_gail.test("contact-add").wait_for(state="hidden")  # they are on the list now
    assert question.count() == 0
    assert at_gail.frame.evaluate(f"{focused}.dataset.test") == "compose"

    # Who shows more is told so; who cannot be asked, why.
    gail.browser.submit(gail.browser.get("/privacy"), "/privacy", presence="contacts")
    stranger = newcomer("ines")
    at_gail.start(stranger.address).test("contact-add").click()
    learnt_too = at_gail.test("lessons").inner_text()
    assert "When you are online, once they have accepted" in learnt_too
    assert "learns your network address" in learnt_too, "before anybody is a contact"
    page.keyboard.press("Escape")
    gone = newcomer("jo", chat=False)
    at_gail.start(f"xmpp:{gone.address}").test("contact-add").click()
    at_gail.test("add-contact").filter(has_text="has no chat").wait_for()
    assert at_gail.test("contact-send").count() == 0
