# SPDX-License-Identifier: AGPL-3.0-or-later
"""People of other servers, through the whole trial: whom their own server vouches for, of whom only the name is the same, and whom
chat does not reach. Name server and web server are the test's own."""

import json
import http.server
import ssl
import threading
import time

import pytest
from certificates import Authority, make_certificates
from dnslib import QTYPE, RCODE, RR, SRV, A
from dnslib.server import BaseResolver, DNSLogger, DNSServer
from people import new_member
from trial import wait_until

HERE = "127.0.0.77"  # where the web server of all of them is
SURE, SAME_NAME, NOWHERE = "sure.example", "samename.example", "nowhere.example"


class Records(BaseResolver):
    """Two domains with chat and a web server; a third that there is not."""

    def resolve(self, request, handler):
        reply, asked = request.reply(), request.q
        name = str(asked.qname).rstrip(".").lower()
        service, _, domain = name.rpartition("._tcp.")
        if domain not in (SURE, SAME_NAME):
            reply.header.rcode = RCODE.NXDOMAIN
        elif asked.qtype == QTYPE.SRV and service == "_xmpp-server":
            reply.add_answer(RR(asked.qname, QTYPE.SRV, ttl=60, rdata=SRV(0, 0, 5269, f"chat.{domain}")))
        elif asked.qtype == QTYPE.A and not service:
            reply.add_answer(RR(asked.qname, QTYPE.A, ttl=60, rdata=A(HERE)))
        return reply


class WebFinger(http.server.BaseHTTPRequestHandler):
    """RFC 7033, for one account."""

    def do_GET(self):
        known = f"resource=acct%3Avera%40{SURE}" in self.path.replace(":", "%3A").replace("@", "%40")
        body = json.dumps({"subject": f"acct:vera@{SURE}", "aliases": [f"xmpp:vera@chat.{SURE}"]}).encode() if known else b""
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/jrd+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def elsewhere(trial, tmp_path):
    """The daemon asks these two, and comes back as it was."""
    authority = Authority(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*make_certificates(tmp_path / "web", [SURE, SAME_NAME], authority))
    web = http.server.ThreadingHTTPServer((HERE, 443), WebFinger)
    web.socket = tls.wrap_socket(web.socket, server_side=True)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    names = DNSServer(Records(), logger=DNSLogger(logf=lambda _: None), address="127.0.0.1", port=0)
    names.start_thread()
    before = trial.configuration.read_text()
    ca = trial.state / "elsewhere.pem"  # where the daemon can read it
    ca.write_bytes(authority.path.read_bytes())
    ca.chmod(0o644)
    trial.configuration.write_text(
        before + f"\ndiscovery:\n  name_server: 127.0.0.1:{names.server.server_address[1]}\n  allow_private: yes\n  ca_file: {ca}\n")
    trial.restart_child("daemon")
    yield
    trial.configuration.write_text(before)
    trial.restart_child("daemon")
    names.stop()
    names.server.server_close()
    web.shutdown()
    web.server_close()


def test_each_is_shown_as_sure_as_it_is(trial, elsewhere):
    alice = new_member(trial, "curious", devices=1)
    people = {f"vera@{SURE}": "web-finger", f"stan@{SAME_NAME}": "records", f"ned@{NOWHERE}": "none"}
    for handle in people:
        name, domain = handle.split("@")
        trial.sandbox("POST", "/sandbox/members", json={"name": name, "domain": domain})
        trial.sandbox("PUT", f"/sandbox/members/{alice.name}/follows/{handle}")
    alice.sign_in()

    def shown():
        time.sleep(0.2)  # no faster than a member may
        found = alice.browser.get("/api/v1/people").response.json()["people"]
        return {one["handle"]: (one["chat"]["finding"], one["chat"]["address"], one["chat"]["verified"]) for one in found}

    wait_until(lambda: {handle: found[0] for handle, found in shown().items()} == people, 30, "the three being looked up")
    assert shown() == {
        f"vera@{SURE}": ("web-finger", f"vera@chat.{SURE}", True), f"stan@{SAME_NAME}": ("records", f"stan@{SAME_NAME}", False),
        f"ned@{NOWHERE}": ("none", None, False)}
    page = alice.browser.get("/people/find")
    assert "as their server says" in page.text and "Unverified" in page.text and f"to:ned@{NOWHERE}" not in page.html
    # Before anything could go to a stranger, the preview says so.
    preview = alice.browser.submit(page, "/people/preview", typed=f"stan@{SAME_NAME}")
    assert "Unverified" in preview.text, preview
