# SPDX-License-Identifier: AGPL-3.0-or-later
"""What everything that a browser shows is held against: it complains of nothing, fits its window, and is accessible (WCAG 2.2 AA)."""

import pathlib

from axe_playwright_python.sync_playwright import Axe

SHOTS = pathlib.Path(__file__).resolve().parent / "screenshots"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: What the console says when a server's answer is an error: that is for the test to judge.
ANSWERS = "the server responded with a status of"


def is_complaint(message) -> bool:
    """Of what the console says."""
    return message.type in ("error", "warning") and ANSWERS not in message.text


def shot(page, name: str, **options) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", **options)


def misfits(name: str, frame) -> list[str]:
    over = frame.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [f"{name}: {over} px too wide"] if over > 0 else []


def barriers(name: str, frame, rules=RULES) -> list[str]:
    """What axe finds, of all its rules or of those that are named; it brings a script of its own, so the page's policy must be off (`bypass_csp`)."""
    found = Axe().run(frame, options={"runOnly": rules}).response["violations"]
    return [f"{name}: {rule['id']}: {rule['help']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]
