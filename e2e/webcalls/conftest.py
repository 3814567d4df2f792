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
import os
import pathlib
import shutil
import sys
from itertools import count

import pytest
import requests

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE)]
sys.path += [str(HERE.parent / name) for name in ("journeys", "prosody", "web", "calls")]

from call_page import CallPage  # noqa: E402
from name_server import NameServer  # noqa: E402
from namespaces import Network  # noqa: E402
from people import Device, new_member  # noqa: E402
from place import Place  # noqa: E402
from rtpengine_engine import MediaNumbers  # noqa: E402
from softphone import Phone, wait_for  # noqa: E402
from trial import Trial, new_state  # noqa: E402

NAME = "trial.home.arpa"
OFFSET = 20_000
numbers = count()


def pytest_collection_modifyitems(items):
    if os.geteuid() == 0:
        return
    for item in items:
        if HERE in pathlib.Path(item.path).parents:
            item.add_marker(pytest.mark.skip(reason="network namespaces need root"))


@pytest.fixture(scope="session")
def network():
    made = Network()
    try:
        yield made
    finally:
        made.destroy()


@pytest.fixture(scope="session")
def house(network):
    """The trial's host."""
    host = network.host("house", 1)
    host.name_hosts(f"{host.address} " + " ".join([NAME, *(f"{part}.{NAME}" for part in ("chat", "upload", "rooms"))]))
    names = host.within(lambda: NameServer(host.address, host.address, 53))
    yield host
    names.close()


@pytest.fixture(scope="session")
def running_trial(house):
    folder = new_state("calls")
    trial = Trial(state=folder / "state", offset=OFFSET, wrapper=house.entrance, arguments=("--lan", NAME))
    try:
        yield trial.start()
    finally:
        trial.destroy()
        shutil.rmtree(folder, ignore_errors=True)


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

    def make(role: str = "home") -> Place:
        made.append(Place(network, role, house.address))
        return made[-1].start_browser(playwright, trial.state.parent, trial.state / "tls/coturn/chain.pem")

    yield make
    for place in made:
        with contextlib.suppress(Exception):
            place.end()


@pytest.fixture(scope="module")
def homes(new_place):
    """Two of them: one for who calls, one for who is called."""
    return new_place(), new_place()


def new_caller(trial, stem="caller", reach: str | None = "everyone"):
    member = new_member(trial, stem, reach=None)
    member.switch(True, "calls")
    if reach:
        member.reached_by(reach)
    return member


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


class Door:
    """What a softphone needs to know of the trial."""

    def __init__(self, trial, host):
        self.host, self.domain = host, trial.domain
        self.port, self.tls_port = trial.port("sip"), trial.port("sip_tls")


@pytest.fixture
def phone(network, house, trial):
    """Starts baresip for a member, on a host of its own, and sees that it is registered: `phone(member)`."""
    started = []

    def make(member, transport="tls") -> Phone:
        before = member.listed()
        password = member.add_page("Phone", chat=None, calls="baresip").outputs["password-calls"]
        device = Device(member, (set(member.listed()) - set(before)).pop(), "Phone", password)
        host = network.host("phone", 150 + next(numbers) % 100)
        started.append((Phone(host, trial.state.parent, Door(trial, house), device, transport, trial.ca), host))
        return started[-1][0].start().registered()

    yield make
    for one, host in started:
        with contextlib.suppress(Exception):
            one.stop()
        network.forget(host)
