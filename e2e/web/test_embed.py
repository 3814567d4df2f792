# SPDX-License-Identifier: AGPL-3.0-or-later
"""Chat in the home server's page: where it is, where it is not, and what it bears. What is said in it is another's business."""

import json
import os
import signal

import pytest

from looks import ANSWERS
from mastodon_page import CLIENT
from people import slot
from trial import wait_until

#: In every frame, before its own scripts: what it is told.
RECORD = "addEventListener('message', (event) => (window.heard ??= []).push([event.origin, event.data]))"
ENTRY = "[data-trunkline-chat]"
TOKEN = "JSON.parse(document.getElementById('initial-state').textContent).meta.access_token"


def until(sitter, condition, seconds: float = 10):
    """Playwright's own waiting evaluates text in the page, which the page's policy forbids."""
    return wait_until(lambda: sitter.page.evaluate(condition), seconds, condition)


def chat_origin(trial):
    return trial.url("portal", "")


def frame_of(sitter):
    """The frame, once it is there."""
    return until_frame(sitter, lambda frame: True)


def until_frame(sitter, fits):
    def found():
        sitter.page.evaluate("0")  # Playwright hears of frames only while it is asked something.
        return next((frame for frame in sitter.page.frames if CLIENT.search(frame.url) and fits(frame)), None)

    return wait_until(found, 20, "the frame")


def speak(sitter, **message):
    """As a script that somebody has planted in the frame would."""
    home = sitter.home("").rstrip("/")
    frame_of(sitter).evaluate("([message, home]) => parent.postMessage({ trunkline: 1, ...message }, home)", [message, home])


def heard(sitter, kind):
    return [data for _, data in frame_of(sitter).evaluate("window.heard ?? []") if data.get("type") == kind]


def recorded(sitter):
    """From now on the frame remembers what it is told."""
    sitter.context.add_init_script(RECORD)
    sitter.page.reload()
    sitter.entry.wait_for()
    until_answered(sitter)
    return sitter


def until_answered(sitter):
    """Until the page has heard all that the frame has said to it before: to `ready` it always answers."""
    before = len(heard(sitter, "hello"))
    speak(sitter, type="ready")
    wait_until(lambda: len(heard(sitter, "hello")) > before, 20, "hello")


@pytest.fixture
def page_look(trial):
    def change(**look):
        trial.sandbox("PUT", "/sandbox/settings", json={"page": look})

    yield change
    change(color_scheme="auto", contrast="auto", markup="mastodon")


FETCH_TICKET = """async (token) => {
  const answer = await fetch('/trunkline/ticket', {
    method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) } });
  return [answer.status, await answer.json()];
}"""


# -- where it is, and where it is not -------------------------------------------------------------------------------------


def test_who_is_not_signed_in_sees_nothing_and_loads_nothing_but_the_script(trial, chromium, sitting, newcomer):
    context = chromium.new_context(ignore_https_errors=True)
    try:
        page = context.new_page()
        asked, complaints = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text) if ANSWERS not in message.text else None)
        for path in ("/", "/explore", "/@bob"):
            page.goto(trial.url("home_server", path), wait_until="networkidle")
            assert page.locator(f"{ENTRY}, [data-trunkline], iframe").count() == 0
        ours = {url.split("/", 3)[3] for url in asked if "/trunkline/" in url}
        assert ours == {"trunkline/embed.js"} and not any(chat_origin(trial) in url for url in asked)
        # A page with the same data that is not the app: administration, a shared post.
        bare = '<!doctype html><script src="/trunkline/embed.js" data-chat="https://evil.example"></script>' \
            '<script id="initial-state" type="application/json">{"meta":{"me":"1"}}</script><p>Settings'
        page.route("**/other", lambda route: route.fulfill(body=bare, content_type="text/html"))
        asked.clear()
        page.goto(trial.url("home_server", "/other"), wait_until="networkidle")
        assert [url for url in asked if "trunkline" in url] == [trial.url("home_server", "/trunkline/embed.js")]
        assert complaints == []
    finally:
        context.close()


