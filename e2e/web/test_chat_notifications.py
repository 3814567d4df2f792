# SPDX-License-Identifier: AGPL-3.0-or-later
"""Notifications of the desktop: asked for by the member, one for each message, in tabs of chat's own (browsers let frames show none)."""

#: Notes what the browser is given to show; it is shown all the same.
NOTING = """(() => {
  window.told = [];
  window.Notification = class extends window.Notification {
    constructor(title, options) { super(title, options); window.told.push(this); }
  };
})()"""
MUTED = """async (address) => (await (await fetch(`/api/v1/people?search=${encodeURIComponent(address)}`)).json()).people.some(({ muted }) => muted)"""


def test_one_notification_for_a_message_in_three_tabs_and_none_of_what_is_looked_at_or_muted(trial, newcomer, sitting, app):
    alice, bob, loud = newcomer("alice"), newcomer("bob", devices=1), newcomer("loud", devices=1)
    for relation in ("follows", "mutes"):
        trial.sandbox("PUT", f"/sandbox/members/{alice.name}/{relation}/{loud.name}")
    alice.sign_in()  # by which the portal learns whom she has muted
    at_alice = sitting(alice)
    at_alice.context.add_init_script(NOTING)
    at_alice.context.grant_permissions(["notifications"], origin=trial.url("portal", ""))
    at_alice.open_chat().wait_for("online")  # its sign-in is that of the tabs, too
    tabs = [at_alice.context.new_page() for _ in range(3)]
    for tab in tabs:
        tab.goto(trial.url("portal", "/client"))
        tab.locator("[data-test='status'][data-phase='online']").wait_for(state="attached")
    tabs[0].wait_for_function(MUTED, arg=loud.address)
    at_alice.page.goto("about:blank")  # from now on one of the three leads

    def told() -> list[str]:
        return [one for tab in tabs for one in tab.evaluate("window.told.map(({ body }) => body)")]

    def until_told(expected: list[str]):
        for _ in range(200):
            if len(told()) >= len(expected):
                break
            tabs[0].wait_for_timeout(50)
        assert told() == expected

    def said(phone, text: str):
        """Until it stands in all three."""
        phone.say(alice.address, text)
        for tab in tabs:
            tab.locator(f"[data-test='conversation'][data-address='{phone.address}']").filter(has_text=text).wait_for()

    phone, muted = app(bob), app(loud)
    said(phone, "Nobody has asked for it")
    assert told() == []
    tabs[1].get_by_role("button", name="Menu").click()
    tabs[1].get_by_role("menuitem", name="Notify me of new messages").click()
    tabs[1].get_by_text("Your browser tells you of new messages from now on.").wait_for()
    said(muted, "Look here!")
    said(phone, "Dinner is ready")
    until_told(["Dinner is ready"])

    # A click leads to the conversation, and from then on it is looked at.
    teller = next(tab for tab in tabs if tab.evaluate("window.told.length"))
    teller.evaluate("window.told.at(-1).dispatchEvent(new Event('click'))")
    teller.locator("[data-test='message']").filter(has_text="Dinner is ready").wait_for()
    said(phone, "It is getting cold")
    teller.locator("[data-test='message']").filter(has_text="It is getting cold").wait_for()
    teller.keyboard.press("Escape")  # back to the list: nobody looks at it any more
    said(muted, "Look here, again!")
    said(phone, "Come back")
    until_told(["Dinner is ready", "Come back"])
