# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the supervisor promises, held against real engines."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from trial import BASE_PORTS, CHILDREN, EXECUTABLE, ROOT, Trial, alive, all_ports_free, as_user, groups_of, processes, wait_until

IS_ROOT = os.geteuid() == 0


def test_is_ready_in_every_part_and_says_so_in_one_line(trial):
    assert trial.final_line.count("\n") == 1
    assert trial.final_line.startswith(f"Ready: open {trial.url('portal')} and sign in as alice")
    assert [child["state"] for child in trial.status()["children"]] == ["ready"] * len(CHILDREN)
    shown = trial.status_command("--json")
    assert shown.returncode == 0
    assert {child["name"] for child in json.loads(shown.stdout)["children"]} == set(CHILDREN)
    table = trial.status_command()
    assert table.returncode == 0 and all(name in table.stdout for name in CHILDREN)


def test_each_part_answers_at_its_host(trial):
    session = trial.session()
    instance = session.get(trial.url("home_server", "/api/v2/instance"), timeout=20)
    assert instance.status_code == 200 and instance.json()["domain"] == "social.localhost"
    assert session.get(trial.url("portal"), timeout=20).status_code < 500
    assert session.get(trial.url("uploads"), timeout=20).status_code == 404
    with socket.create_connection(("127.0.0.1", trial.port("client_tls")), timeout=20) as plain:
        with trial.tls().wrap_socket(plain, server_hostname="social.localhost") as stream:
            stream.sendall(
                b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
                b" to='social.localhost' version='1.0'>"
            )
            answer = b""
            while b"<stream:stream" not in answer:
                part = stream.recv(4096)
                assert part, answer
                answer += part


def test_listens_at_loopback_only(trial):
    ports = {base + trial.offset for base in BASE_PORTS.values()}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in pathlib.Path(table).read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, port = local.split(":")
            if state == "0A" and int(port, 16) in ports:
                assert address in ("0100007F", "00000000000000000000000001000000"), line
    for table in ("/proc/net/udp", "/proc/net/udp6"):
        for line in pathlib.Path(table).read_text().splitlines()[1:]:
            address, port = line.split()[1].split(":")
            if int(port, 16) in ports:
                assert address in ("0100007F", "00000000000000000000000001000000"), line


@pytest.mark.skipif(not IS_ROOT, reason="only root can give each part a user of its own")
def test_nothing_but_the_supervisor_is_root_and_each_part_is_its_own_user(trial):
    running = alive(groups_of(trial))
    assert len(running) >= len(CHILDREN)
    assert all(about["uid"] != 0 for about in running.values()), running
    users = {name: running[trial.pid(name)]["uid"] for name in CHILDREN}
    assert len(set(users.values())) == len(CHILDREN), users
    for pid in running:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        groups = next(line for line in status.splitlines() if line.startswith("Groups:")).split()[1:]
        assert groups == [], f"process {pid} kept groups {groups}"
        assert "CapEff:\t0000000000000000" in status


@pytest.mark.skipif(not IS_ROOT, reason="only root can give each part a user of its own")
def test_no_part_can_read_what_is_anothers(trial):
    users = trial.report["users"]
    secrets = {
        "daemon": ["secrets/ledger.key", "secrets/webhook.secret", "secrets/component.secret", "secrets/sip-control.token", "secrets/turn.secret",
                   "secrets/turn-control.password", "daemon"],
        "sandbox": ["sandbox/control.token"],
        "prosody": ["tls/prosody/key.pem", "xmpp/prosody/data"],
        "nginx": ["tls/nginx/key.pem"],
        "kamailio": ["tls/kamailio/key.pem"],
        "rtpengine": ["media/rtpengine"],
        "coturn": ["tls/coturn/key.pem", "media/coturn"],
    }
    for owner, names in secrets.items():
        for reader, user in users.items():
            for name in names:
                done = subprocess.run(
                    [*as_user(user), "test", "-r", str(trial.state / name)])
                assert (done.returncode == 0) == (reader == owner), f"{reader} and {name}"
    for reader, user in users.items():
        for name, also in (("xmpp/projection", "prosody"), ("sip/projection", "kamailio")):
            folder = trial.state / name
            for path in (folder, *folder.glob("projection.*")):
                readable = subprocess.run([*as_user(user), "test", "-r", str(path)]).returncode == 0
                assert readable == (reader in ("daemon", also)), f"{reader} and {path}"
                writable = subprocess.run([*as_user(user), "test", "-w", str(path)]).returncode == 0
                assert writable == (reader == "daemon"), f"{reader} and {path}"
        # What the daemon writes with secrets in it is its own and coturn's.
        done = subprocess.run([*as_user(user), "test", "-r", str(trial.state / "engines/coturn/turnserver.conf")])
        assert (done.returncode == 0) == (reader in ("daemon", "coturn")), reader
        for name in ("turn.secret", "component.secret"):
            done = subprocess.run([*as_user(user), "test", "-r", str(trial.state / "engines/prosody" / name)])
            assert (done.returncode == 0) == (reader in ("daemon", "prosody")), f"{reader} and {name}"


