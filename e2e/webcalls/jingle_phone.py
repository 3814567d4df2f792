# SPDX-License-Identifier: AGPL-3.0-or-later
"""`jingle_app.py` as a test drives it."""
import json
import queue
import sys
import threading
import time
from pathlib import Path

from trial import wait_until

APP = Path(__file__).with_name("jingle_app.py")


class JingleApp:
    """`jingle_app.py` as a member's app on a host of its own."""

    def __init__(self, host, server, member):
        """`server`: address, port, and whom to believe."""
        self.host, self.said, self.news = host, [], queue.Queue()
        device = member.add_device("Chat app")
        self.process = host.popen(sys.executable, APP, stdin=-1, stdout=-1, text=True)
        threading.Thread(target=self.listen, daemon=True).start()
        self.write(json.dumps({"jid": f"{member.address}/app", "password": device.password, **server}))
        self.wait("online")

    def listen(self):
        for line in self.process.stdout:
            self.news.put(json.loads(line))
        self.news.put({"what": "ended"})

    def write(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait(self, what, seconds=20.0, **like):
        """The next of these words that was not waited for yet."""
        deadline = time.monotonic() + seconds
        while True:
            for one in self.said:
                if one["what"] == what and all(one.get(key) == value for key, value in like.items()):
                    self.said.remove(one)
                    return one
            try:
                one = self.news.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {what} {like}: {self.said}") from None
            assert one["what"] not in ("ended", "failed"), (one, self.said)
            self.said.append(one)

    def call(self, address, *kinds):
        self.write(" ".join(("call", address, *kinds)))
        return self.wait("proposed")["id"]

    def flows(self):
        self.write("flows")
        return self.wait("flows")

    def until_hearing(self, seconds=20.0, frames=0):
        first = self.flows()

        def hears():
            now = self.flows()
            return now["energy"] > first["energy"] + 1000 and now["frames"] >= frames and now

        return wait_until(hears, seconds, f"more to hear, or see, than {first}")

    def stop(self):
        self.process.kill()
        self.process.wait()
