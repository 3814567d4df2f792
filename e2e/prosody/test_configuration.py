# SPDX-License-Identifier: AGPL-3.0-or-later
"""The shipped configuration, as Prosody's own checker and its ports see it."""
import http.client
import re
import subprocess
import urllib.request


def test_prosodys_own_checker_finds_nothing(server):
    for what in ("config", "disabled"):
        result = subprocess.run(server.command("prosodyctl", "--config", str(server.config), "check", what),
                                capture_output=True, text=True, cwd="/")
        assert result.returncode == 0, result.stdout + result.stderr


def test_nothing_went_wrong_at_the_start(server):
    lines = [line for line in server.log.read_text().splitlines() if re.search(r"\b(error|warn)\b", line)]
    assert lines == []


def test_only_the_expected_features_are_offered(server, member, connect):
    raw = connect()
    features = raw.open()
    assert re.findall("<mechanism>([^<]+)", features)
    assert "register" not in features and "iq-auth" not in features
    alice = member()
    raw = connect().login(alice.devices[0])
    raw.send("<iq type='get' id='d' to='social.localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
    found = set(re.findall("var=['\"]([^'\"]+)", raw.expect("<iq [^>]*id=['\"]d['\"].*?</iq>").group()))
    assert found >= {"urn:xmpp:carbons:2", "urn:xmpp:blocking", "urn:xmpp:ping", "vcard-temp"}
    assert not found & {"jabber:iq:register", "jabber:iq:auth", "jabber:iq:last", "urn:xmpp:extdisco:2"}
    raw.send("<iq type='get' id='c' to='social.localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
    contact = raw.expect("var='abuse-addresses'.*?<(/field|field/)>|<field[^>]*abuse-addresses.*?</field>").group()
    assert re.findall("<value>([^<]+)", contact) == ["mailto:abuse@social.localhost", "xmpp:eve@social.localhost"]
    raw.send(f"<iq type='get' id='e' to='{alice.name}@social.localhost'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>")
    found = set(re.findall("var=['\"]([^'\"]+)", raw.expect("<iq [^>]*id=['\"]e['\"].*?</iq>").group()))
    assert found >= {"urn:xmpp:mam:2", "urn:xmpp:push:0", "urn:xmpp:bookmarks:1#compat"}


def test_http_serves_metrics_and_websockets_on_loopback_only(server):
    metrics = urllib.request.urlopen(f"http://127.0.0.1:{server.http}/metrics").read().decode()
    assert "prosody_mod_c2s__connections" in metrics
    connection = http.client.HTTPConnection("127.0.0.1", server.http)
    connection.request("GET", "/xmpp-websocket", headers={
        "Host": "chat.social.localhost", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "xmpp", "X-Forwarded-Proto": "https"})
    assert connection.getresponse().status == 101
    listening = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True).stdout
    for port in (server.http, server.c2s, server.s2s):
        assert re.findall(rf"(\S+):{port}\s", listening) == ["127.0.0.1"]


def test_the_control_socket_refuses_what_it_does_not_know(server):
    assert server.ask("shutdown") == "unknown" and server.ask("") == "unknown"
    import socket
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(5)
        control.connect(str(server.socket_path))
        control.sendall(b"x" * 100_000)
        try:
            assert control.recv(10) == b""
        except ConnectionResetError:
            pass
    assert server.status()["readable"] is True
