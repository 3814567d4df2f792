# SPDX-License-Identifier: AGPL-3.0-or-later
"""The admin's command line: what it prints, what programs read of it, and what it says to bad input."""

import asyncio
import json
import re
import subprocess

import pytest
from engines import Hands
from people import leave, new_member, signed_in
from trial import ROOT

PROGRAM = ROOT / ".build/debug/trunkline"
COMMANDS = {
    "serve": (), "prepare": (), "status": (), "accounts": ("list", "show", "disable", "enable", "delete"),
    "devices": ("list", "add", "revoke"), "config": ("check", "show"), "engines": ("write",),
}
#: What ArgumentParser ends a wrong call with (EX_USAGE), and we a command that did not work.
WRONG_CALL, FAILED = 64, 1


def refused(done: subprocess.CompletedProcess, status: int, *words: str) -> None:
    assert done.returncode == status, done
    assert done.stdout == "", done.stdout
    for word in words:
        assert word in done.stderr, done.stderr
    assert "Error(" not in done.stderr and "Fatal" not in done.stderr


def test_help_teaches_every_command():
    for command, children in COMMANDS.items():
        for words in ((command,), *((command, child) for child in children)):
            done = subprocess.run([PROGRAM, *words, "--help"], capture_output=True, text=True, timeout=30)
            assert done.returncode == 0 and f"USAGE: trunkline {' '.join(words)}" in done.stdout
    everything = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, timeout=30).stdout
    assert all(f"  {command}" in everything for command in COMMANDS)
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, timeout=30).stdout)


