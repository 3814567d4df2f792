# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody sends who means harm stays text: nothing runs, nothing is fetched, nothing is believed that they may not say."""

from hostile import FILES, FORGED, HUGE, MARKUP, ODD, TRICKS, body, forgeries

#: Characters that must not reach the page from a message: they turn text round, or cannot be seen.
UNSEEN = "[\\u202a-\\u202e\\u2066-\\u2069\\u200b\\u2060\\ufeff\\u2028]|[\\u{e0041}-\\u{e0043}]"

LOOK = """(unseen) => ({
  harmed: window.harmed ?? null,
  links: [...document.querySelectorAll('*')]
    .filter((one) => !one.closest('head'))
    .flatMap((one) => [...one.attributes].map((a) => [one.localName, a.name, a.value]))
    .filter(([, name]) => ['href', 'src', 'action', 'srcdoc', 'xlink:href'].includes(name)),
  elements: [...new Set([...document.body.querySelectorAll('*')].map((one) => one.localName))],
  forms: document.querySelectorAll('form[action]').length,
  handlers: [...document.querySelectorAll('*')].flatMap((one) => [...one.attributes].filter((a) => a.name.startsWith('on')).map((a) => a.name)),
  unseen: document.body.innerText.match(new RegExp(unseen, 'u'))?.index ?? null,
  wide: document.documentElement.scrollWidth - innerWidth,
  rel: [...document.querySelectorAll('a[target=_blank]')].every((one) => one.relList.contains('noopener')),
})"""


def test_whatever_a_stranger_sends_is_text(trial, newcomer, sitting, app):
    alice, mallory, other = newcomer("alice"), newcomer("mallory", devices=1), newcomer("other")
    at_alice, villain = sitting(alice), app(mallory)
    at_alice.open_chat().wait_for("online")
    asked = []
    at_alice.context.on("request", lambda request: asked.append(request.url))

    villain.say(alice.address, "Begin")
    at_alice.open(mallory.address).until_read("Begin").write("My own words").until_sent("My own words")
    for text in [*MARKUP, *TRICKS, HUGE]:
        villain.send_raw(body(text).replace("{to}", alice.address))
    for stanza in [*FILES, *forgeries(alice.address, other.address), *ODD]:
        villain.send_raw(stanza.replace("{to}", alice.address))
    villain.send_raw(f"<message to='{alice.address}' type='chat' id='last'><body>The very last words</body></message>")
    at_alice.until_read("The very last words", seconds=40)

    seen = at_alice.frame.evaluate(LOOK, UNSEEN)
    assert seen["harmed"] is None and at_alice.page.evaluate("window.harmed ?? null") is None
    assert seen["handlers"] == [] and seen["unseen"] is None and seen["wide"] <= 0 and seen["rel"]
    assert not {"script", "iframe", "object", "embed", "base", "style"} & set(seen["elements"]), seen["elements"]
    assert seen["forms"] == 0
    for element, name, value in seen["links"]:
        assert value.startswith(("https://", "http://", "/", "#", "blob:https://chat.")), (element, name, value)
        assert "@" not in value.split("//", 1)[-1].split("/")[0], (element, name, value)
    assert [url for url in asked if ".localhost:" not in url] == []
    page = at_alice.in_frame("body").inner_text()
    assert FORGED not in page and "<script>window.harmed=1" in page
    assert "My own words" in at_alice.texts()
    assert at_alice.phase == "online"
    # Nor does any of it harm what comes from the archive, the list, the search, or the page around.
    at_alice.page.reload()
    at_alice.open_chat().wait_for("online").open(mallory.address).until_read("The very last words")
    again = at_alice.frame.evaluate(LOOK, UNSEEN)
    assert again["harmed"] is None and again["unseen"] is None and again["wide"] <= 0
    at_alice.to_list().test("search").fill("huge")
    at_alice.test("found").first.wait_for()
    at_alice.test("search").fill("")
    assert at_alice.conversation(other.address).count() == 0
    at_alice.open(mallory.address).write("Still here").until_sent("Still here")
    villain.until_heard("Still here")