def test_the_entry_outlives_every_drawing_of_the_page_and_the_frame_is_loaded_once(sitting, newcomer):
    alice = sitting(newcomer("alice"))
    frame_of(alice)  # of the page as it was before: its frame is not to be counted
    loads = []
    alice.page.on("request", lambda request: loads.append(request.url) if request.url.endswith("/client") else None)
    alice.page.reload()
    alice.entry.wait_for()
    frame_of(alice)
    page = alice.page
    for step in (
        lambda: page.click("a.column-link[href='/explore']"),
        lambda: page.click("a.status__display-name[href='/@bob']"),
        lambda: page.evaluate("document.dispatchEvent(new Event('sandbox:redraw'))"),
        lambda: page.go_back(),
        lambda: page.click("a.column-link[href='/home']"),
    ):
        page.evaluate("() => { window.menu = document.querySelector('.navigation-panel__menu') }")
        step()
        until(alice, "window.menu !== document.querySelector('.navigation-panel__menu')")
        until(alice, f"document.querySelectorAll('.navigation-panel__menu {ENTRY}').length === 1")
        until(alice, f"document.querySelectorAll('.ui__navigation-bar__items {ENTRY}').length === 1")
    assert len(loads) == 1
    # It looks like its neighbours: the same classes, the same size, the same place of icon and word.
    shapes = page.evaluate(
        f"""[document.querySelector('{ENTRY}'), document.querySelector('.column-link[href="/notifications"]')].map((link) => {{
          const [icon, word] = [link.querySelector('svg'), link.querySelector('span')].map((part) => part.getBoundingClientRect());
          const own = link.getBoundingClientRect();
          return [link.className, own.width, own.height, icon.x, icon.width, word.x, getComputedStyle(link).fontSize];
        }})""")
    assert shapes[0] == shapes[1]


def test_message_stands_on_profiles_and_opens_a_conversation(sitting, newcomer):
    alice = recorded(sitting(newcomer("alice")))
    page = alice.page
    for path, address in (("/@bob", "bob@social.localhost"), ("/@nils@bridge.example", "nils@bridge.example")):
        page.goto(alice.home(path))
        page.locator("[data-trunkline-message]").click()
        wait_until(lambda: [one["address"] for one in heard(alice, "open")] == [address], 20, "being told whom")
        assert page.locator(".trunkline-panel[open]").count() == 1
    page.goto(alice.home(f"/@{alice.member}"))
    alice.entry.wait_for()
    assert page.locator("[data-trunkline-message]").count() == 0
    # Who has chat can be written to at once.
    bob = newcomer("bob", devices=1)
    page.goto(alice.home(f"/@{bob.name}"))
    page.locator("[data-trunkline-message]").click()
    alice.test("compose").wait_for()
    alice.write("Hello from your profile").until_sent("Hello from your profile")
    page.keyboard.press("Escape")
    page.goto(alice.home("/home"))
    # Drawn anew for somebody else, it means somebody else.
    page.click("a.column-link[href='/home']")
    page.click("a.status__display-name[href='/@carol']")
    page.locator("[data-trunkline-message='carol@social.localhost']").wait_for()


def test_what_is_unread_stands_at_the_entry_and_is_said_to_who_cannot_see_it(sitting, newcomer, app):
    """Counted while the panel is closed, by the frame that was loaded with the page; also in a tab that nobody has clicked in."""
    bob, alice = newcomer("bob", devices=1), sitting(newcomer("alice"))
    device = app(bob)
    alice.open_chat().wait_for("online").close_chat()
    badge = alice.page.locator(f".navigation-panel__menu {ENTRY} [data-trunkline-badge]")
    assert not badge.is_visible()
    device.say(f"{alice.member}@social.localhost", "One")
    device.say(f"{alice.member}@social.localhost", "Two")
    badge.filter(has_text="2").wait_for()
    assert alice.entry.get_attribute("aria-label") == "Chat, 2 unread messages"
    tab = alice.tab()
    tab.page.locator(f".navigation-panel__menu {ENTRY} [data-trunkline-badge]").filter(has_text="2").wait_for()


def test_markup_that_changed_leaves_a_plain_link_and_data_that_changed_leaves_nothing(trial, sitting, newcomer, page_look):
    alice = sitting(newcomer("alice"))
    page_look(markup="renamed")
    alice.page.goto(alice.home())
    link = alice.page.locator(ENTRY)
    link.wait_for(timeout=15_000)
    assert link.get_attribute("href") == chat_origin(trial) + "/client"
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener")
    with alice.context.expect_page() as tab:
        link.click()
    assert tab.value.url == chat_origin(trial) + "/client"
    # There is no page around it that could prove who is there, so that the portal is where to sign in.
    tab.value.get_by_role("link", name="Sign in").wait_for()
    tab.value.close()
    assert alice.page.locator(".trunkline-panel[open]").count() == 0
    page_look(markup="strange")
    alice.page.goto(alice.home(), wait_until="networkidle")
    assert alice.page.locator(f"{ENTRY}, [data-trunkline]").count() == 0


