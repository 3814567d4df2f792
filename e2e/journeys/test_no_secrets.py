# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was shown once is nowhere: every file of a site, every process's arguments and environment are searched."""

import base64
import hashlib
import pathlib
import time

from people import DOMAIN, leave, signed_in
from trial import processes, wait_until

MESSAGE = "a word that only two people know"


def guises(secret: str) -> set[bytes]:
    """How a secret may lie about: plain, without its dashes, in other letters, in base 64 at each offset, in hex."""
    words = {secret, secret.replace("-", ""), secret.replace("-", " ")}
    found = set()
    for word in {form(word) for word in words for form in (str, str.lower, str.upper)}:
        plain = word.encode()
        found |= {plain, plain.hex().encode(), plain.hex().upper().encode(), word.encode("utf-16-le")}
        for offset in range(3):
            # Only what stands whatever is before and behind.
            text = base64.b64encode(b"\0" * offset + plain)[(offset * 8 + 5) // 6:]
            text = text.rstrip(b"=")[:-1]
            found |= {text, text.replace(b"+", b"-").replace(b"/", b"_")}
    return found


def contents(trial, since: float):
    """Name and bytes of all that a site leaves behind or shows of itself; of files, those that were written to since then."""
    for path in trial.state.rglob("*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_ctime >= since:
            yield str(path.relative_to(trial.state)), path.read_bytes()
    yield "what the trial said", trial.said.encode() + trial.final_line.encode()
    running = processes()
    ours = {trial.process.pid} | {pid for child in trial.status()["children"] if (pid := child.get("pid"))}
    groups = {running[pid]["group"] for pid in ours if pid in running}
    for pid, about in running.items():
        if about["group"] in groups:
            for name in ("cmdline", "environ"):
                try:
                    yield f"{name} of {about['command']}", pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
                except (FileNotFoundError, ProcessLookupError):
                    pass  # it has just ended


def places(everything, *guises: bytes) -> set[str]:
    """Where one of these lies."""
    return {name for name, data in everything if any(guise in data for guise in guises)}


def strings(value):
    """All texts in what was JSON."""
    if isinstance(value, dict):
        value = list(value.values())
    return [text for one in value for text in strings(one)] if isinstance(value, list) else [value] if isinstance(value, str) else []


def portal_cookies(person):
    return [cookie for cookie in person.browser.session.cookies if cookie.domain.startswith("chat.")]


def test_no_password_and_no_session_secret_lies_anywhere(trial, member, run):
    begun = time.time() - 1
    alice, bob = member("alice", devices=1), member("bob")
    alice.add_device("Phone", chat="conversations")
    bob.add_device()
    secrets = [device.password for device in alice.devices + bob.devices]
    alice.switch(True, "calls")
    page = alice.add_page("Both", chat="gajim", calls="linphone")
    secrets += [page.outputs["password-chat"], page.outputs["password-calls"]]
    link = next(link.removeprefix("linphone-config:") for link in page.links if link.startswith("linphone-config:"))
    assert trial.session().get(link, timeout=20).status_code == 200
    secrets.append(link.rsplit("/", 1)[1])  # the link's token
    added = trial.trunkline_json("devices", "add", alice.name, "--name", "By the admin", "--app", "dino", "--app", "baresip")
    secrets += [word for word in strings(added) if word.count("-") >= 4]
    assert len(secrets) == 8 and all(len(secret) >= 24 for secret in secrets), "every secret is known to this test"
    cookies = [cookie.value for person in (alice, bob) for cookie in portal_cookies(person) if len(cookie.value) >= 16]
    assert len(cookies) >= 2
    wrong = [secret[:-1] + ("x" if secret[-1] != "x" else "y") for secret in secrets[:2]]  # mistyped

    async def story():
        clients = [alice.client(alice.devices[0], "one", "SCRAM-SHA-256"), alice.client(alice.devices[1], "two", "PLAIN"),
                   bob.client(mechanism="SCRAM-SHA-1")]
        await signed_in(*clients)
        for password, mechanism in zip(wrong, ("PLAIN", "SCRAM-SHA-256")):
            guess = alice.client(alice.devices[0], "guess", mechanism, password=password)
            assert await guess.sign_in() == "not-authorized"
            await leave(guess)
        clients[0].send_message(bob.address, MESSAGE, mtype="chat")
        await clients[2].until(lambda: any(message["body"] == MESSAGE for message in clients[2].messages))
        await leave(*clients)

    run(story())
    forged = {cookie.name: cookie.value[:-1] + "_" for cookie in portal_cookies(alice)}
    trial.session().get(trial.url("portal", "/devices"), cookies=forged, timeout=20)
    alice.remove(alice.devices[1])
    bob.browser.submit(bob.browser.get("/settings"), "/sign-out")
    # What is told late has been told: who was here last.
    wait_until(lambda: "from 127.0.0.1" in alice.browser.get("/devices").text, 15, "last use")

    everything = list(contents(trial, begun))
    for secret in (*secrets, *wrong, *cookies):
        assert not places(everything, *guises(secret)), secret[:4] + "…"
    # An HA1 is as good as the password: it lies where calls are judged; in the ledger it is sealed.
    password = page.outputs["password-calls"]
    keys = [hashlib.new(kind, f"{alice.name}:{DOMAIN}:{password}".encode()).digest() for kind in ("md5", "sha256")]
    forms = [form for key in keys for form in (key, key.hex().encode(), base64.b64encode(key))]
    assert {name.split(".sqlite")[0] for name in places(everything, *forms)} == {"sip/projection/projection"}
    assert {name.split("-wal")[0] for name in places(everything, MESSAGE.encode())} == {"xmpp/prosody/data/archive.sqlite"}, "content lies in the archive only"
    # The search does find: what a client sends for PLAIN, and a secret in the one file that it belongs into.
    for name in ("a", "al", "ali"):
        sent = base64.b64encode(f"\0{name}\0{secrets[0]}".encode())
        assert places([("sent", sent)], *guises(secrets[0]))
    assert places(contents(trial, 0), *guises(trial.control_token)) == {"sandbox/control.token"}
