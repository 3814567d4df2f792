# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls in the home server's page: the whole trial on one host of a network, each browser and phone on another.

    def test_something(caller, callee):           # two members at browsers of their own, ready to call and be called; the same
                                                  # ones for all tests of a file
        caller.call(callee.address)
        callee.until_ringing(caller.address).answer()
        talk(caller, callee)

The tests themselves run on the trial's host, so that all that asks a trial by its loopback does so here, too.
"""

import contextlib
import pathlib
import sys
from itertools import count

import pytest
import requests

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE)]
sys.path += [str(HERE.parent / name) for name in ("journeys", "prosody", "web", "calls")]

from call_page import CallPage  # noqa: E402
from house import Door, house_in, new_caller, phone_device, relay_certificate, trial_in  # noqa: E402
from namespaces import Network  # noqa: E402
from place import Place  # noqa: E402
from rtpengine_engine import MediaNumbers  # noqa: E402
from softphone import Phone, wait_for  # noqa: E402

numbers = count()


@pytest.fixture(scope="session")
def network():
    with Network() as made:
        yield made


@pytest.fixture(scope="session")
def house(network):
    with house_in(network) as host:
        yield host


@pytest.fixture(scope="session")
def running_trial(house):
    with trial_in(house) as trial:
        yield trial


@pytest.fixture(scope="module")
def trial(house, running_trial):
    """One for all files of a process; a file's tests are on its host meanwhile."""
    with house.entered():
        yield running_trial


@pytest.fixture(scope="module")
def playwright(trial):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def new_place(network, house, trial, playwright):
    """Makes places, which last as long as the file's tests."""
    made = []

    def make(role: str = "home", **devices) -> Place:
        made.append(Place(network, role, house.address))
        return made[-1].start_browser(playwright, trial.state.parent, relay_certificate(trial), **devices)

    yield make
    for place in made:
        with contextlib.suppress(Exception):
            place.end()


@pytest.fixture(scope="module")
def homes(new_place):
    """Two of them: one for who calls, one for who is called."""
    return new_place(), new_place()


@pytest.fixture
def newcomer(trial):
    """Makes members whom nobody else's test knows, with chat and calls on, whom everybody may reach."""
    return lambda *given, **named: new_caller(trial, *given, **named)


@pytest.fixture
def sitting(homes):
    """Sits members down at browsers of their own, ready for calls: `sitting(member, homes[1])`. After the test nobody's page may have
    complained."""
    opened = []

    def sit(member, place=None, is_ready=True, **options) -> CallPage:
        opened.append(CallPage(member.trial, place or homes[0], member, **options))
        opened[-1].sign_in()
        return opened[-1].ready() if is_ready else opened[-1]

    yield sit
    problems = [problem for page in opened for problem in page.problems()]
    for page in opened:
        page.context.close()
    assert problems == []


@pytest.fixture(scope="module")
def seats(trial, homes):
    """Who calls and who is called in most tests of a file: two members whose pages stay open."""
    pages = [CallPage(trial, home, new_caller(trial, stem)) for home, stem in zip(homes, ("caller", "callee"))]
    for page in pages:
        page.sign_in().ready()
    yield pages
    for page in pages:
        page.context.close()


@pytest.fixture
def seated(request, seats, homes):
    """Both, as they are at first; after the test every network is as it was."""
    yield seats
    for home in homes:
        home.mend()
    for page in seats:
        page.as_new()
    problems = [problem for page in seats for problem in page.problems(forget=True)]
    assert problems == []


@pytest.fixture
def caller(seated):
    return seated[0]


@pytest.fixture
def callee(seated):
    return seated[1]


class Left:
    """What of calls there is on the trial's host."""

    def __init__(self, trial, house):
        self.trial, self.media = trial, MediaNumbers(house, trial.port("rtpengine_http"))
        self.headers = {"X-Trunkline-Token": (trial.state / "secrets/sip-control.token").read_text().strip()}

    def dialogs(self) -> int:
        status = requests.get(f"http://127.0.0.1:{self.trial.port('sip_control')}/status", headers=self.headers, timeout=20).json()
        return status["calls"] + status["ringing"]

    def ports(self) -> int:
        return self.media.open_ports(*self.trial.report["port_ranges"]["media"])

    def anything(self) -> dict:
        found = {"dialogs": self.dialogs(), "sessions": self.media.sessions(), "ports": self.ports()}
        return {name: count for name, count in found.items() if count}


@pytest.fixture
def left(trial, house):
    return Left(trial, house)


@pytest.fixture
def nothing_left(left):
    """When the test has ended its calls, and before anybody's page is closed: neither dialog nor media session nor port is there."""
    yield
    wait_for(lambda: not left.anything(), 20, lambda: f"the end of {left.anything()}")


@pytest.fixture
def phone(network, house, trial):
    """Starts baresip for a member, on a host of its own, and sees that it is registered: `phone(member)`."""
    started = []

    def make(member, transport="tls") -> Phone:
        device = phone_device(member)
        host = network.host("phone", 150 + next(numbers) % 100)
        started.append((Phone(host, trial.state.parent, Door(trial, house), device, transport, trial.ca), host))
        return started[-1][0].start().registered()

    yield make
    for one, host in started:
        with contextlib.suppress(Exception):
            one.stop()
        network.forget(host)