def test_while_the_daemon_is_away_the_page_is_as_if_there_were_no_chat(trial, sitting, newcomer):
    alice = sitting(newcomer("alice"))
    # Worse than a daemon that is down: one that takes connections and never answers.
    daemon = trial.pid("daemon")
    os.kill(daemon, signal.SIGSTOP)
    try:
        alice.page.goto(alice.home(), wait_until="load")
        assert alice.page.locator(".navigation-panel__menu .column-link").count() >= 4
        assert alice.page.locator(f"{ENTRY}, [data-trunkline]").count() == 0
        assert alice.problems() == []
    finally:
        os.kill(daemon, signal.SIGCONT)
    alice.page.reload()
    alice.entry.wait_for()


def test_hidden_for_good_until_the_address_calls_it_back(trial, sitting, newcomer):
    member = newcomer("alice")
    alice = sitting(member)
    alice.entry.click()
    speak(alice, type="hide")
    until(alice, f"!document.querySelector('{ENTRY}, [data-trunkline], [data-trunkline-message]')")
    asked = []
    alice.page.on("request", lambda request: asked.append(request.url))
    alice.page.goto(alice.home("/@bob"), wait_until="networkidle")
    assert alice.page.locator(f"{ENTRY}, [data-trunkline]").count() == 0
    assert [url for url in asked if "trunkline" in url] == [alice.home("/trunkline/embed.js")]
    assert f'href="{alice.home("/#trunkline")}"' in member.browser.get("/settings").html
    alice.page.goto(alice.home("/#trunkline"))
    alice.entry.wait_for()
    alice.page.goto(alice.home("/@bob"))
    alice.entry.wait_for()


# -- with keyboard, on small screens, in dark -------------------------------------------------------------------------------


def test_by_keyboard_it_opens_closes_and_gives_the_focus_back(sitting, newcomer):
    alice = sitting(newcomer("alice"))
    frame_of(alice)
    page = alice.page
    alice.entry.focus()
    assert alice.entry.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    until(alice, "document.activeElement?.closest('dialog[open]')")
    assert alice.entry.get_attribute("aria-expanded") == "true"
    page.get_by_role("dialog", name="Chat").wait_for()
    # One head: the client's own, when it is there.
    alice.test("close", ":visible").focus()
    assert not page.locator(".trunkline-panel__header").is_visible()
    page.keyboard.press("Escape")
    until(alice, f"document.activeElement?.matches('{ENTRY}')")
    # Drawn anew while it was open: the focus goes to the entry that there is now.
    page.keyboard.press("Enter")
    until(alice, "document.activeElement?.closest('dialog[open]')")
    page.evaluate("document.dispatchEvent(new Event('sandbox:redraw'))")
    speak(alice, type="close")
    until(alice, f"document.activeElement?.matches('{ENTRY}')")
    # Beside the timeline the page goes on: who is there stays there.
    alice.entry.click()
    page.locator("a.column-link[href='/home']").focus()
    speak(alice, type="close")
    until(alice, "!document.querySelector('dialog[open]')")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/home"


@pytest.mark.parametrize("width", [320, 900, 1280])
def test_the_panel_fits_the_page(sitting, newcomer, width):
    alice = sitting(newcomer("alice"), width=width, height=640)
    frame_of(alice)
    page = alice.page
    alice.entry.click()
    page.wait_for_selector(".trunkline-panel[open]")
    box = page.locator(".trunkline-panel").bounding_box()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert box["y"] == 0 and box["height"] == 640
    if width == 320:
        assert (box["x"], box["width"]) == (0, 320)
        # A dialog over all: nothing behind it can be reached.
        assert page.evaluate("document.querySelector('.trunkline-panel').matches(':modal')")
        alice.test("close", ":visible").focus()
        page.keyboard.press("Escape")
        until(alice, "document.activeElement?.matches('.ui__navigation-bar__item')")
    elif width == 1280:
        timeline = page.locator(".columns-area__panels__main").bounding_box()
        assert box["x"] + box["width"] <= timeline["x"] and box["width"] >= 320
    # As wide as the page became.
    page.set_viewport_size({"width": 1280 if width == 320 else 320, "height": 640})
    wait_until(lambda: page.locator(".trunkline-panel[open]").count() == (0 if width == 320 else 1), 5, "the panel")


