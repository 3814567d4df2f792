# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may ring a browser, and what ends a call that rings or goes on: reach, blocks, a revoked browser."""

import pytest
from call_page import talk
from trial import wait_until

#: What somebody reads who may not call, and who calls somebody whom nobody can reach just now.
NOTHING_TOLD = "unavailable"
#: What somebody reads whose call has rung in vain, whatever it was that stopped the ringing.
RANG_IN_VAIN = "no-answer"


@pytest.fixture(autouse=True)
def judged(caller, callee, nothing_left):
    """While their pages are still open."""


@pytest.fixture
def blocks(trial, caller, callee):
    """Has the called one block who calls, at the home server; lifted afterwards."""
    path = f"/sandbox/members/{callee.account.name}/blocks/{caller.account.name}"

    def block(method="PUT"):
        trial.sandbox(method, path)
        callee.account.sign_in()  # which has the home server asked
    yield block
    block("DELETE")


def in_call(caller, callee):
    caller.call(callee.address)
    callee.until_ringing(caller.address).answer()
    talk(caller, callee)


def test_who_is_out_of_reach_reads_what_everybody_reads_of_who_is_not_there(caller, callee, newcomer):
    absent = newcomer("absent")
    caller.dial(absent.address).until_ended(NOTHING_TOLD).press("dismiss-call")
    callee.account.reached_by("everyone", calls="contacts")
    try:
        caller.call(callee.address).until_ended(NOTHING_TOLD)
        assert not callee.test("incoming").count()
    finally:
        callee.account.reached_by("everyone")


def test_a_block_ends_what_rings_and_what_goes_on(caller, callee, blocks):
    caller.call(callee.address)
    callee.until_ringing(caller.address)
    blocks()
    callee.until_quiet()
    caller.until_ended(RANG_IN_VAIN).press("dismiss-call")
    blocks("DELETE")

    def rings():
        caller.call(callee.address).until_phase("ringing|ended")
        return caller.shown("phase") == "ringing"

    wait_until(rings, 20, "calls being possible again")
    callee.until_ringing(caller.address).answer()
    talk(caller, callee)
    blocks()
    callee.until_ended("they-hung-up")
    caller.until_ended("they-hung-up")


@pytest.mark.parametrize("when", ["ringing", "talking"])
def test_a_browser_that_is_signed_out_rings_no_more_and_is_in_no_call(trial, caller, sitting, newcomer, homes, when):
    member = newcomer("revoked")
    theirs = sitting(member, homes[1])
    caller.dial(member.address)
    theirs.until_ringing(caller.address)
    if when == "talking":
        theirs.answer()
        talk(caller, theirs)
    browser, = [device for device in member.listed()]
    member.browser.submit(member.browser.get(f"/devices/{browser}/remove"), f"/devices/{browser}/remove")
    caller.until_ended("they-hung-up" if when == "talking" else RANG_IN_VAIN)
    theirs.until_no_call()
    theirs.until_quiet()
