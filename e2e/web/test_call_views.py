# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is shown of calls, in every state: the client's own views with a session that has no server behind it (`views/`), so that states
which take two people and a bad network can be looked at in seconds. That the states come about is e2e/webcalls' to show."""

import functools
import http.server
import pathlib
import threading

import pytest
from looks import RULES, barriers, is_complaint, misfits, shot

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: The client's own policy, as the portal sends it, but for addresses.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; media-src blob:; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
LONG = "a-person-with-a-name-that-is-rather-long-for-a-line"
BOB = "bob@social.localhost"
RINGING = {"phase": "ringing", "direction": "in", "tab": None}
#: Each way in which a call can stand, as it is beside that of a call that goes on.
STATES = {
    "preparing": {"phase": "preparing"}, "calling": {"phase": "calling"}, "ringing": {"phase": "ringing"}, "connecting": {"phase": "connecting"},
    "talking": {"since": 754}, "muted": {"since": 754, "muted": True}, "on-hold": {"since": 754, "onHold": True},
    "held": {"since": 754, "heldByThem": True}, "weak": {"since": 754, "quality": "poor"}, "video": {"since": 4000, "sendsVideo": True, "seesVideo": True},
    "bad-video": {"since": 4000, "sendsVideo": True, "seesVideo": True, "quality": "bad"}, "own-video": {"since": 5, "sendsVideo": True},
    "reconnecting": {"since": 754, "phase": "reconnecting"}, "other-tab": {"since": 754, "tab": "there"},
    "busy": {"phase": "ended", "reason": "busy"}, "denied": {"phase": "ended", "reason": "denied"},
    "no-path": {"phase": "ended", "reason": "no-path"}, "they-hung-up": {"since": 754, "phase": "ended", "reason": "they-hung-up"},
    "incoming": RINGING, "incoming-video": {**RINGING, "wantsVideo": True},
    "incoming-another-way": {**RINGING, "kind": "jingle", "canAnswer": False}, "incoming-jingle": {**RINGING, "kind": "jingle"},
    "incoming-long-name": {**RINGING, "name": LONG},
}


@pytest.fixture(scope="module")
def files():
    """Serves the checkout as the portal does: nothing but our own files may run."""
    class Files(http.server.SimpleHTTPRequestHandler):
        def end_headers(self):
            self.send_header("Content-Security-Policy", POLICY)
            super().end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=ROOT))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/e2e/web/views/call-views.html"
    server.shutdown()
    server.server_close()
    thread.join()


class Views:
    def __init__(self, page):
        self.page, self.complaints = page, []
        page.on("console", lambda said: is_complaint(said) and self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))

    def test(self, name: str, more: str = ""):
        return self.page.locator(f"[data-test='{name}']{more}")

    def set(self, *calls: dict):
        self.page.evaluate(
            """async (calls) => {
              fixture.film(calls.some((one) => one.seesVideo || one.sendsVideo));
              fixture.set({ calls: calls.map(({ since, over = 0, ...call }) => fixture.call({
                ...call, ...(since ? { answeredAt: Date.now() - since * 1000 } : {}), ...(call.phase === 'ended' ? { endedAt: Date.now() - over * 1000 } : {}) })) });
              await new Promise(requestAnimationFrame);  // what is drawn anew was asked for before
            }""", list(calls))

    def until(self, true: str):
        """Playwright's own waiting asks for `eval` in the page, which its policy refuses."""
        self.page.evaluate(f"async () => {{ while (!({true})) await new Promise((done) => setTimeout(done, 20)); }}")

    def asked(self, name: str) -> list:
        return self.page.evaluate("(name) => fixture.asked.filter(([one]) => one === name).map(([, ...rest]) => rest)", name)

    def focused(self, name: str) -> bool:
        return self.page.evaluate("(name) => document.activeElement?.dataset.test === name", name)

    def open(self) -> "Views":
        self.page.locator(f"[data-test='conversation'][data-address='{BOB}']").click()
        return self


@pytest.fixture
def views(chromium, files):
    opened = []

    def show(width=1280, height=800, scheme="light", contrast="default", **options):
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="en-GB", reduced_motion="reduce", **options)
        context.set_default_timeout(10_000)
        one = Views(context.new_page())
        opened.append((context, one))
        one.page.goto(files)
        one.until("window.fixture")
        one.page.evaluate("(data) => fixture.dress(data)", {"scheme": scheme, "contrast": contrast, "motion": "reduce"})
        return one

    yield show
    complaints = [complaint for _, one in opened for complaint in one.complaints]
    for context, _ in opened:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("width,height,scheme,contrast", [(1280, 800, "light", "default"), (360, 740, "dark", "default"), (320, 640, "light", "high")])