def test_the_daemon_is_no_parent_of_an_engine_and_restarting_it_touches_none(trial):
    before = {name: trial.pid(name) for name in CHILDREN}
    for name in CHILDREN:
        assert processes()[before[name]]["parent"] == trial.report["pid"]
    trial.restart_child("daemon", signal.SIGTERM)
    after = {name: trial.pid(name) for name in CHILDREN}
    assert after["daemon"] != before["daemon"]
    assert {name: pid for name, pid in after.items() if name != "daemon"} == {
        name: pid for name, pid in before.items() if name != "daemon"}


@pytest.mark.parametrize("name", ["prosody", "rtpengine", "kamailio", "coturn", "nginx", "sandbox", "daemon"])
def test_an_engine_that_dies_is_started_again_and_that_is_visible(trial, name):
    others = {other: trial.pid(other) for other in CHILDREN if other != name}
    restarts = trial.child(name)["restarts"]
    old = trial.pid(name)
    new = trial.restart_child(name)
    assert new != old and trial.child(name)["restarts"] == restarts + 1
    assert trial.child(name)["lastExit"] == "was ended by signal 9"
    assert "lastExit" not in trial.child(name) or name in trial.status_command().stdout
    assert others == {other: trial.pid(other) for other in CHILDREN if other != name}
    assert "was ended by signal 9" in trial.log(name)


def test_a_second_trial_in_the_same_folder_is_refused_and_disturbs_nothing(trial):
    before = groups_of(trial)
    second = Trial(state=trial.state, offset=trial.offset).launch()
    assert second.wait_end() == 1
    assert "already runs" in second.said and str(trial.report["pid"]) in second.said
    assert "TRUNKLINE_STATE" in second.said and second.final_line == ""
    assert groups_of(trial) == before and trial.status()["isReady"]


