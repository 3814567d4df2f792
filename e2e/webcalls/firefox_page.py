# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member at a Firefox on a host of the test network: Mozilla's own Marionette drives it, since Playwright's Firefox is not Debian's."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from marionette_driver.by import By
from marionette_driver.errors import MarionetteException
from marionette_driver.keys import Keys
from marionette_driver.marionette import Marionette
from portal import PASSWORD
from trial import wait_until

PORT = 2828
#: A tone for a microphone and stripes for a camera, both allowed at once; nothing is asked of Mozilla. All that a page may do is as it comes.
PREFERENCES = {
    "marionette.port": PORT, "media.navigator.streams.fake": True, "media.navigator.permission.disabled": True, "intl.accept_languages": "en-GB",
    "browser.aboutwelcome.enabled": False, "datareporting.policy.dataSubmissionEnabled": False, "toolkit.telemetry.enabled": False,
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False, "services.settings.server": "data:,",
    "network.trr.mode": 5,
}
#: In the client's frame: its peer connections, and what has flowed through the one that is open.
PROBE = """
const Native = window.RTCPeerConnection, made = [];
window.RTCPeerConnection = class extends Native { constructor(...given) { super(...given); made.push(this); } };
window.trialFlows = async () => {
  const open = made.findLast((one) => one.connectionState === "connected");
  if (!open) return null;
  const all = [...(await open.getStats()).values()];
  const sum = (type, kind, field) => all.filter((one) => one.type === type && one.kind === kind).reduce((all, one) => all + (one[field] ?? 0), 0);
  return Object.fromEntries(["audio", "video"].map((kind) => [kind, {
    received: sum("inbound-rtp", kind, "bytesReceived"), sent: sum("outbound-rtp", kind, "bytesSent"),
    noticed: sum("inbound-rtp", kind, kind === "audio" ? "totalAudioEnergy" : "framesDecoded"),
  }]));
};
localStorage.setItem("trunkline:calls-checked", "1");
"""


class FirefoxPage:
    def __init__(self, trial, host, account, folder: Path):
        self.trial, self.host, self.account = trial, host, account
        self.profile = folder / f"firefox-{host.name}"
        self.profile.mkdir()
        (self.profile / "user.js").write_text("".join(f'user_pref("{name}", {json.dumps(value)});\n' for name, value in PREFERENCES.items()))
        with (self.profile / "log").open("wb") as log:
            self.process = host.popen("env", f"HOME={self.profile}", "firefox-esr", "--headless", "--marionette", "--no-remote", "--profile", self.profile,
                                      stdout=log, stderr=log)
        self.marionette = Marionette(host="127.0.0.1", port=PORT, socket_timeout=60)
        host.within(self.begin)

    def begin(self):
        def listens():
            with contextlib.suppress(OSError):
                self.marionette.raise_for_port(timeout=1)
                return True

        wait_until(listens, 30, "Firefox")
        self.marionette.start_session({"acceptInsecureCerts": True})

    def end(self):
        with contextlib.suppress(Exception):
            self.marionette.delete_session()
        self.process.terminate()
        self.process.wait(20)

    # -- finding and doing -------------------------------------------------------------------------------------------

    def js(self, script: str, *given):
        return self.marionette.execute_script(script, list(given), sandbox=None)

    def find(self, selector: str, text: str = "", seconds: float = 20):
        """The first that is seen, once there is one."""
        def seen():
            with contextlib.suppress(MarionetteException):
                return next((one for one in self.marionette.find_elements(By.CSS_SELECTOR, selector) if one.is_displayed() and text in one.text), None)

        return wait_until(seen, seconds, f"{self.account.name}: {selector} {text}")

    def until_there(self, selector: str, seconds: float = 20):
        """In the document, seen or not."""
        wait_until(lambda: self.js("return !!document.querySelector(arguments[0])", selector), seconds, f"{self.account.name}: {selector}")
        return self

    def press(self, name: str) -> FirefoxPage:
        self.find(f"[data-test='{name}']").click()
        return self

    def ready(self) -> FirefoxPage:
        """Signs in, opens the client and waits until calls can be made and taken."""
        self.marionette.navigate(self.trial.url("home_server", "/auth/sign_in"))
        self.find("#user_email").send_keys(self.account.name)
        self.find("#user_password").send_keys(PASSWORD + Keys.ENTER)
        self.until_there(".navigation-panel")
        self.find("[data-trunkline-chat]").click()
        self.marionette.switch_to_frame(self.find("iframe[src*='/client']"))
        self.until_there("[data-test='status'][data-phone='ready']", 60)
        self.js(PROBE)
        return self

    def open(self, address: str) -> FirefoxPage:
        self.find(f"[data-test='conversation'][data-address='{address}']").click()
        self.find("[data-test='compose']")
        return self

    def write(self, text: str) -> FirefoxPage:
        self.find("[data-test='compose']").send_keys(text + Keys.ENTER)
        return self

    def until_read(self, text: str) -> FirefoxPage:
        self.find("[data-test='message']", text)
        return self

    def until_phase(self, phase: str, seconds: float = 20) -> FirefoxPage:
        return self.until_there(f"[data-test='call-panel'][data-phase='{phase}']", seconds)

    def until_said(self, text: str) -> FirefoxPage:
        self.find("[data-test='call-panel']", text)
        return self

    def until_flowing(self, kind: str = "audio", least: int = 2_000, seconds: float = 20):
        """Until so many more bytes have come in and gone out, and something new was heard or seen."""
        first = None

        def flows():
            nonlocal first
            now = self.marionette.execute_async_script("trialFlows().then(arguments[arguments.length - 1])", sandbox=None)
            first = first or now
            if not now:
                return False
            grown = {name: now[kind][name] - first[kind][name] for name in now[kind]}
            return grown["received"] >= least and grown["sent"] >= least and grown["noticed"] > 0

        wait_until(flows, seconds, f"{self.account.name}: {kind} both ways")
        return self
