# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fifty calls in a row: nothing of them is left, neither on the server nor in the pages."""

CALLS = 50
#: What a page may hold more after fifty calls than after ten, in MB: traces of one call alone are more than that, times forty.
GROWTH = 6


def held(page) -> dict:
    """What the page's process counts, once the garbage of calls is gone."""
    session = page.context.new_cdp_session(page.page)
    session.send("HeapProfiler.enable")
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    counted = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return {"listeners": counted["JSEventListeners"], "nodes": counted["Nodes"], "heap": counted["JSHeapUsedSize"] / 1e6}


def counts_what_the_client_keeps(page):
    """Else it would be another process, or too coarse: what is kept in the client's own frame is seen, and its end, too."""
    before = held(page)
    page.frame.evaluate("""() => {
      globalThis.kept = Array.from({ length: 100 }, () => { const one = () => {}; addEventListener("kept", one); return one; });
      kept.traces = Array.from({ length: 500_000 }, () => ({}));
    }""")
    grown = held(page)
    page.frame.evaluate("() => { for (const one of kept) removeEventListener('kept', one); delete globalThis.kept; }")
    after = held(page)
    assert grown["listeners"] >= before["listeners"] + 100 and grown["heap"] >= before["heap"] + GROWTH, (before, grown)
    assert after["listeners"] <= before["listeners"] + 20 and after["heap"] <= before["heap"] + GROWTH, (before, after)


def test_fifty_calls_leave_nothing_behind(caller, callee, left, nothing_left):
    after_ten = None
    counts_what_the_client_keeps(caller)
    caller.start(callee.address)
    for number in range(CALLS):
        caller.test("call").first.click()
        callee.until_ringing(caller.address)
        if number % 5 == 4:  # declined; the others are answered
            callee.press("decline")
            caller.until_ended("declined")
        else:
            callee.answer()
            caller.until_phase("talking")
            caller.press("hang-up").until_ended("hung-up")
        callee.until_no_call()
        caller.press("call-back-to-chat")
        if number == 9:
            after_ten = [held(one) for one in (caller, callee)]
    for one, before in zip((caller, callee), after_ten):
        now = held(one)
        assert one.probe("open") == 0
        assert now["listeners"] <= before["listeners"] + 20, (before, now)
        assert now["heap"] <= before["heap"] + GROWTH, (before, now)