def test_the_daemons_command_line_is_run_as_its_user_and_can_be_interrupted(trial):
    assert trial.trunkline("config", "check").returncode == 0
    assert "trunkline" in trial.trunkline("--help", check=False).stdout
    process = subprocess.Popen(
        [EXECUTABLE, "admin", "serve"], env=trial.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        # The port is the running daemon's: this one gives up, or takes the signal.
        status = pathlib.Path(f"/proc/{process.pid}/status")
        wait_until(lambda: process.poll() is not None or "Name:\ttrunkline\n" in status.read_text(), what="the daemon's executable")
        process.terminate()
        process.wait(timeout=30)
    finally:
        process.kill()


def test_status_says_when_no_trial_runs(own_trial):
    done = own_trial.status_command()
    assert done.returncode == 3 and "No trial runs" in done.stderr


def test_a_second_start_is_quick_and_has_kept_everything(own_trial):
    own_trial.start()
    names = ["ca/ca.pem", "secrets/ledger.key", "tls/nginx/chain.pem", "tls/prosody/chain.pem", "sandbox/control.token",
             "tls/kamailio/chain.pem", "tls/coturn/chain.pem", "secrets/turn.secret", "secrets/sip-control.token"]
    before = {name: (own_trial.state / name).read_bytes() for name in names}
    assert own_trial.stop() == 0
    start = time.monotonic()
    own_trial.start()
    assert time.monotonic() - start < 10
    assert before == {name: (own_trial.state / name).read_bytes() for name in names}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_every_child_and_frees_every_port(own_trial, number):
    own_trial.start()
    groups = groups_of(own_trial)
    assert own_trial.stop(number) == 0
    assert alive(groups) == {} and all_ports_free(own_trial)
    assert own_trial.status_command().returncode == 3


def test_a_second_signal_ends_a_child_that_does_not_want_to(own_trial):
    own_trial.start()
    groups = groups_of(own_trial)
    # A stopped process takes no TERM: the first signal waits for it, the second does not.
    os.kill(own_trial.pid("daemon"), signal.SIGSTOP)
    own_trial.process.send_signal(signal.SIGTERM)
    wait_until(lambda: (own_trial.child("daemon") or {}).get("state") == "stopping", what="the daemon's stopping")
    assert own_trial.process.poll() is None
    start = time.monotonic()
    assert own_trial.stop(signal.SIGTERM) == 0
    assert time.monotonic() - start < 5
    assert alive(groups) == {}


def test_a_signal_during_the_start_leaves_nothing_behind(own_trial):
    own_trial.launch()
    wait_until(lambda: own_trial.pid("sandbox"), what="the first child")
    groups = groups_of(own_trial)
    assert own_trial.stop() == 0
    assert alive(groups | groups_of(own_trial)) == {} and all_ports_free(own_trial)


def test_what_a_killed_trial_left_behind_is_ended_by_the_next(own_trial):
    own_trial.start()
    groups = groups_of(own_trial)
    own_trial.kill()
    assert len(alive(groups)) >= len(CHILDREN), "they should have outlived it"
    own_trial.start()
    assert "which an earlier trial left behind" in own_trial.said
    assert alive(groups) == {}
    assert groups_of(own_trial).isdisjoint(groups)


def test_leftovers_are_found_without_their_pid_files_and_without_their_leader(own_trial):
    own_trial.start()
    groups = groups_of(own_trial)
    own_trial.kill()
    (own_trial.state / "run/sandbox.pid").unlink()
    os.kill(own_trial.pid("nginx"), signal.SIGKILL)
    assert alive({own_trial.pid("nginx")}), "nginx's workers should have outlived their master"
    own_trial.start()
    assert alive(groups) == {}


def test_two_trials_run_side_by_side(trial, own_trial):
    own_trial.start()
    assert trial.status()["isReady"] and own_trial.status()["isReady"]
    assert own_trial.session().get(own_trial.url("home_server", "/api/v2/instance"), timeout=20).status_code == 200


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
def test_somebody_who_is_not_root_runs_everything_as_themself_and_is_told_so(own_trial):
    user = {"uid": 61_234, "gid": 61_234}
    os.chown(own_trial.state.parent, user["uid"], user["gid"])
    own_trial.wrapper = tuple(as_user(user))
    own_trial.start()
    assert "Everything runs as you" in own_trial.said
    assert {about["uid"] for about in alive(groups_of(own_trial)).values()} == {user["uid"]}
    assert own_trial.stop() == 0


@pytest.mark.skipif(not IS_ROOT, reason="for anybody else the checkout is their own")
def test_a_checkout_that_the_engines_cannot_reach_runs_from_a_state_folder_that_they_can(own_trial):
    checkout = own_trial.state.parent / "closed"
    (checkout / ".build/debug").mkdir(parents=True)
    checkout.chmod(0o700)
    for name in ("trunkline", "trunkline-trial"):
        shutil.copy2(EXECUTABLE.with_name(name), checkout / ".build/debug")
    for name in ("share", "trial", "web"):
        shutil.copytree(ROOT / name, checkout / name)
    shutil.copy2(ROOT / "Package.swift", checkout)
    environment = own_trial.environment
    del environment["TRUNKLINE_STATE"]
    own_trial.executable = checkout / ".build/debug/trunkline-trial"
    process = subprocess.Popen(
        [own_trial.executable], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    place = None
    try:
        line = process.stdout.readline()
        process.terminate()
        _, said = process.communicate(timeout=60)
        place = re.search(r"The state lies in (/var/lib/trunkline-trial-[0-9a-f]{8}): .*" + re.escape(str(checkout)), said)
        assert line.startswith("Ready: "), said
        assert place, said
    finally:
        process.kill()
        if place:
            shutil.rmtree(place.group(1), ignore_errors=True)


def test_on_a_terminal_the_list_changes_in_place(own_trial):
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [EXECUTABLE], env={**own_trial.environment, "TERM": "xterm"}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=theirs, text=True)
    os.close(theirs)
    try:
        assert process.stdout.readline().startswith("Ready: ")
        drawn = b""
        while "✓ Trunkline’s daemon".encode() not in drawn:
            drawn += os.read(ours, 1 << 16)
        shown = drawn.decode(errors="ignore")
        assert "\x1b[10A" in shown and "… Ports and programs" in shown
        process.terminate()
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        os.close(ours)


def test_the_makefile_names_what_it_can_do():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    for word in ("up", "test", "build", "lint", "format", "clean"):
        assert f"make {word} " in done.stdout