def test_the_frame_is_told_how_the_page_looks_and_when_that_changes(sitting, newcomer, page_look):
    page_look(color_scheme="dark", contrast="high")
    alice = recorded(sitting(newcomer("alice"), reduced_motion="reduce"))
    first = heard(alice, "hello")[0]
    assert first == {
        "trunkline": 1, "type": "hello", "account": f"{alice.member}@social.localhost", "scheme": "dark", "contrast": "high",
        "motion": "reduce", "locale": "en", "visible": False,
    }
    alice.page.evaluate("document.documentElement.dataset.colorScheme = 'light'")
    wait_until(lambda: heard(alice, "hello")[-1]["scheme"] == "light", 10, "the light")
    alice.page.evaluate("document.documentElement.dataset.colorScheme = 'auto'")
    alice.page.emulate_media(color_scheme="dark")
    wait_until(lambda: heard(alice, "hello")[-1]["scheme"] == "dark", 10, "the dark")


# -- what the frame can do to the page -----------------------------------------------------------------------------------------


def test_the_frame_cannot_read_the_page_and_the_pages_token_never_reaches_it(trial, sitting, newcomer):
    """What a script could do that somebody has planted in the client: it gets what the client gets, and that is no token."""
    alice = sitting(newcomer("alice"))
    token = alice.page.evaluate(TOKEN)
    seen = []
    alice.context.on("request", lambda request: seen.append((request.url, request.method, json.dumps(request.all_headers()), request.post_data)))
    alice = recorded(alice)
    frame, home = frame_of(alice), alice.home("").rstrip("/")
    with_token = lambda: [(url, method) for url, method, headers, body in seen if token in url + headers + (body or "")]  # noqa: E731
    # It asks, again and again; before the member's click there is no answer.
    for _ in range(3):
        speak(alice, type="need-ticket", why="start")
    speak(alice, type="need-ticket", why="start", token="please")
    until_answered(alice)
    assert heard(alice, "ticket") + heard(alice, "denied") == [] and with_token() == []
    # A click that no member made is none.
    alice.page.evaluate(
        f"""() => {{
          addEventListener('click', (event) => event.preventDefault(), {{ once: true }});
          document.querySelector('{ENTRY}').click();
        }}""")
    assert alice.page.locator(".trunkline-panel[open]").count() == 0
    assert with_token() == []
    for page in alice.context.pages[1:]:
        page.close()
    alice.entry.click()
    wait_until(lambda: heard(alice, "ticket") + heard(alice, "denied"), 20, "an answer")
    assert set(with_token()) == {(home + "/trunkline/ticket", "POST")}
    alice.expected += ["SecurityError", "Blocked a frame", "CORS policy", "Failed to load resource", "Unsafe attempt", "Content Security Policy"]
    for attempt in (
        "parent.document.body.textContent", "parent.localStorage.length", "top.initialState", "String(top.location.href)",
        "parent.fetch('/trunkline/ticket')", "top.document.cookie", "frameElement.ownerDocument.title",
    ):
        assert frame.evaluate(f"() => {{ try {{ return String({attempt}) }} catch {{ return 'refused' }} }}") == "refused", attempt
    for path in ("/home", "/trunkline/words.json", "/api/v1/accounts/verify_credentials"):
        assert frame.evaluate("(url) => fetch(url, { credentials: 'include' }).then(() => 'got', () => 'refused')", home + path) == "refused"
    # Nor can it lead the member's page elsewhere.
    frame.evaluate("() => { try { top.location = 'about:blank' } catch {} }")
    assert alice.page.url.startswith(home)
    everything = json.dumps(frame.evaluate("[window.heard, { ...localStorage }, { ...sessionStorage }, location.href, document.documentElement.outerHTML]"))
    assert token not in everything


def test_others_who_speak_to_the_page_or_to_the_frame_are_not_heard(trial, sitting, newcomer):
    alice = recorded(sitting(newcomer("alice")))
    page, home = alice.page, alice.home("").rstrip("/")
    first = frame_of(alice)
    # From the page's own origin, from another frame of the client's origin, and nonsense from the right one.
    page.evaluate("postMessage({ trunkline: 1, type: 'hide' }, location.origin)")
    page.evaluate("(url) => document.body.append(Object.assign(document.createElement('iframe'), { src: url, className: 'other' }))", chat_origin(trial) + "/client")
    other = until_frame(alice, lambda frame: frame is not first)
    other.wait_for_load_state()
    other.evaluate("(home) => parent.postMessage({ trunkline: 1, type: 'hide' }, home)", home)
    for message in ({"type": "unread", "count": "<b>9</b>"}, {"type": "unread", "count": -1}, {"type": "nonsense"}, {"type": "hide", "trunkline": 2}):
        speak(alice, **message)
    speak(alice, type="unread", count=7)
    until(alice, f"document.querySelector('{ENTRY} [data-trunkline-badge]').textContent === '7'")
    assert alice.entry.get_attribute("aria-label") == "Chat, 7 unread messages"


