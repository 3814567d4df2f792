# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the trial says when it cannot start: one clear error with a remedy, and nothing runs."""

import os
import pathlib
import socket
import subprocess

import pytest

from trial import EXECUTABLE, UDP_PORTS, all_ports_free, as_user, groups_of

IS_ROOT = os.geteuid() == 0


def test_taken_ports_are_one_clear_error_each_and_nothing_is_started(own_trial):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", own_trial.port("server")))
        holder.listen()
        assert own_trial.launch().wait_end() == 1
    assert f"Port {own_trial.port('server')}" in own_trial.said
    assert f"process {os.getpid()}" in own_trial.said and "TRUNKLINE_PORT_OFFSET=" in own_trial.said
    assert own_trial.final_line == "" and groups_of(own_trial) == set()


@pytest.mark.parametrize("name", UDP_PORTS)
def test_a_taken_udp_port_is_one_clear_error_too(own_trial, name):
    with socket.socket(type=socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", own_trial.port(name)))
        assert own_trial.launch().wait_end() == 1
    assert f"Port {own_trial.port(name)} (UDP" in own_trial.said and f"process {os.getpid()}" in own_trial.said
    assert own_trial.final_line == "" and groups_of(own_trial) == set()


@pytest.mark.skipif(not IS_ROOT, reason="only root can hide a program")
@pytest.mark.parametrize(
    ("hidden", "package"),
    [
        ("/usr/sbin/kamailio", "kamailio"), ("/usr/bin/rtpengine", "rtpengine-daemon"), ("/usr/bin/turnserver", "coturn"),
        ("/usr/bin/sqlite3", "sqlite3"),
        ("/usr/lib/*/kamailio/modules/db_sqlite.so", "kamailio-sqlite-modules"),
        ("/usr/lib/*/kamailio/modules/tls.so", "kamailio-tls-modules"),
        ("/usr/lib/*/kamailio/modules/websocket.so", "kamailio-websocket-modules"),
        ("/usr/lib/*/kamailio/modules/uuid.so", "kamailio-extra-modules"),
        ("/usr/lib/*/kamailio/modules/app_lua.so", "kamailio-lua-modules"),
    ],
)
def test_a_missing_package_is_one_clear_error_that_names_it(own_trial, hidden, package):
    (path,) = pathlib.Path("/").glob(hidden[1:])
    # In a mount namespace of this process alone: a program that is no program, or a folder that lacks the file.
    copy = own_trial.state.parent / "modules"
    script = (
        'cp -a "$(dirname "$0")/." "$1" && rm "$1/$(basename "$0")" && mount --bind "$1" "$(dirname "$0")" && shift && exec "$@"'
        if path.suffix == ".so" else 'mount --bind /dev/null "$0" && shift && exec "$@"')
    copy.mkdir()
    own_trial.wrapper = ("unshare", "-m", "sh", "-c", script, str(path), str(copy))
    assert own_trial.launch().wait_end() == 1
    assert f"the package {package} is not installed" in own_trial.said, own_trial.said
    assert "install-requirements" in own_trial.said and own_trial.final_line == ""


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("TRUNKLINE_PORT_OFFSET", "many", "no number"),
        ("TRUNKLINE_PORT_OFFSET", "-5", "out of range"),
        ("TRUNKLINE_PORT_OFFSET", "65000", "out of range"),
        ("TRUNKLINE_STATE", "/proc/trunkline", "cannot be written"),
        ("TRUNKLINE_STATE", "/tmp/with space", "characters"),
        ("TRUNKLINE_STATE", "/tmp/" + "x" * 100, "too long"),
        ("TRUNKLINE_STATE", "/", "absolute path"),
    ],
)
def test_bad_values_and_unwritable_folders_are_one_clear_error_with_a_remedy(own_trial, variable, value, words):
    done = subprocess.run(
        [EXECUTABLE, "up"], env={**own_trial.environment, variable: value}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and done.stdout == ""
    assert words in done.stderr and variable in done.stderr, done.stderr
    assert done.stderr.count("trunkline-trial:") == 1


@pytest.mark.skipif(not IS_ROOT, reason="for anybody else the state is their own")
def test_a_folder_that_the_engines_cannot_reach_is_an_error(own_trial):
    closed = own_trial.state.parent / "closed"
    closed.mkdir(mode=0o700)
    own_trial.state = closed / "state"
    assert own_trial.launch().wait_end() == 1
    assert str(closed) in own_trial.said and "TRUNKLINE_STATE" in own_trial.said


def test_an_engine_that_cannot_start_ends_the_trial_with_the_reason(own_trial):
    """A newer schema than the program knows is such a reason; here it is a folder that is gone wrong."""
    own_trial.start()
    assert own_trial.stop() == 0
    wrong = own_trial.state / "xmpp/projection"
    for name in wrong.iterdir():
        name.unlink()
    wrong.rmdir()
    wrong.write_text("no folder")
    assert own_trial.launch().wait_end() == 1
    assert str(wrong) in own_trial.said and own_trial.final_line == ""
    assert all_ports_free(own_trial)


def test_a_newer_schema_than_the_program_knows_is_one_clear_error(own_trial):
    own_trial.start()
    user = own_trial.report["users"]["daemon"]
    assert own_trial.stop() == 0
    change = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]);"
        "c.execute(\"insert into grdb_migrations values ('9999 from the future')\"); c.commit()"
    )
    ledger = str(own_trial.state / "daemon/ledger.sqlite")
    subprocess.run([*as_user(user), "/usr/bin/python3", "-c", change, ledger], check=True)
    own_trial.launch()
    assert own_trial.wait_end(30) == 1
    assert "newer" in own_trial.said, own_trial.said
    assert own_trial.final_line == "" and all_ports_free(own_trial)
