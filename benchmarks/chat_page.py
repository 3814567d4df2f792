# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the benchmarks of the client in the page share: a trial, a browser, members who sit in it."""
import argparse
import contextlib
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "e2e"), str(ROOT / "e2e/web"), str(ROOT / "e2e/journeys"), str(ROOT / "e2e/prosody")]

from playwright.sync_api import sync_playwright  # noqa: E402
from chat_app import AppLoop  # noqa: E402
from mastodon_page import MastodonPage  # noqa: E402
from people import new_member  # noqa: E402
from trial import EXECUTABLE, Trial, free_offset, new_state  # noqa: E402


class Stage:
    def __init__(self, trial, browser):
        self.trial, self.browser, self.apps = trial, browser, AppLoop()

    def member(self, stem, **named):
        return new_member(self.trial, stem, **named)

    def sit(self, member, **options) -> MastodonPage:
        return MastodonPage(self.trial, self.browser, member.name, **options).sign_in()


def arguments(description, **numbers):
    """The command line of such a benchmark: its numbers, with what they are if nothing is said, and which build is measured."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--executable", type=pathlib.Path, help="a release build of trunkline-trial, in the place of the tests' debug build")
    return parser.parse_args()


@contextlib.contextmanager
def stage(executable=None):
    """A trial with a browser; both end with the block. `executable`: another build of trunkline-trial than the tests' own."""
    folder = new_state("chat")
    trial = Trial(state=folder / "state", offset=free_offset(), executable=executable or EXECUTABLE)
    try:
        trial.start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--enable-precise-memory-info"])
            made = Stage(trial, browser)
            made.which = "release build" if executable else "debug build"
            yield made
            made.apps.end()
            browser.close()
    finally:
        trial.destroy()
        shutil.rmtree(folder, ignore_errors=True)
