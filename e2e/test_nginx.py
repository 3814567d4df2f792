# SPDX-License-Identifier: AGPL-3.0-or-later
"""The hosts as the world sees them: each an origin of its own, none more than it must be."""

import gzip
import http.client
import re
import socket
import ssl

import pytest


def connect(trial, name, context=None, alpn=None):
    context = context or trial.tls()
    if alpn:
        context.set_alpn_protocols(alpn)
    plain = socket.create_connection(("127.0.0.1", trial.port("https")), timeout=20)
    return context.wrap_socket(plain, server_hostname=name)


def ask(trial, host, method="GET", path="/", headers=None, body=None):
    """One request, byte by byte ours: its status, headers and body."""
    connection = http.client.HTTPSConnection(host, trial.port("https"), context=trial.tls(), timeout=30)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "xmpp",
}


#: What browsers chat and call through, each with its protocol (RFC 7395, RFC 7118).
SOCKETS = {"/xmpp-websocket": "xmpp", "/sip": "sip"}


@pytest.mark.parametrize("path", SOCKETS)
def test_the_portals_own_origin_may_open_the_websocket(trial, path):
    origin = trial.url("portal", "")
    asked = {**UPGRADE, "Sec-WebSocket-Protocol": SOCKETS[path], "Origin": origin}
    status, headers, _ = ask(trial, trial.report["hosts"]["portal"], path=path, headers=asked)
    assert status == 101 and headers["sec-websocket-protocol"] == SOCKETS[path]


@pytest.mark.parametrize(
    "origin",
    [None, "null", "https://evil.example", "https://chat.social.localhost", "http://chat.social.localhost:{port}",
     "https://social.localhost:{port}", "https://upload.social.localhost:{port}", "https://chat.social.localhost:{port}.evil.example",
     "https://CHAT.social.localhost.evil:{port}"],
)
def test_no_other_origin_may(trial, origin):
    for path, protocol in SOCKETS.items():
        headers = {**UPGRADE, "Sec-WebSocket-Protocol": protocol}
        if origin is not None:
            headers["Origin"] = origin.format(port=trial.port("https"))
        status, _, _ = ask(trial, trial.report["hosts"]["portal"], path=path, headers=headers)
        assert status == 403, path


def test_the_sip_server_looks_at_the_origin_too_and_has_no_other_pages(trial):
    """Whoever gets round nginx on this machine is refused by Kamailio itself."""
    for origin, expected in ((trial.url("portal", ""), 101), ("https://evil.example", 403), (None, 403)):
        connection = http.client.HTTPConnection("127.0.0.1", trial.port("sip_ws"), timeout=20)
        asked = {**UPGRADE, "Sec-WebSocket-Protocol": "sip", **({"Origin": origin} if origin else {})}
        connection.request("GET", "/sip", headers=asked)
        assert connection.getresponse().status == expected, origin
        connection.close()
    for path in ("/sip/", "/sip/status", "/status", "/RPC", "/follow"):
        assert ask(trial, trial.report["hosts"]["portal"], path=path, headers={"Origin": trial.url("portal", "")})[0] == 404, path


def test_the_chat_servers_other_paths_are_not_served(trial):
    hosts = trial.report["hosts"]
    for path in ("/metrics", "/http-bind", "/register_web", "/admin"):
        assert ask(trial, hosts["uploads"], path=path)[0] == 404
    assert ask(trial, hosts["portal"], path="/metrics")[0] == 404
    for path in ("/", "/file_share", "/xmpp-websocket", "/sip"):
        assert ask(trial, hosts["uploads"], path=path)[0] == 404


def test_what_the_upload_host_answers_is_inert_whatever_it_is(trial):
    for method, path in (("GET", "/file_share/nothing/x.html"), ("HEAD", "/file_share/nothing/x.svg"), ("OPTIONS", "/file_share/x")):
        _, headers, _ = ask(trial, trial.report["hosts"]["uploads"], method, path)
        assert headers["content-disposition"] == "attachment"
        assert headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in headers["content-security-policy"] and "default-src 'none'" in headers["content-security-policy"]
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert "set-cookie" not in headers


def test_the_upload_host_takes_no_other_method_and_nothing_too_large(trial):
    host = trial.report["hosts"]["uploads"]
    for method in ("POST", "DELETE", "PATCH", "PROPFIND", "TRACE"):
        assert ask(trial, host, method, "/file_share/a/b")[0] in (403, 405)
    # Refused by its announced length, before a byte of it is sent.
    with connect(trial, host) as stream:
        stream.sendall(
            f"PUT /file_share/a/b HTTP/1.1\r\nHost: {host}\r\nContent-Length: {200 << 20}\r\n\r\n".encode())
        assert b" 413 " in stream.recv(4096)


