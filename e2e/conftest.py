# SPDX-License-Identifier: AGPL-3.0-or-later
"""What all tests with real engines share: one trial for the session, and trials of one's own for the rough ones."""

import os
import pathlib
import shutil

import pytest

from own_network import enter_own_network
from trial import Trial, free_offset, new_state


#: Files that take longest: with several processes they begin first, so that none is left over at the end.
LONGEST = [
    "webcalls/test_many_web_calls.py", "webcalls/test_browser_calls.py",
    "pages/test_pages.py", "journeys/test_outages.py", "journeys/test_home_server.py", "pages/test_people_pages.py",
    "journeys/test_names.py", "journeys/test_lifecycle.py", "web/test_chat_outages.py", "webcalls/test_web_paths.py",
    "journeys/test_many_people.py",
    "sip/test_restart.py", "sip/test_limits.py", "sip/test_vanished.py", "calls/test_vanished_phones.py", "test_trial.py",
]
#: Folders whose tests make networks of several hosts.
WITH_HOSTS = ("calls", "media", "webcalls")


def pytest_configure(config):
    config.addinivalue_line("markers", "alone: measures time, so that nothing else may run beside it")
    if hasattr(config, "workerinput"):  # one of several processes, which share nothing then but the disk
        enter_own_network()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    here = pathlib.Path(__file__).parent
    if os.geteuid() != 0:
        for item in items:
            if item.path.relative_to(here).parts[0] in WITH_HOSTS:
                item.add_marker(pytest.mark.skip(reason="network namespaces need root"))
    if hasattr(config, "workerinput"):
        places = {name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(item.path.relative_to(here).as_posix(), len(places)))


@pytest.fixture(scope="session")
def trial():
    """The session's trial. Tests leave it running and in order; who must not, takes `own_trial`."""
    folder = new_state("e2e")
    trial = Trial(state=folder / "state", offset=free_offset())
    try:
        yield trial.start()
    finally:
        trial.destroy()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_trial():
    """A trial for this test alone, not started yet."""
    folder = new_state("own")
    trial = Trial(state=folder / "state", offset=free_offset(near=10_000))
    try:
        yield trial
    finally:
        trial.destroy()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def make_trial():
    """Makes trials, not started yet, that live as long as the module's tests."""
    made = []

    def make(name: str) -> Trial:
        folder = new_state(name)
        made.append((folder, Trial(state=folder / "state", offset=free_offset(near=15_000))))
        return made[-1][1]

    yield make
    for folder, trial in made:
        trial.destroy()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def chromium():
    """A browser. It ends with the module: as long as Playwright runs, its loop is in the way of asyncio.run in other tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the ends of the logs: that is where the reason stands."""
    outcome = yield
    report = outcome.get_result()
    if report.when not in ("call", "teardown") or not report.failed:
        return
    # Fixtures judge after the test, and one trial may be there under two names.
    for used in {id(one): one for one in item.funcargs.values() if isinstance(one, Trial)}.values():
        if used.said:
            report.sections.append(("what the trial said", used.said))
        for log in sorted((used.state / "logs").glob("*.log")):
            text = log.read_text(errors="replace").splitlines()[-25:]
            report.sections.append((f"end of {log.name}", "\n".join(text)))
