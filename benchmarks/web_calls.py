#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls in the home server's page, between two Chromiums on hosts of their own, through the whole trial: from the click on Call to the
ringing at the other end, and from the click on Answer until both hear something. Against two baresip on a bare Kamailio without any
relay, in the same run, in turns. Ours counts until sound is played, baresip until the first packet is there.
Then what each call costs that goes on: CPU of rtpengine, Kamailio and nginx.

    benchmarks/web_calls.py [--rounds 20] [--seconds 15]
"""
import contextlib
import secrets
import statistics
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from chat_page import ROOT, arguments
from measure import cpu, family, keep, milliseconds, percentile, proportional
from sip_parties import PASSWORD, Peer

sys.path[:0] = [str(ROOT / "e2e/webcalls"), str(ROOT / "e2e/calls")]

from call_page import CallPage  # noqa: E402
from house import house_in, new_caller, relay_certificate, trial_in  # noqa: E402
from namespaces import Network  # noqa: E402
from place import Place  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from softphone import Phone  # noqa: E402

#: In each frame: when what happened, in ms since 1970. All hosts of the network have the machine's clock.
CLOCK = """
{
  const now = () => performance.timeOrigin + performance.now();
  const marks = (globalThis.marks = {});
  const ask = () => {
    const open = trialCalls.last();
    if (open?.getReceivers().some((one) => one.track.kind === "audio" && one.getSynchronizationSources().length)) marks.heard ??= now();
    else if (!marks.heard) setTimeout(ask, 5);
  };
  addEventListener("click", (event) => {
    const what = event.target.closest("[data-test]")?.dataset.test;
    if (what === "call" || what === "answer") {
      for (const name of Object.keys(marks)) if (what === "call" || name !== "rings") delete marks[name];
      marks[what] = now();
      ask();
    }
  }, true);
  // Where the time goes: what is asked of the browser, and when it has done it.
  const mark = (name) => (marks[name] ??= now());
  const timed = (owner, name, as) => {
    const original = owner[name];
    owner[name] = async function (...given) {
      mark(`${as} asked for`);
      const done = await original.apply(this, given);
      mark(as);
      return done;
    };
  };
  timed(MediaDevices.prototype, "getUserMedia", "microphone");
  timed(RTCPeerConnection.prototype, "setRemoteDescription", "their description");
  timed(RTCPeerConnection.prototype, "setLocalDescription", "our description");
  const heard = new WeakSet();
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    if (typeof data === "string") {
      if (marks.call && data.startsWith("INVITE ")) mark(/^Proxy-Authorization:/m.test(data) ? "proof sent" : "sent");
      if (marks.answer && /^SIP\/2.0 200 [^]*^CSeq: \d+ INVITE/m.test(data)) mark("200 sent");
      if (!heard.has(this)) {
        heard.add(this);
        this.addEventListener("message", ({ data: said }) => {
          if (typeof said === "string" && marks.call && /^SIP\/2.0 200 [^]*^CSeq: \d+ INVITE/m.test(said)) mark("200 here");
        });
      }
    }
    return send.call(this, data);
  };
  const Watched = globalThis.RTCPeerConnection;
  globalThis.RTCPeerConnection = class extends Watched {
    constructor(...given) {
      super(...given);
      mark("connection");
      this.addEventListener("iceconnectionstatechange", () => this.iceConnectionState === "connected" && mark("ICE"));
      this.addEventListener("connectionstatechange", () => this.connectionState === "connected" && mark("DTLS"));
    }
  };
  new MutationObserver(() => {
    if (document.querySelector("[data-test='incoming']")) marks.rings ??= now();
    else delete marks.rings;
  }).observe(document, { childList: true, subtree: true });
}
"""


class Browsers:
    name = "browser to browser, ours"

    def __init__(self, caller, callee):
        self.caller, self.callee = caller, callee
        #: From the click until the browser has sent the call: microphone, description, candidates.
        self.until_sent = []
        #: Marks of both pages, for each call.
        self.traces = []

    def call(self):
        """Seconds from the click to the ringing, and from the answer to sound at both ends. The call goes on."""
        self.caller.test("call").first.click()
        self.callee.until_ringing()
        rings = self.marks(self.callee)["rings"]
        self.callee.answer()
        for page in (self.caller, self.callee):
            page.until(lambda: "heard" in self.marks(page), 30, "sound")
        one, other = self.marks(self.caller), self.marks(self.callee)
        self.traces.append((one, other))
        self.until_sent.append((one["sent"] - one["call"]) / 1000)
        return (rings - one["call"]) / 1000, (max(one["heard"], other["heard"]) - other["answer"]) / 1000

    @staticmethod
    def marks(page):
        return page.frame.evaluate("globalThis.marks")

    def end(self):
        self.caller.press("hang-up").until_ended("hung-up")
        self.callee.until_no_call()
        self.caller.press("call-back-to-chat")


class Phones:
    name = "baresip to baresip, bare Kamailio"

    def __init__(self, caller, callee):
        self.caller, self.callee = caller, callee

    def call(self):
        start = time.monotonic()
        self.caller.dial(self.callee.device.member.name)
        self.callee.wait("CALL_INCOMING")
        rang = time.monotonic()
        self.callee.command("accept")
        for phone in (self.caller, self.callee):
            phone.wait("CALL_RTPESTAB")
        return rang - start, time.monotonic() - rang

    def end(self):
        self.caller.command("hangup")
        self.callee.wait("CALL_CLOSED")
        self.caller.events.clear()
        self.callee.events.clear()


@contextlib.contextmanager
def stage(chosen):
    """Both sides, ready to call."""
    with contextlib.ExitStack() as stack:
        network = stack.enter_context(Network())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-web-calls-")))
        folder.chmod(0o755)
        names = [f"m{secrets.token_hex(8)}" for _ in range(2)]
        peer = Peer(folder / "peer", names, host=network.host("peer", 2))
        stack.callback(peer.stop)
        peer.start()
        phones = []
        for number, name in enumerate(names):
            device = SimpleNamespace(id=name, member=SimpleNamespace(name=name), password=PASSWORD)
            phones.append(Phone(network.host("phone", 100 + number), folder, peer, device))
            stack.callback(phones[-1].stop)
            phones[-1].start().registered()
        house = stack.enter_context(house_in(network))
        trial = stack.enter_context(trial_in(house, **({"executable": chosen.executable} if chosen.executable else {})))
        stack.enter_context(house.entered())
        playwright = stack.enter_context(sync_playwright())
        pages = []
        for stem in ("caller", "callee"):
            place = Place(network, "home", house.address)
            place.start_browser(playwright, trial.state.parent, relay_certificate(trial))
            stack.callback(place.browser.close)
            pages.append(CallPage(trial, place, new_caller(trial, stem)))
            pages[-1].context.add_init_script(CLOCK)
            pages[-1].sign_in().ready()
        pages[0].start(pages[1].address)
        yield trial, Browsers(*pages), Phones(*phones)


def compare(sides, count):
    """All sides in turns; a ratio for each round."""
    times = {side: ([], []) for side in sides}
    for number in range(count + 1):
        for side in sides[number % 2:] + sides[:number % 2]:
            measured = side.call()
            side.end()
            if number:  # the first one warms
                for kept, value in zip(times[side], measured):
                    kept.append(value)
    rows = []
    for which, what in enumerate(("click to ringing", "answer to first audio")):
        ours, base = (times[side][which] for side in sides)
        ratios = [one / other for one, other in zip(ours, base)]
        print(what)
        for side in sides:
            print(f"  {side.name:34} {milliseconds(times[side][which])}")
        print(f"  {statistics.median(ratios):.2f} times (half of the rounds: {percentile(ratios, 0.25):.2f} to {percentile(ratios, 0.75):.2f})")
        rows.append({"what": what, "ours": statistics.median(ours), "base": statistics.median(base), "ratio": statistics.median(ratios)})
    return rows


def trace(calls):
    """When what happened, as medians: in the caller's browser from the click, in the callee's from the answer, and there too until sound."""
    for side, start, which in (("caller, from the click", "call", 0), ("caller, from the callee's answer", "answer", 0), ("callee, from the answer", "answer", 1)):
        times = {}
        for marks in calls:
            begin = marks[0]["call"] if start == "call" else marks[1]["answer"]
            for name, at in marks[which].items():
                if at >= begin:
                    times.setdefault(name, []).append(at - begin)
        print(f"  {side}: " + ", ".join(f"{name} {statistics.median(all_):.0f}" for name, all_ in sorted(times.items(), key=lambda one: statistics.median(one[1]))) + " ms")


def cost(trial, browsers, seconds):
    """What one call that goes on costs each engine: a share of one core, and memory."""
    engines = {name: family(trial.pid(name)) for name in ("rtpengine", "kamailio", "nginx")}

    def measured():
        before = {name: cpu(*pids) for name, pids in engines.items()}
        began = time.monotonic()
        browsers.caller.page.wait_for_timeout(1000 * seconds)
        spent = time.monotonic() - began
        return {name: ((cpu(*pids) - before[name]) / spent, proportional(*pids)) for name, pids in engines.items()}

    idle = measured()
    browsers.call()
    in_call = measured()
    browsers.end()
    rows = []
    print(f"a call of voice that goes on, over {seconds} s")
    for name in engines:
        share, memory = (one - other for one, other in zip(in_call[name], idle[name]))
        print(f"  {name:10} {100 * share:6.2f} % of a core   {memory / 1024:8.0f} KiB")
        rows.append({"engine": name, "share": share, "bytes": memory})
    return rows


def main():
    chosen = arguments(__doc__, rounds=20, seconds=15)
    with stage(chosen) as (trial, browsers, phones):
        rows = compare([browsers, phones], chosen.rounds)
        print(f"of the click to ringing, until the browser has sent the call: {milliseconds(browsers.until_sent[1:])}")
        trace(browsers.traces[1:])
        keep("web_calls", rows + cost(trial, browsers, chosen.seconds))


if __name__ == "__main__":
    main()
