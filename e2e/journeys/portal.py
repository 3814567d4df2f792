# SPDX-License-Identifier: AGPL-3.0-or-later
"""A browser without JavaScript: forms, cookies and redirects as a browser sends them, through nginx and its TLS."""

from __future__ import annotations

import base64
import hmac
import itertools
import struct
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

from requests.adapters import HTTPAdapter

PASSWORD = "fediverse-trial"
SECOND_FACTOR = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

#: People sit at different places: each browser comes from a loopback address of its own.
addresses = (f"127.1.{number // 250}.{number % 250 + 2}" for number in itertools.count())


class FromAddress(HTTPAdapter):
    def __init__(self, address: str):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **named):
        super().init_poolmanager(*arguments, **named, source_address=(self.address, 0))


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    #: Every field there is, also boxes that are not ticked.
    names: set[str] = field(default_factory=set)


class Reader(HTMLParser):
    """Reads what a member reads, and the forms with their fields as they stand."""

    def __init__(self):
        super().__init__()
        self.forms, self.links, self.outputs, self.text = [], [], {}, ""
        self.form = self.select = self.output = None
        self.hidden = 0

    def handle_starttag(self, tag, attributes):
        about = dict(attributes)
        if tag == "form":
            self.form = Form(about.get("action", ""), about.get("method", "get").lower())
            self.forms.append(self.form)
        elif tag == "a" and about.get("href"):
            self.links.append(about["href"])
        elif tag == "output":
            self.output = about.get("id")
            self.outputs[self.output] = ""
        elif tag in ("style", "script", "title"):
            self.hidden += 1
        elif self.form is not None and tag == "input" and about.get("name"):
            self.form.names.add(about["name"])
            if about.get("type") not in ("radio", "checkbox") or "checked" in about:
                self.form.fields[about["name"]] = about.get("value") or ""
        elif self.form is not None and tag == "textarea" and about.get("name"):
            self.form.names.add(about["name"])
            self.form.fields[about["name"]] = ""  # as pages of ours show them at first
        elif self.form is not None and tag == "button" and about.get("name"):
            self.form.names.add(about["name"])  # which of several buttons: the one that is pressed says its value
        elif self.form is not None and tag == "select" and about.get("name"):
            self.select = about["name"]
            self.form.names.add(self.select)
        elif tag == "option" and self.select and ("selected" in about or self.select not in self.form.fields):
            self.form.fields[self.select] = about.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "output":
            self.output = None
        elif tag in ("style", "script", "title"):
            self.hidden -= 1

    def handle_data(self, data):
        if not self.hidden:
            self.text += data
        if self.output is not None:
            self.outputs[self.output] += data


class Page:
    def __init__(self, response):
        self.response, self.url, self.status, self.html = response, response.url, response.status_code, response.text
        reader = Reader()
        reader.feed(self.html)
        self.forms, self.links, self.outputs = reader.forms, reader.links, reader.outputs
        self.text = " ".join(reader.text.split())

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}

    def form(self, action: str, **having: str) -> Form:
        """The form that goes there, and has these fields with these values."""
        for form in self.forms:
            if form.action.startswith(action) and all(form.fields.get(name) == value for name, value in having.items()):
                return form
        raise AssertionError(f"no form to {action} at {self.url} ({self.status}): {self.text[:600]}")

    def __repr__(self):
        return f"<Page {self.status} {self.url}: {self.text[:300]}>"