def test_every_state_of_a_call_is_accessible_and_fits(views, width, height, scheme, contrast):
    at = views(width, height, scheme, contrast, bypass_csp=True)
    problems, number = [], 0
    # What is where is the same in each scheme; only colours differ.
    rules = RULES if width == 1280 else {"type": "rule", "values": ["color-contrast", "target-size"]}

    def look(name: str):
        nonlocal number
        number += 1
        shot(at.page, f"calls-{width}-{scheme}-{number:02d}-{name}")
        problems.extend(misfits(name, at.page) + barriers(name, at.page, rules))

    at.open()
    look("conversation")
    at.test("video-call").click()
    at.test("device-check").get_by_text("hears you").wait_for()
    look("before-the-first-call")
    at.page.keyboard.press("Escape")
    for name, state in STATES.items():
        # A call that ends has been there before.
        at.set({**state, "phase": "calling", "reason": None} if state.get("phase") == "ended" else state)
        if state.get("phase") == "ended":
            at.set(state)
        look(name)
        at.set()
    at.set({**RINGING, "id": "c2", "name": "Carol", "address": "carol@social.localhost"}, {"since": 20})
    look("another-call")
    at.page.keyboard.press("Escape")
    look("put-aside")
    at.set({"since": 20})
    at.test("keypad").click()
    look("keypad")
    at.test("call-back-to-chat").click() if width < 720 else at.open()
    look("call-goes-on")
    at.set()
    at.page.evaluate("""fixture.set({ history: { isLoaded: true, list: ['answered', 'missed', 'unanswered', 'declined'].map((outcome, nth) => ({
      id: `${nth}`, address: `p${nth}@social.localhost`, name: nth ? '' : 'Bob Baker', direction: nth % 2 ? 'in' : 'out', at: Date.now() - nth * 1e8,
      seconds: nth ? null : 65, outcome })) } })""")
    if width < 720:
        at.page.locator(".head__back:visible").click()
    at.page.locator("button[aria-label='Menu']:visible").click()
    at.page.get_by_role("menuitem", name="Calls", exact=True).click()
    look("history")
    at.test("history-call").click()
    look("an-address")
    assert problems == []


def test_every_reason_has_one_sentence_and_none_has_a_gap(views):
    at = views()
    codes = at.page.evaluate("async () => Object.keys((await import('/web/client/view/call-words.js')).WAYS)")
    assert len(codes) == 32
    for code in codes:
        at.set({"phase": "calling"})
        at.set({"phase": "ended", "reason": code})
        said = at.page.locator(".call__reason").inner_text()
        assert said.endswith(".") and "{" not in said and "_" not in said and len(said) < 160, said
        assert at.test("dismiss-call").is_visible() and at.test("call-panel").get_attribute("data-reason") == code
        at.set()


def test_who_is_writing_answers_nothing_by_accident(views):
    at = views().open()
    at.test("compose").press_sequentially("Half a mess")
    at.set(RINGING)
    at.test("incoming", f"[data-address='{BOB}']").wait_for()
    assert at.focused("incoming"), "the dialog itself has the focus, none of its buttons"
    for key in ("a", "Space", "g", "Enter", "e", "Backspace"):
        at.page.keyboard.press(key)
    assert at.asked("answerCall") == [] and at.asked("declineCall") == [] and at.asked("send") == []
    at.page.keyboard.press("Escape")
    assert at.asked("declineCall") == [], "Escape declines nothing"
    at.test("call-waiting").wait_for()
    assert at.focused("compose") and at.test("compose").input_value() == "Half a mess"
    at.page.keyboard.type("age")
    at.test("bar-answer").click()
    assert at.asked("answerCall") == [["c1", {"video": False}]] and at.test("compose").input_value() == "Half a message"


