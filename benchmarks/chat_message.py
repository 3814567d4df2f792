#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""From Enter in one member's page to the message standing in another's, against a bare pair of slixmpp clients on the same Prosody.

Pages and pair take turns, message by message; each round gives one ratio. The time in the pages is that of their own scripts: from the
key to the text in the other's conversation. Until the frame after that is drawn, is said apart.

    benchmarks/chat_message.py [--rounds 60]
"""
import statistics
import time
from types import SimpleNamespace

from chat_page import arguments, stage
from measure import milliseconds, report

#: Remembers when which text came to stand in the page: at the change of the page, and after the next frame.
WATCH = """() => {
  window.seen = {};
  new MutationObserver(() => {
    for (const one of document.querySelectorAll("[data-test='message'][data-mine='false'] .bubble")) {
      const text = one.textContent;
      if (!text.startsWith('round ') || window.seen[text]) continue;
      const at = window.seen[text] = { dom: performance.timeOrigin + performance.now() };
      requestAnimationFrame(() => setTimeout(() => { at.painted = performance.timeOrigin + performance.now(); }));
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""
SEND = """(text) => {
  const field = document.querySelector("[data-test='compose']");
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  const begun = performance.timeOrigin + performance.now();
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  return begun;
}"""


def main():
    chosen = arguments(__doc__, rounds=60)
    with stage(chosen.executable) as made:
        alice, bob = made.member("alice"), made.member("bob")
        carol, dan = made.member("carol", devices=1), made.member("dan", devices=1)
        at_alice, at_bob = made.sit(alice), made.sit(bob)
        for page in (at_alice, at_bob):
            page.open_chat().wait_for("online")
        at_alice.start(bob.address).write("Begin").until_sent("Begin")
        at_bob.open(alice.address).until_read("Begin").write("Go on")
        at_alice.until_read("Go on")
        at_bob.frame.evaluate(WATCH)
        one, other = made.apps.sign_in(carol), made.apps.sign_in(dan)
        arrived = {}
        other.client.add_event_handler("message", lambda message: arrived.setdefault(message["body"], time.perf_counter()))

        def bare(text):
            begun = time.perf_counter()
            one.say(dan.address, text)
            other.until_heard(text)
            return arrived[text] - begun

        painted = []

        def pages(text):
            begun = at_alice.frame.evaluate(SEND, text)
            at_bob.frame.wait_for_function("(text) => window.seen[text]?.painted", arg=text)
            seen = at_bob.frame.evaluate("(text) => window.seen[text]", text)
            painted.append((seen["painted"] - begun) / 1000)
            return (seen["dom"] - begun) / 1000

        sides = [SimpleNamespace(name="bare slixmpp pair", costs=[], ask=bare), SimpleNamespace(name="pages, message in the page", costs=[], ask=pages)]
        for number in range(-5, chosen.rounds):
            for side in sides[::1 if number % 2 else -1]:
                took = side.ask(f"round {number} of {side.name}")
                if number >= 0:
                    side.costs.append(took)
        report(f"message sent to seen ({made.which})", sides, sides[0])
        print(f"  until the frame after it is drawn: {milliseconds(painted[5:])}")
        print(f"  pages: {milliseconds(sides[1].costs)}\n  pair:  {milliseconds(sides[0].costs)}")
        print(f"  ratio of the medians: {statistics.median(sides[1].costs) / statistics.median(sides[0].costs):.2f}")


if __name__ == "__main__":
    main()
