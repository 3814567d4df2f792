# SPDX-License-Identifier: AGPL-3.0-or-later
"""Firefox in the home server's page: chat, and calls with Chromium and a softphone. It hides its addresses until the microphone is open, and
answers without a way back in its description: what a media relay makes of that only shows with the real one."""

import pytest
from call_page import talk
from firefox_page import FirefoxPage
from softphone import wait_for


@pytest.fixture(scope="module")
def fox(trial, house, network, request):
    from house import new_caller

    host = network.host("fox", 240)
    host.name_hosts(server=house.address)
    page = FirefoxPage(trial, host, new_caller(trial, "fox"), trial.state.parent)
    try:
        yield page.ready()
    finally:
        page.end()
        network.forget(host)


def both_hear(fox, chromium):
    chromium.until_flowing()
    fox.until_flowing()


def hung_up(fox, chromium):
    chromium.press("hang-up").until_no_call()
    fox.until_phase("ended").press("dismiss-call")


def test_messages_go_both_ways(fox, caller):
    caller.start(fox.account.address).write("from Chromium")
    fox.open(caller.address).until_read("from Chromium").write("from Firefox")
    caller.until_read("from Firefox")


@pytest.mark.parametrize("number", range(5))
def test_firefox_answers_and_both_hear_each_other_each_time(fox, caller, nothing_left, number):
    caller.call(fox.account.address)
    fox.press("answer")
    both_hear(fox, caller)
    hung_up(fox, caller)


def test_firefox_calls_with_pictures_holds_and_goes_on(fox, caller, nothing_left):
    fox.press("call")
    caller.until_ringing(fox.account.address).answer()
    both_hear(fox, caller)
    fox.press("camera")
    caller.until_flowing("video", ways=("received",))
    caller.press("camera")
    fox.until_flowing("video")
    fox.press("hold")
    caller.until_said("has put you on hold")
    fox.press("hold")
    both_hear(fox, caller)
    caller.press("hold")
    fox.until_said("has put you on hold")
    caller.press("hold")
    both_hear(fox, caller)
    hung_up(fox, caller)