def test_a_token_of_another_app_is_refused_whatever_it_may_do(trial, sitting, newcomer):
    """Any app that a member has let in could else trade its token for the member's chat."""
    alice = sitting(newcomer("alice"))
    page, http = alice.page, trial.session()
    app = http.post(alice.home("/api/v1/apps"), json={
        "client_name": "Mastodon", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write follow push profile"}).json()
    page.goto(alice.home(
        f"/oauth/authorize?response_type=code&client_id={app['client_id']}&redirect_uri=urn:ietf:wg:oauth:2.0:oob"
        "&scope=read+write+follow+push+profile"))
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url("**/oauth/authorize/native?code=*")
    token = http.post(alice.home("/oauth/token"), data={
        "grant_type": "authorization_code", "code": page.url.split("code=")[1], "client_id": app["client_id"],
        "client_secret": app["client_secret"], "redirect_uri": "urn:ietf:wg:oauth:2.0:oob"}).json()["access_token"]
    page.goto(alice.home())
    status, body = page.evaluate(FETCH_TICKET, token)
    assert (status, body["code"]) == (403, "other-app") and "ticket" not in body
    assert page.evaluate(FETCH_TICKET, "x" * 43)[0] == 401 and page.evaluate(FETCH_TICKET, None)[0] == 401
    # The page's own is taken; but from the page only.
    own = page.evaluate(TOKEN)
    status, body = page.evaluate(FETCH_TICKET, own)
    assert status == 200 and set(body) == {"ticket", "expires_in"}
    for origin in (None, "null", "https://evil.example", chat_origin(trial)):
        headers = {"Authorization": f"Bearer {own}", **({"Origin": origin} if origin else {})}
        assert http.post(alice.home("/trunkline/ticket"), json={}, headers=headers).status_code == 403, origin


def test_an_uploaded_script_runs_nowhere(trial, sitting, newcomer, app):
    """Neither in the page nor in the frame, nor by itself, whatever its sender calls it."""
    bob = newcomer("bob", devices=1)
    device = app(bob)
    planted = b"<script>document.title = 'planted'</script>"
    script = b"globalThis.planted = true; parent.postMessage({ trunkline: 1, type: 'hide' }, '*')"

    def upload(name, kind, data):
        put, get, headers = device.apps.wait(slot(device.client, name, len(data), kind))
        assert trial.session().put(put, data=data, headers={**headers, "Content-Type": kind}).status_code == 201
        return get

    page_url, script_url = upload("a.html", "text/html", planted), upload("a.js", "text/javascript", script)
    alice = sitting(newcomer("alice"))
    alice.expected += ["Content Security Policy", "Refused to", "Failed to load resource", "ServiceWorker", "TrustedScriptURL"]
    for place in (alice.page, frame_of(alice)):
        for attempt in (
            "(url) => import(url).then(() => 'ran', () => 'refused')",
            "(url) => navigator.serviceWorker.register(url).then(() => 'ran', () => 'refused')",
            """(url) => new Promise((done) => {
              const script = document.createElement('script');
              try { script.src = url } catch { return done('refused') }
              script.onload = () => done('ran'); script.onerror = () => done('refused'); document.head.append(script);
            })""",
            "(url) => new Promise((done) => { try { new Worker(url).onerror = () => done('refused') } catch { done('refused') } })",
        ):
            assert place.evaluate(attempt, script_url) == "refused", attempt
        assert place.evaluate("globalThis.planted ?? null") is None
    # By itself, and framed by the page, it is a download.
    tab = alice.context.new_page()
    with tab.expect_download():
        tab.evaluate("(url) => { location = url }", page_url)
    tab.close()
    with alice.page.expect_download():
        alice.page.evaluate("(url) => document.body.append(Object.assign(document.createElement('iframe'), { src: url }))", page_url)
    assert not any("upload" in frame.url for frame in alice.page.frames)
    assert alice.entry.count() == 1