def test_a_call_is_made_taken_and_ended_without_a_mouse(views):
    at = views().open()
    keys = at.page.keyboard

    def tab_to(name: str, most: int = 40):
        for _ in range(most):
            if at.focused(name):
                return
            keys.press("Tab")
        raise AssertionError(f"Tab does not lead to {name}")

    tab_to("call")
    keys.press("Enter")
    at.test("device-check").wait_for()
    # What a call reveals is said before the first one.
    said = at.test("device-check").inner_text()
    assert "learns no network address of yours: calls go through social.localhost." in said
    assert "Trunkline cannot reach emergency services. Use a phone." in said
    tab_to("device-check-go")
    keys.press("Enter")
    at.until("fixture.asked.some(([name]) => name === 'call')")
    assert at.asked("call") == [[BOB, {"video": False}]] and len(at.asked("check stopped")) == len(at.asked("check"))
    at.set({"phase": "calling"})
    assert at.test("call-panel").get_attribute("data-phase") == "calling"
    at.set({"phase": "ringing"})
    assert at.test("call-said").inner_text() == "Ringing…"
    at.set({"since": 65})
    assert at.test("call-timer").inner_text() == "1:05" and at.test("call-said").inner_text() == "You are talking with Bob Baker."
    for name, command in (("mute", ["c1", True]), ("camera", ["c1", True]), ("hold", ["c1", True])):
        tab_to(name)
        keys.press("Space")
        assert at.asked(name) == [command]
    tab_to("keypad")
    keys.press("Enter")
    assert at.focused("tone-1")
    keys.press("4")
    keys.press("#")
    keys.press("Enter")
    assert at.asked("tone") == [["c1", "4"], ["c1", "#"], ["c1", "1"]]
    tab_to("hang-up")
    keys.press("Enter")
    assert at.asked("hangUp") == [["c1"]]
    at.set({"since": 65, "phase": "ended", "reason": "hung-up"})
    assert at.test("call-said").inner_text() == "You hung up."
    tab_to("dismiss-call")
    keys.press("Enter")
    assert at.asked("dismissCall") == [["c1"]]
    at.set()
    at.test("compose").wait_for()  # back where the call was begun
    at.set({**RINGING, "id": "c2", "wantsVideo": True})
    tab_to("answer-video")
    keys.press("Enter")
    assert at.asked("answerCall") == [["c2", {"video": True}]]
    # What an answer would reveal is heard with who calls.
    at.set({**RINGING, "id": "c3", "kind": "jingle", "isDirect": True})
    described = at.page.evaluate("""() => document.querySelector("[data-test='incoming']").getAttribute('aria-describedby').split(' ')
      .map((id) => document.getElementById(id).textContent)""")
    assert described == ["calls you", "If you answer, the sound goes directly between the two of you: each side learns the other’s network address."]


def test_a_call_that_ended_calmly_goes_by_itself_and_leaves_the_way_to_where_it_was_begun(views):
    at = views().open()
    at.set({"since": 65})
    at.test("call-panel").wait_for()
    at.set({"since": 65, "over": 6, "phase": "ended", "reason": "they-hung-up"})
    at.until("fixture.asked.some(([name]) => name === 'dismissCall')")
    at.set()
    at.test("compose").wait_for()
    assert at.asked("dismissCall") == [["c1"]]


def test_a_microphone_that_was_chosen_has_been_heard_only_when_it_was(views):
    at = views().open()
    at.test("call").click()
    check = at.test("device-check")
    check.get_by_text("Your microphone hears you.").wait_for()
    at.page.evaluate("fixture.level = 0")
    check.get_by_label("Microphone", exact=True).select_option("m1")
    check.get_by_text("Say something").wait_for()
    at.page.evaluate("fixture.level = 0.62")
    check.get_by_text("Your microphone hears you.").wait_for()


def test_what_fails_while_answering_is_said_where_it_rings(views):
    at = views()
    at.page.evaluate("fixture.failing.answerCall = 'denied'")
    at.set(RINGING)
    at.test("answer").click()
    at.test("incoming").get_by_text("Allow it when your browser asks").wait_for()
    # The next word of the same call takes nothing of it away; the end of the call does.
    at.set({**RINGING, "wantsVideo": True})
    assert "Allow it" in at.test("incoming").inner_text()
    at.set({**RINGING, "phase": "ended", "reason": "answered-elsewhere"})
    assert at.test("incoming").count() == 0
    at.page.locator(".passing").get_by_text("You answered on another of your devices.").wait_for()


def test_what_goes_away_leaves_nothing_behind(views):
    at = views().open()
    at.page.evaluate("""() => { const set = window.setInterval, clear = window.clearInterval; window.running = new Set();
      window.setInterval = (...how) => { const id = set(...how); running.add(id); return id; };
      window.clearInterval = (id) => { running.delete(id); clear(id); }; }""")
    at.set({"since": 5})
    assert at.page.evaluate("running.size") == 1, "one clock for all that counts"
    at.set({"since": 5}, {**RINGING, "id": "c2"})
    at.page.evaluate("fixture.app.stop()")
    assert at.page.evaluate("running.size") == 0
    assert at.page.evaluate("Object.values(fixture.listeners).map((set) => set.size)") == [0, 0, 0]
    assert at.page.evaluate("document.body.childElementCount") == 0