def second_factor(at: float | None = None) -> str:
    """What an authenticator app shows (RFC 6238)."""
    counter = struct.pack(">Q", int(at or time.time()) // 30)
    code = hmac.digest(base64.b32decode(SECOND_FACTOR), counter, "sha1")
    number = struct.unpack(">I", code[code[19] & 15:][:4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def is_callback(url: str) -> bool:
    return "/sign-in/callback" in url


def is_authorization(url: str) -> bool:
    return "/oauth/authorize" in url


class Browser:
    """One browser of one person; several are as many cookie jars."""

    def __init__(self, trial):
        self.trial, self.session = trial, trial.session()
        self.session.mount("https://", FromAddress(next(addresses)))
        self.session.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) journeys"

    def request(self, method, url, *, stop_at=None, **arguments) -> Page:
        """Follows redirects as browsers do, but not those for which `stop_at(url)` holds."""
        for _ in range(12):
            response = self.session.request(method, url, allow_redirects=False, timeout=60, **arguments)
            if response.status_code not in (301, 302, 303, 307, 308):
                return Page(response)
            url = urljoin(url, response.headers["Location"])
            if stop_at is not None and stop_at(url):
                response.url = url
                return Page(response)
            method, arguments = "GET", {}
        raise AssertionError(f"too many redirects, the last to {url}")

    def get(self, path: str, **arguments) -> Page:
        """`path` within the portal, or a whole address."""
        return self.request("GET", urljoin(self.trial.url("portal"), path), **arguments)

    def post(self, page_url: str, path: str, fields: dict, *, headers=None, **arguments) -> Page:
        here = urlsplit(page_url)
        origin = f"{here.scheme}://{here.netloc}"
        sent = {"Origin": origin, "Referer": page_url, "Sec-Fetch-Site": "same-origin", **(headers or {})}
        return self.request("POST", urljoin(page_url, path), data=fields, headers=sent, **arguments)

    def submit(self, page: Page, action: str, having: dict | None = None, stop_at=None, headers=None, **fields) -> Page:
        """Fills a form in and sends it."""
        form = page.form(action, **(having or {}))
        unknown = set(fields) - form.names
        assert not unknown, f"the form to {action} has no {unknown}, only {form.names}"
        values = {**form.fields, **fields}
        if form.method == "post":
            return self.post(page.url, form.action, values, stop_at=stop_at, headers=headers)
        return self.request("GET", urljoin(page.url, form.action), params=values, stop_at=stop_at)

    def api(self, method: str, path: str, body: dict | None = None):
        """A call of the JSON API, as a page of the portal's own makes it; the answer as it is."""
        session = self.session.get(urljoin(self.trial.url("portal"), "/api/v1/session"), timeout=60)
        headers = {"Origin": self.trial.url("portal").rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        if session.status_code == 200:
            headers["X-CSRF-Token"] = session.json()["csrf_token"]
        return self.session.request(method, urljoin(self.trial.url("portal"), path), json=body, headers=headers, timeout=60)

    # -- signing in -----------------------------------------------------------------------------------------------

    def begin(self, **arguments) -> Page:
        """Presses “Sign in”; the home server's page."""
        return self.submit(self.get("/"), "/sign-in", **arguments)

    def prove(self, page: Page, name: str, stop_at=None) -> Page:
        """Logs in at the home server where it asks for that; its next page."""
        if any(form.action == "/auth/sign_in" for form in page.forms):
            page = self.submit(page, "/auth/sign_in", stop_at=stop_at, **{"user[email]": name, "user[password]": PASSWORD})
        if any("user[otp_attempt]" in form.names for form in page.forms):
            page = self.submit(page, "/auth/sign_in", stop_at=stop_at, **{"user[otp_attempt]": second_factor()})
        return page

    def consent(self, page: Page, stop_at=None) -> Page:
        """Presses “Authorize” where that is asked."""
        if any(form.action == "/oauth/authorize" for form in page.forms):
            allow = next(form for form in page.forms if form.action == "/oauth/authorize" and "_method" not in form.fields)
            page = self.post(page.url, allow.action, allow.fields, stop_at=stop_at)
        return page

    def sign_in(self, name: str, page: Page | None = None) -> Page:
        """The whole way; the page at its end, whatever it is."""
        return self.consent(self.prove(page or self.begin(), name))

    def callback(self, name: str) -> str:
        """Signs in, but stops before the portal is told; the address that the browser would have gone to."""
        page = self.consent(self.prove(self.begin(), name, is_callback), is_callback)
        assert is_callback(page.url), page
        return page.url

    @property
    def is_signed_in(self) -> bool:
        return self.get("/settings").path == "/settings"
