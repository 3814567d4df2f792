# SPDX-License-Identifier: AGPL-3.0-or-later
"""A thousand contacts at once, with the daemon killed and Prosody restarted on the way: all are asked, each once in the list."""

import signal
import time

from engines import Hands
from people import new_member
from trial import wait_until

MANY = 1_000


def test_a_thousand_are_asked_although_daemon_and_prosody_go_away_on_the_way(own_trial):
    own_trial.start()
    alice = new_member(own_trial, "sociable", devices=1)
    bob = new_member(own_trial, "asked", devices=1)
    people = [f"p{number}@nowhere.example" for number in range(MANY - 1)] + [bob.address]
    begun = alice.browser.api("POST", "/api/v1/contacts", {"addresses": people})
    assert begun.status_code == 202, begun.text
    batch = begun.json()
    assert (batch["total"], batch["failed"]) == (MANY, [])

    def progress() -> dict:
        time.sleep(0.2)  # asked again and again: no faster than a member may
        return alice.browser.api("GET", f"/api/v1/contacts/batches/{batch['id']}").json()

    with Hands(own_trial) as hands:
        wait_until(lambda: 50 < progress().get("done", 0), 60, "the first of them being asked")
        hands.stop("daemon", signal.SIGKILL)
        hands.start("daemon")
        before = wait_until(lambda: (now := progress()).get("done") and now, 60, "the daemon")
        assert before["done"] > 50, "what was done is remembered"
        hands.stop("prosody")
        hands.start("prosody")
        done = wait_until(lambda: (now := progress()).get("waiting") == 0 and now, 240, "all being asked")
        assert (done["done"], done["failed"]) == (MANY, [])

        def listed() -> int:
            time.sleep(0.5)
            return len(alice.browser.api("GET", "/api/v1/contacts").json()["contacts"])

        wait_until(lambda: listed() == MANY, 60, "the list")
        asking = bob.browser.api("GET", "/api/v1/contacts").json()["asking"]
        assert [one["address"] for one in asking] == [alice.address], "stands there once"
