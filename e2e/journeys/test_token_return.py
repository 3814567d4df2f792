# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tokens of the home server are revoked when they are out of use, and not only forgotten."""

import time

from people import new_member
from standing import account, hint, ledger, live_tokens, wait_standing
from trial import wait_until

REVOKE = "POST /oauth/revoke"


def test_deleting_an_account_here_revokes_its_token_there(trial, member):
    somebody, other = member("leaver", devices=1), member("stayer", devices=1)
    assert live_tokens(trial, somebody) == 1

    def waiting():
        with ledger(trial) as database:
            return set(database.execute("SELECT * FROM token_returns WHERE since >= ?", (begun,)))

    begun = int(time.time())
    trial.trunkline("accounts", "delete", somebody.name, "--yes")
    wait_until(lambda: live_tokens(trial, somebody) == 0, 10, "the token being dead")
    assert live_tokens(trial, other) == 1 and other.browser.is_signed_in
    # What other tests have left may wait longer: for a home server that is down, or until a report's permission is over.
    wait_until(lambda: not waiting(), 10, "nothing being left to return")


def test_a_home_server_that_is_down_is_told_later_whatever_happens_to_the_daemon(own_trial):
    own_trial.start()
    somebody = new_member(own_trial, "leaver", devices=1)
    own_trial.sandbox("POST", "/sandbox/faults", json={"endpoint": REVOKE, "kind": "status", "status": 503})
    own_trial.trunkline("accounts", "delete", somebody.name, "--yes")
    tries = lambda: own_trial.sandbox("GET", "/sandbox/counters").json().get(REVOKE, 0)  # noqa: E731
    wait_until(tries, 20, "a first try")

    def attempts():
        with ledger(own_trial) as database:
            return database.execute("SELECT attempts, due_at - since FROM token_returns").fetchall()

    wait_until(lambda: [row[0] for row in attempts()] == [1], 20, "the try having been in vain")
    assert attempts()[0][1] >= 60 and live_tokens(own_trial, somebody) == 1
    own_trial.restart_child("daemon")
    assert len(attempts()) == 1, "and nothing is forgotten"
    own_trial.sandbox("DELETE", "/sandbox/faults")
    with ledger(own_trial) as database:
        database.execute("UPDATE token_returns SET due_at = 0")
    wait_until(lambda: live_tokens(own_trial, somebody) == 0, 20, "the token being dead")
    wait_until(lambda: attempts() == [], 5, "the note being gone")


def test_signing_out_everywhere_keeps_the_token_since_it_shows_who_is_frozen(trial, member):
    somebody = member("everywhere", devices=1)
    page = somebody.browser.get("/sign-out-everywhere")
    assert somebody.browser.submit(page, "/sign-out-everywhere").path == "/signed-out"
    somebody.at_home("freeze")
    hint(trial, somebody)
    wait_standing(trial, somebody, "frozen")
    somebody.at_home("unfreeze")
    hint(trial, somebody)
    wait_standing(trial, somebody, "active")
    assert live_tokens(trial, somebody) == 1 and account(trial, somebody)["state"] == "active"
