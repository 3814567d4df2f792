#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Memory: of a tab before and after it has been sent 10,000 messages, and of each of the site's processes with 200 clients online.

The clients are the web client's own sessions, opened by one page of the chat host, several for each of ten members; so each has a
WebSocket through nginx and a stream at Prosody, as a browser has.

    benchmarks/chat_memory.py [--messages 10000] [--clients 200]
"""
import time

from chat_page import arguments, stage
from measure import family, keep, proportional

OPEN = """async ([module, websocket, accounts]) => {
  const { XmppSession } = await import(module);
  window.held = [];
  const online = accounts.map(({ username, domain, password }) => new Promise((done, fail) => {
    const session = new XmppSession({});
    window.held.push(session);
    session.on('online', done);
    session.on('ended', ({ reason }) => fail(new Error(reason)));
    session.start({ websocket, username, domain, password: () => password });
  }));
  await Promise.all(online);
  return online.length;
}"""


def heap(page):
    session = page.page.context.new_cdp_session(page.page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    values = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return values["JSHeapUsedSize"], int(values["Nodes"])


def main():
    chosen = arguments(__doc__, messages=10_000, clients=200)
    with stage(chosen.executable) as made:
        trial = made.trial
        reader, writers = made.member("reads"), [made.member("writes", devices=1) for _ in range(5)]
        page = made.sit(reader)
        page.open_chat().wait_for("online")
        before = heap(page)
        apps = [made.apps.sign_in(writer) for writer in writers]
        begun = time.monotonic()
        for number in range(chosen.messages):
            apps[number % len(apps)].say(reader.address, f"Message {number}, of about the length that messages usually have in a chat.")
        for app in apps:
            app.say(reader.address, "That was all of them")
            app.until_archived(reader.address, chosen.messages // len(apps) + 1, seconds=1200)
        for writer in writers:
            page.to_list().open(writer.address).until_read("That was all of them", seconds=120)
        taken = time.monotonic() - begun
        after = heap(page)
        print(f"a tab: heap {before[0] / 2**20:.1f} MiB and {before[1]} nodes; after {chosen.messages} messages in {taken:.0f} s "
              f"{after[0] / 2**20:.1f} MiB and {after[1]} nodes")
        page.context.close()
        names = ("daemon", "nginx", "prosody")
        idle = {name: proportional(*family(trial.pid(name))) for name in names}
        members = [made.member("many", devices=1) for _ in range(10)]
        accounts = [{"username": member.name, "domain": "social.localhost", "password": member.devices[0].password}
                    for member in members for _ in range(chosen.clients // len(members))]
        context = made.browser.new_context(ignore_https_errors=True)
        tab = context.new_page()
        tab.goto(trial.url("portal", "/client"))
        main_js = tab.locator("script[src*='/client/main.js']").get_attribute("src")
        tab.evaluate(OPEN, [main_js.replace("main.js", "xmpp/session.js"), f"wss://chat.social.localhost:{trial.port('https')}/xmpp-websocket", accounts])
        busy = {name: proportional(*family(trial.pid(name))) for name in names}
        for name in names:
            print(f"  {name:8} {idle[name] / 2**20:7.1f} MiB idle, {busy[name] / 2**20:7.1f} MiB with {len(accounts)} clients: "
                  f"{(busy[name] - idle[name]) / len(accounts) / 1024:.1f} KiB each")
        keep("chat_memory", [{"messages": chosen.messages, "heap": [before[0], after[0]], "nodes": [before[1], after[1]],
                              "clients": len(accounts), "idle": idle, "busy": busy}])


if __name__ == "__main__":
    main()