@pytest.mark.parametrize(("shell", "check"), [("bash", ["bash", "-n"]), ("zsh", None), ("fish", None)])
def test_completions_are_made_for_each_shell(shell, check, tmp_path):
    done = subprocess.run([PROGRAM, "--generate-completion-script", shell], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0
    for word in ("accounts", "revoke", "conversations", "json"):
        assert word in done.stdout
    if check:
        script = tmp_path / "script"
        script.write_text(done.stdout)
        assert subprocess.run([*check, script], timeout=30).returncode == 0


@pytest.mark.parametrize("arguments", [
    ["nonsense"], ["accounts", "nonsense"], ["accounts", "show"], ["accounts", "list", "--limit", "0"],
    ["accounts", "list", "--limit", "many"], ["accounts", "list", "--limit", "10001"], ["accounts", "list", "extra"],
    ["devices", "add", "alice"], ["devices", "add", "alice", "--name", "x", "--days", "0"],
    ["devices", "add", "alice", "--name", "x", "--days", "1831"], ["devices", "revoke", "alice"], ["status", "--yaml"],
    ["--generate-completion-script", "tcsh"],
])
def test_wrong_calls_are_answered_with_how_to_call(arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=30)
    refused(done, WRONG_CALL, "Usage: trunkline" if "--generate" not in arguments[0] else "tcsh")


@pytest.mark.parametrize(("name", "words"), [
    ("nobody_here", "no such account"), ("a.b", ""), ("", ""), ("x" * 31, ""), ("alice@elsewhere.example", "not our domain"),
    ("ünïcode", ""), ("../../etc/passwd", ""), ("' OR 1=1 --", ""), ("a\nb", ""), ("alice@", "not our domain"),
])
def test_a_name_that_means_nobody_is_refused_by_every_command(trial, name, words):
    for command in (["accounts", "show"], ["accounts", "disable"], ["accounts", "enable"], ["accounts", "delete", "--yes"],
                    ["devices", "list"], ["devices", "add", "--name", "x"]):
        refused(trial.trunkline(*command, name, check=False), FAILED, words)


def test_bad_devices_are_refused(trial, member):
    somebody, other = member("devices", devices=1), member("devices", devices=1)
    for identifier in ("", "short", "A" * 16, "a" * 17, "../../../../etc", "0000000000000000", other.devices[0].id):
        refused(trial.trunkline("devices", "revoke", somebody.name, identifier, check=False), FAILED)
    for name in ("", " ", "x" * 200, "two\nlines", "bell\a", "‮reversed"):
        refused(trial.trunkline("devices", "add", somebody.name, "--name", name, check=False), FAILED)
    refused(trial.trunkline("devices", "add", somebody.name, "--name", "x", "--app", "icq", check=False), FAILED, "conversations")
    assert [device["id"] for device in trial.trunkline_json("devices", "list", other.name)] == [other.devices[0].id]
    assert [device["id"] for device in trial.trunkline_json("devices", "list", somebody.name)] == [somebody.devices[0].id]


@pytest.mark.parametrize("is_up", [True, False])
def test_every_command_works_with_the_daemon_up_and_down(own_trial, run, is_up):
    own_trial.start()
    somebody = new_member(own_trial, "cli", devices=1)
    with Hands(own_trial) as hands:
        if not is_up:
            hands.stop("daemon")
        listed = own_trial.trunkline_json("accounts", "list")
        record = next(account for account in listed if account["address"] == somebody.address)
        assert set(record) == {"address", "homeServer", "homeID", "displayName", "state", "standing", "standingCheckedAt",
                               "services", "presence", "chatReach", "callReach", "createdAt"}
        assert (record["state"], record["services"], record["presence"]) == ("active", ["xmpp"], "nobody")
        assert own_trial.trunkline_json("accounts", "list", "--search", "no such name") == []
        assert somebody.address in own_trial.trunkline("accounts", "list", "--search", somebody.name).stdout

        added = own_trial.trunkline_json("devices", "add", f"@{somebody.address}", "--name", "By the admin", "--days", "7", "--app", "dino")
        assert set(added) == {"id", "address", "passwords"} and added["address"] == somebody.address
        devices = own_trial.trunkline_json("devices", "list", somebody.name)
        mine = next(device for device in devices if device["id"] == added["id"])
        assert mine["apps"] == {"xmpp": "dino"} and mine["expiresAt"] > mine["createdAt"] and not mine["sights"]

        async def story(password, outcome):
            client = somebody.client(password=password)
            assert await client.sign_in() == outcome
            await leave(client)

        run(story(added["passwords"]["xmpp"], "in"))
        assert "revoked" in own_trial.trunkline("devices", "revoke", somebody.name, added["id"]).stdout
        run(story(added["passwords"]["xmpp"], "not-authorized"))

        async def thrown_out():
            client = somebody.client()
            await signed_in(client)
            said = await asyncio.to_thread(own_trial.trunkline, "accounts", "disable", somebody.name.upper())
            # Where the daemon runs too, it can have been quicker: then nothing is left to end.
            assert "One connection was ended" in said.stdout or is_up and "Nothing had to be ended" in said.stdout
            await asyncio.wait_for(client.gone, 5)
            client.abort()

        run(thrown_out())
        run(story(None, "not-authorized"))
        shown = own_trial.trunkline_json("accounts", "show", somebody.name)
        assert shown["account"]["state"] == "disabled" and shown["account"]["disabledAt"]
        assert [entry["action"] for entry in shown["audit"]][:3] == ["account.disabled", "device.revoked", "device.added"]
        assert {entry["actor"] for entry in shown["audit"][:3]} == {"admin"}
        refused(own_trial.trunkline("devices", "add", somebody.name, "--name", "x", check=False), FAILED, "accounts enable")
        assert "work as before" in own_trial.trunkline("accounts", "enable", somebody.name).stdout
        run(story(None, "in"))
        everything = own_trial.trunkline("accounts", "show", somebody.name).stdout
        assert added["passwords"]["xmpp"] not in everything and somebody.devices[0].password not in everything

        refused_delete = own_trial.trunkline("accounts", "delete", somebody.name, check=False, input="somebody else\n")
        assert refused_delete.returncode == FAILED and "Nothing was deleted" in refused_delete.stderr
        assert own_trial.trunkline("accounts", "delete", somebody.name, input=f"{somebody.name}\n").returncode == 0
        run(story(None, "not-authorized"))


def test_status_says_in_its_exit_code_whether_all_is_well(own_trial):
    own_trial.start()
    new_member(own_trial, "status", devices=2)
    with Hands(own_trial) as hands:
        report = own_trial.trunkline_json("status")
        assert (report["accounts"], report["devices"], report["notAdmitted"], report["problems"]) == (1, 2, 0, [])
        assert report["chatServer"]["state"] == "follows" and report["chatServer"]["sequence"] == report["ledgerSequence"] and report["standingLag"] < 60
        people = report["people"]
        assert people["link"]["connected"] and people["link"]["since"] and people["errandsWaiting"] == 0
        assert people["siteBlocks"] == 1 and people["siteBlocksAsOf"] and "relationsLag" not in people, "nobody lets us ask regularly"
        assert "Link to it:        stands since" in own_trial.trunkline("status").stdout
        hands.stop("daemon")
        done = own_trial.trunkline("status")
        assert done.returncode == 0 and "is lost since" in done.stdout, "the chat server needs no daemon, and it may be back in a moment"
        hands.stop("prosody")
        done = own_trial.trunkline("status", check=False)
        assert done.returncode == 1 and "Needs you" in done.stdout and "does not answer" in done.stdout
        assert json.loads(own_trial.trunkline("status", "--json", check=False).stdout)["chatServer"]["state"] == "does not answer"


def test_mistakes_in_the_configuration_are_named_with_their_lines(trial, tmp_path):
    right = trial.configuration.read_text()
    lines = right.splitlines()
    number = next(place for place, line in enumerate(lines, 1) if "c2s_port" in line)
    file = tmp_path / "trunkline.yaml"

    def check(text, **variables):
        file.write_text(text)
        return subprocess.run([PROGRAM, "config", "check", "--config", file], capture_output=True, text=True, timeout=30,
                              env={"PATH": "/usr/bin:/bin", **variables})

    assert check(right).returncode == 0, check(right).stderr
    refused(check(right.replace("c2s_port:", "c2s_prot:", 1)), FAILED, f"trunkline.yaml:{number}:", "Did you mean “xmpp.c2s_port”?")
    refused(check(re.sub(r"c2s_port: \d+", "c2s_port: 70000", right)), FAILED, f"trunkline.yaml:{number}:", "1 to 65535")
    refused(check(right + "domain: twice.example\n"), FAILED, f"trunkline.yaml:{len(lines) + 1}:", "“domain” stands twice")
    refused(check(right.replace("domain:", "\tdomain:", 1)), FAILED, "not YAML")
    refused(check("- a\n- list\n"), FAILED, "no list of keys")
    refused(check(""), FAILED, "“domain” is missing")
    refused(check(right, TRUNKLINE__HOME_SERVER__POLL_INTERVAL="5"), FAILED, "TRUNKLINE__HOME_SERVER__POLL_INTERVAL", "from 60")
    refused(check(right, TRUNKLINE__NO__SUCH__KEY="5"), FAILED, "TRUNKLINE__NO__SUCH__KEY")
    both = check(right.replace("level: info", "level: loud").replace("https://chat", "http://chat"))
    refused(both, FAILED, "log.level", "portal.url")
    missing = subprocess.run([PROGRAM, "status", "-c", "/no/such/file"], capture_output=True, text=True, timeout=30)
    refused(missing, FAILED, "/no/such/file", "--config")
    shown = json.loads(subprocess.run([PROGRAM, "config", "show", "--json", "-c", trial.configuration], capture_output=True, text=True, timeout=30).stdout)
    assert {"key", "value", "from", "about"} >= set(shown[0]) and len(shown) > 30
    secret = (trial.state / "secrets/ledger.key").read_text().strip()
    assert secret not in json.dumps(shown)