def test_names_that_nobody_configured_get_neither_certificate_nor_page(trial):
    for name in ("rooms.social.localhost", "localhost", "evil.localhost"):
        with pytest.raises(ssl.SSLError):
            connect(trial, name)
    # A known name in TLS and another in the request: no page either.
    status, _, _ = ask(trial, trial.report["hosts"]["portal"], headers={"Host": "evil.example"})
    assert status == 421


def test_only_tls_1_2_and_1_3_and_http_2_are_spoken(trial):
    host = trial.report["hosts"]["portal"]
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = trial.tls()
        context.minimum_version = context.maximum_version = version
        with connect(trial, host, context, ["h2"]) as stream:
            assert stream.selected_alpn_protocol() == "h2"
    with pytest.warns(DeprecationWarning):
        context = trial.tls()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        connect(trial, host, context)


def test_nginx_does_not_tell_its_version(trial):
    for host in trial.report["hosts"]["portal"], trial.report["hosts"]["uploads"]:
        _, headers, body = ask(trial, host, path="/metrics")
        assert headers["server"] == "nginx" and b"nginx/" not in body


def test_what_a_client_says_about_itself_does_not_pass(trial):
    """The sandbox limits by the address it is told; a client cannot tell it another."""
    host = trial.report["hosts"]["home_server"]
    status, headers, _ = ask(
        trial, host, path="/api/v2/instance",
        headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.1"})
    assert status == 200
    assert "evil.example" not in str(headers)


@pytest.mark.parametrize(("path", "enough"), [("/sign-in", 150), ("/api/v1/devices", 500)])
def test_who_asks_too_often_is_told_so_and_nobody_else_pays(own_trial, path, enough):
    own_trial.start()
    host = own_trial.report["hosts"]["portal"]
    connection = http.client.HTTPSConnection(host, own_trial.port("https"), context=own_trial.tls(), timeout=30)
    answers = set()
    for _ in range(enough):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        answers.add(answer.status)
        if answer.getheader("Connection") == "close":
            connection.close()
    connection.close()
    assert 429 in answers and len(answers) > 1
    elsewhere = http.client.HTTPSConnection(
        host, own_trial.port("https"), context=own_trial.tls(), timeout=30, source_address=("127.0.9.9", 0))
    elsewhere.request("GET", "/")
    assert elsewhere.getresponse().status == 200
    elsewhere.close()


def test_the_home_servers_host_leads_to_nothing_of_the_portal_but_what_its_pages_need(trial):
    """And its cookies and tokens stay with it: the daemon neither gets them nor sets any."""
    host, own = trial.report["hosts"]["home_server"], {"Origin": trial.url("home_server", "")}
    for path, expected in {
        "/trunkline/embed.js": 200, "/trunkline/words.json": 200, "/trunkline/": 404, "/trunkline/client": 404, "/trunkline/api/v1/session": 404,
        "/trunkline/../api/v1/session": 404, "/trunkline/..%2fdevices": 404, "/trunkline/%2e%2e/devices": 404, "/trunkline/ticket": 403,
        "/client": 404, "/web/0/client/main.js": 404, "/embed/embed.js": 404,
    }.items():
        status, headers, _ = ask(trial, host, path=path)
        assert status == expected, path
        assert "set-cookie" not in headers or not path.startswith("/trunkline/"), path
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert ask(trial, host, method, "/trunkline/words.json", own)[0] == 403
    # One script in the app's page, before its data, and none in what only looks like it.
    _, _, page = ask(trial, host)
    script = f'<script src="/trunkline/embed.js" data-chat="{trial.url("portal", "")}" async></script><script id="initial-state"'
    assert page.count(script.encode()) == 1 and page.count(b"/trunkline/") == 1
    assert b"/trunkline/" not in ask(trial, host, path="/auth/sign_in")[2]


def test_what_browsers_run_is_compressed_and_pages_are_not(trial):
    """A page may hold what somebody guesses at by its length (BREACH); files that are the same for everybody hold nothing."""
    hosts, asked = trial.report["hosts"], {"Accept-Encoding": "gzip"}
    page = ask(trial, hosts["portal"], path="/client")[2].decode()
    main = re.search(r'src="(/web/[0-9a-f]+/client/main\.js)"', page)[1]
    words = main.replace("client/main.js", "words/client.json")
    for host, path in ((hosts["portal"], words), (hosts["home_server"], "/trunkline/embed.js")):
        _, headers, packed = ask(trial, host, path=path, headers=asked)
        assert headers["content-encoding"] == "gzip" and "Accept-Encoding" in headers["vary"], path
        _, headers, plain = ask(trial, host, path=path)
        assert "content-encoding" not in headers and gzip.decompress(packed) == plain
        # The tag that goes with the compressed file is known again.
        assert ask(trial, host, path=path, headers={**asked, "If-None-Match": f'W/{headers["etag"]}'})[0] == 304
    for host, path in ((hosts["portal"], "/"), (hosts["portal"], "/client"), (hosts["portal"], "/api/v1/openapi.json"), (hosts["home_server"], "/")):
        assert "content-encoding" not in ask(trial, host, path=path, headers=asked)[1], path
