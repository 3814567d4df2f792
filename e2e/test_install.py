# SPDX-License-Identifier: AGPL-3.0-or-later
"""What `make up` does before it builds: with stand-ins for apt-get and dpkg-query, since nothing shall be installed here."""

import os
import shutil
import subprocess

import pytest

from trial import ROOT

SCRIPT = ROOT / "dist/install-requirements"
CALLS = [
    "kamailio", "kamailio-sqlite-modules", "kamailio-tls-modules", "kamailio-websocket-modules", "kamailio-extra-modules", "ca-certificates",
    "kamailio-lua-modules",
    "sqlite3", "rtpengine-daemon", "coturn",
]


@pytest.fixture
def machine(tmp_path):
    """Runs the script on a machine that has some packages, in a mount namespace with an empty /etc/systemd."""

    def run(*groups, installed=(), with_swift=True):
        tools = tmp_path / "bin"
        tools.mkdir(exist_ok=True)
        stubs = {
            "dpkg-query": 'for last; do :; done\ncase " ' + " ".join(installed) + ' " in *" $last "*) printf installed ;; *) exit 1 ;; esac\n',
            "apt-get": f'echo "apt-get $*" >> {tmp_path}/log\nls -l /etc/systemd/system >> {tmp_path}/log 2>&1\n',
        }
        if with_swift:
            stubs["swift"] = "exit 0\n"
        for name, text in stubs.items():
            (tools / name).write_text("#!/bin/sh\n" + text)
            (tools / name).chmod(0o755)
        (tmp_path / "log").write_text("")
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /etc/systemd && exec "$0" "$@"', SCRIPT, *groups],
            env={"PATH": f"{tools}:/usr/bin:/bin:/usr/sbin:/sbin"}, capture_output=True, text=True, timeout=60,
        )
        return done, (tmp_path / "log").read_text()

    if os.geteuid() != 0:
        pytest.skip("only root can make a mount namespace")
    return run


def test_each_missing_package_is_named_with_its_reason_and_only_those(machine):
    done, log = machine("build", "engines", installed=["openssl", "python3", "nginx"])
    assert done.returncode == 0, done.stderr
    named = [line.split(None, 1) for line in done.stdout.splitlines() if line.startswith("  ")]
    assert {name for name, _ in named} == {
        "libsqlite3-dev", "libqrencode-dev", "libexpat1-dev", "libc-ares-dev", "node-typescript", "python3-pip", "prosody", "prosody-modules", "lua-dbi-sqlite3", "lua-unbound", *CALLS}
    assert all(len(reason) > 5 for _, reason in named)
    install = next(line for line in log.splitlines() if " install " in line)
    assert "nginx" not in install and "prosody" in install


def test_services_are_masked_before_anything_is_installed(machine):
    done, log = machine("engines")
    assert done.returncode == 0, done.stderr
    before_install = log.split(" install ")[0]
    for unit in (
        "prosody.service", "nginx.service", "kamailio.service", "coturn.service", "rtpengine-daemon.service", "rtpengine.service",
        "ngcp-rtpengine-daemon.service", "rtpengine-recording-daemon.service",
    ):
        assert f"{unit} -> /dev/null" in before_install
        assert f"Masking {unit}" in done.stdout


def test_nothing_is_done_when_nothing_is_missing(machine):
    everything = "openssl python3 libsqlite3-dev libqrencode-dev libexpat1-dev libc-ares-dev node-typescript python3-pip prosody prosody-modules lua-dbi-sqlite3 lua-unbound nginx".split()
    everything += CALLS
    done, log = machine(installed=everything)
    assert (done.returncode, done.stdout, done.stderr, log) == (0, "", "", "")


@pytest.mark.skipif(bool(shutil.which("swift", path="/usr/bin:/bin:/usr/sbin:/sbin")), reason="Swift is in /usr here")
def test_a_missing_swift_is_one_clear_error(machine):
    done, log = machine("build", with_swift=False)
    assert done.returncode == 1 and log == ""
    assert "Swift is missing" in done.stderr and "swift.org" in done.stderr


def test_an_unknown_group_is_one_clear_error(machine):
    done, log = machine("everything")
    assert done.returncode == 1 and log == "" and "build engines tests" in done.stderr


def test_nothing_of_rtpengine_that_needs_the_kernel_is_installed(machine):
    """Its packages recommend a kernel module and a recorder; neither is wanted."""
    _, log = machine("engines")
    install = next(line for line in log.splitlines() if " install " in line)
    assert "--no-install-recommends" in install
    assert not any(word in install for word in ("dkms", "iptables", "recording", "rtpengine-utils"))


def test_another_engine_than_the_trials_is_never_installed(machine):
    _, log = machine("build", "engines", "tests")
    assert "ejabberd" not in log
