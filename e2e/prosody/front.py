# SPDX-License-Identifier: AGPL-3.0-or-later
"""nginx before Prosody, by the project's own templates, and behind it a page of the chat's host that has nothing on it."""
import http.server
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import chevron
from certificates import make_certificates
from server import free_ports

ROOT = Path(__file__).resolve().parents[2]
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {websocket}; base-uri 'none'; form-action 'none'; "
          "require-trusted-types-for 'script'; trusted-types 'none'")


def rendered(name, **values):
    def text(file):
        return (ROOT / f"share/nginx/{file}.mustache").read_text().split("\n", 1)[1]
    return chevron.render(text(name), values, partials_dict={"proxy": text("proxy"), "tls": text("tls")})


class Front:
    """`page` has the policy of the chat's own page; `free`, beside it, has none."""

    def __init__(self, folder, prosody):
        self.folder, self.host = Path(folder), "chat." + prosody.domain
        self.port, upstream = free_ports(2, prosody.http + 20)
        (self.folder / "temp").mkdir(parents=True)
        origin = f"https://{self.host}:{self.port}"
        self.page, self.free, self.websocket = f"{origin}/", f"{origin}/free", f"wss://{self.host}:{self.port}/xmpp-websocket"
        certificate, key = make_certificates(self.folder / "tls", [self.host, "upload." + prosody.domain])
        values = dict(
            listen=[f"127.0.0.1:{self.port}"], portal_host=self.host, portal_origin=origin, portal_upstream=f"http://127.0.0.1:{upstream}",
            xmpp_upstream=f"http://127.0.0.1:{prosody.http}", upload_host="upload." + prosody.domain, upload_size_mb=20,
            certificate=str(certificate), certificate_key=str(key))
        for name in ("nginx.conf", "trunkline.conf"):
            (self.folder / name).write_text(rendered(name, **values))
        self.pages = http.server.ThreadingHTTPServer(("127.0.0.1", upstream), self.handler(POLICY.format(websocket=self.websocket)))
        threading.Thread(target=self.pages.serve_forever, daemon=True).start()
        self.process = None

    @staticmethod
    def handler(policy):
        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=ROOT / "web")

            def do_GET(self):
                if self.path not in ("/", "/free"):
                    return super().do_GET()
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                if self.path == "/":
                    self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                return self.wfile.write(b"<!doctype html><title>Nothing</title>")

            def log_message(self, *_):
                pass
        return Handler

    def start(self):
        self.process = subprocess.Popen(["nginx", "-e", "stderr", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-g", "daemon off;"])
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("nginx does not answer")

    def cut(self):
        """Every connection through it is gone, without a word of XMPP."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)

    def stop(self):
        self.cut()
        self.pages.shutdown()
        self.pages.server_close()
