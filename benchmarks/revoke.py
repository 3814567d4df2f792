#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""From “revoke” to “the stream is closed”, with many streams live: the API is asked to remove one device after the other, and
an ordinary client's connection is watched. In the same run, the time that the API's answer takes without any stream.

    swift build -c release
    benchmarks/revoke.py [--members 10 --devices 20] [--executable .build/release/trunkline-trial]
"""
import argparse
import asyncio
import pathlib
import shutil
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "e2e"), str(ROOT / "e2e/journeys"), str(ROOT / "e2e/prosody")]

from measure import executable, keep, milliseconds  # noqa: E402
from people import new_member, signed_in  # noqa: E402
from trial import Trial, free_offset, new_state  # noqa: E402


def api(member, method, path, **arguments):
    """One call of the JSON API in the member's browser."""
    browser = member.browser
    headers = {"Origin": browser.trial.url("portal", "").rstrip("/")}
    if method != "GET":
        headers["X-CSRF-Token"] = member.csrf
    answer = browser.session.request(method, browser.trial.url("portal", f"/api/v1/{path}"), headers=headers, timeout=30, **arguments)
    assert answer.status_code < 300, answer.text
    return answer.json()


async def story(trial, members, devices):
    people = [new_member(trial, "bench") for _ in range(members)]
    idle = []
    for member in people:
        member.csrf = api(member, "GET", "session")["csrf_token"]
        for number in range(devices):
            issued = api(member, "POST", "devices", json={"name": f"Device {number}", "chat": "other"})
            member.devices.append(type("Device", (), {
                "member": member, "id": issued["device"]["id"], "password": issued["passwords"][0]["password"]})())
    clients = {}
    for member in people:
        for device in member.devices:
            clients[device] = member.client(device, resource=device.id)
            await signed_in(clients[device])
    print(f"{len(clients)} streams are live")
    closed, answered = [], []
    for device, client in clients.items():
        client.auto_reconnect = False
        ended = asyncio.get_running_loop().create_future()
        client.gone.add_done_callback(lambda _, ended=ended: ended.set_result(time.perf_counter()))
        start = time.perf_counter()
        answer = await asyncio.to_thread(api, device.member, "DELETE", f"devices/{device.id}")
        answered.append(time.perf_counter() - start)
        assert answer["ended"] == 1, answer
        closed.append(await asyncio.wait_for(ended, 10) - start)
    for member in people:
        for _ in range(max(1, 50 // members)):
            issued = api(member, "POST", "devices", json={"name": "Never used", "chat": "other"})
            start = time.perf_counter()
            await asyncio.to_thread(api, member, "DELETE", f"devices/{issued['device']['id']}")
            idle.append(time.perf_counter() - start)
    rows = []
    for name, values in (("revoke to stream closed", closed), ("revoke to answer", answered),
                         ("revoke to answer, nobody online", idle)):
        print(f"{name:32} {milliseconds(values)}")
        rows.append({"side": name, "text": milliseconds(values)})
    keep(f"revoking with {len(clients)} streams live", rows)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--members", type=int, default=10)
    options.add_argument("--devices", type=int, default=20)
    options.add_argument("--executable", type=pathlib.Path)
    chosen = options.parse_args()
    folder = new_state("bench")
    trial = Trial(state=folder / "state", offset=free_offset(), executable=chosen.executable or executable("trunkline-trial"))
    try:
        trial.start()
        trial.sandbox("PUT", "/sandbox/settings", json={"limits": "none"})
        asyncio.run(story(trial, chosen.members, chosen.devices))
    finally:
        trial.destroy()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
