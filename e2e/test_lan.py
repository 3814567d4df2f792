# SPDX-License-Identifier: AGPL-3.0-or-later
"""The trial with a name in the local network: a phone, which is another host, gets all of it, and nothing that is not for it."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from trial import BASE_PORTS, EXECUTABLE, UDP_PORTS, wait_until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a network")

NAME = "trial.home.arpa"
HOUSE, PHONE = "10.93.7.1", "10.93.7.2"
HOSTS = [NAME, f"chat.{NAME}", f"upload.{NAME}", f"rooms.{NAME}"]
FOR_CLIENTS = {"https", "client", "client_tls", "server", "server_tls", "sip", "sip_tls", "turn", "turn_tls"}


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


class Network:
    """Two hosts on one wire, each with a hosts file of its own: that is what `ip netns exec` shows to its programs."""

    def __init__(self):
        self.house, self.phone = (f"tl{os.getpid()}-{role}" for role in ("house", "phone"))
        for host in (self.house, self.phone):
            ip("netns", "add", host)
            ip("-n", host, "link", "set", "lo", "up")
            self.folder(host).mkdir(parents=True, exist_ok=True)
        ip("link", "add", "wire", "netns", self.house, "type", "veth", "peer", "name", "wire", "netns", self.phone)
        for host, address in ((self.house, HOUSE), (self.phone, PHONE)):
            ip("-n", host, "addr", "add", f"{address}/24", "dev", "wire")
            ip("-n", host, "link", "set", "wire", "up")
        self.name_hosts(f"{HOUSE} {' '.join(HOSTS)}")

    @staticmethod
    def folder(host) -> pathlib.Path:
        return pathlib.Path("/etc/netns") / host

    def name_hosts(self, *lines):
        for host in (self.house, self.phone):
            (self.folder(host) / "hosts").write_text("\n".join(["127.0.0.1 localhost", *lines]) + "\n")
            # No server is asked: the hosts file is all there is.
            (self.folder(host) / "resolv.conf").write_text("")

    @staticmethod
    def at(host) -> tuple[str, ...]:
        return ("ip", "netns", "exec", host)

    def on_phone(self, *command, check=True, **options) -> subprocess.CompletedProcess:
        done = subprocess.run(
            [*self.at(self.phone), *map(str, command)], capture_output=True, text=True, timeout=120, **options)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def remove(self):
        for host in (self.house, self.phone):
            subprocess.run(["ip", "netns", "del", host], capture_output=True)
            shutil.rmtree(self.folder(host), ignore_errors=True)


@pytest.fixture(scope="module")
def network():
    network = Network()
    try:
        yield network
    finally:
        network.remove()


@pytest.fixture(scope="module")
def open_trial(network, make_trial):
    trial = make_trial("lan")
    trial.wrapper = network.at(network.house)
    trial.arguments = ("--lan", NAME)
    return trial.start()


def test_before_anything_opens_it_says_what_becomes_reachable_for_whom_and_how_to_end_it(open_trial):
    said = open_trial.said
    warning = said.index("Whoever can reach")
    assert warning < said.index("Ports and programs")
    assert HOUSE in said and "public" in said and "Ctrl-C" in said
    for name, base in BASE_PORTS.items():
        assert (f"    {base + open_trial.offset} " in said) == (name in FOR_CLIENTS), name
    assert str(open_trial.ca) in said and "CA certificate" in said
    assert open_trial.final_line.startswith(f"Ready: open https://chat.{NAME}:{open_trial.port('https')}/")


def test_the_phone_reaches_every_page_with_the_authority_and_none_without(open_trial, network):
    for host, path in ((NAME, "/api/v2/instance"), (f"chat.{NAME}", "/"), (f"upload.{NAME}", "/")):
        url = f"https://{host}:{open_trial.port('https')}{path}"
        shown = network.on_phone("curl", "-sS", "--max-time", 30, "--cacert", open_trial.ca, "-o", "-", "-w", "\n%{http_code}", url)
        assert shown.stdout.splitlines()[-1] in ("200", "404"), shown.stdout
        assert network.on_phone("curl", "-sS", "--max-time", 30, url, check=False).returncode == 60
    assert json.loads(network.on_phone(
        "curl", "-sS", "--cacert", open_trial.ca, f"https://{NAME}:{open_trial.port('https')}/api/v2/instance").stdout)["domain"] == NAME


def test_the_phone_reaches_nothing_that_is_for_the_trials_own_parts(open_trial, network):
    script = (
        "import socket, sys\n"
        "for port in map(int, sys.argv[2:]):\n"
        "    with socket.socket() as s:\n"
        "        s.settimeout(5)\n"
        "        print(port, s.connect_ex((sys.argv[1], port)))\n")
    ports = {base + open_trial.offset: name for name, base in BASE_PORTS.items()}
    said = network.on_phone(sys.executable, "-c", script, HOUSE, *ports).stdout
    for line in said.splitlines():
        port, error = map(int, line.split())
        name = ports[port]
        if name not in UDP_PORTS or name in FOR_CLIENTS:
            assert (error == 0) == (name in FOR_CLIENTS), name
    listening = subprocess.run(
        [*network.at(network.house), "cat", "/proc/net/udp"], capture_output=True, text=True, check=True).stdout
    ng = f":{open_trial.port('rtpengine_ng'):04X}"
    assert {line.split()[1] for line in listening.splitlines()[1:] if ng in line.split()[1]} == {f"0100007F{ng}"}


@pytest.fixture(scope="module")
def members(open_trial, network):
    """Two members who signed in on the phone, each with a device for chat and calls; what came of it."""
    script = pathlib.Path(__file__).with_name("lan_phone.py")
    return {
        name: json.loads(network.on_phone(
            sys.executable, script, open_trial.state, open_trial.offset, PHONE, name).stdout.splitlines()[-1])
        for name in ("alice", "bob")
    }


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_the_phone_chats_and_registers_with_passwords_made_there(members, name):
    """Signs in at the portal, chats with slixmpp over verified TLS, and registers by SIP over verified TLS."""
    outcome = members[name]
    assert outcome["handle"] == f"{name}@{NAME}"
    assert outcome["chat"] == "in" and outcome["chat_wrong"] == "not-authorized"
    assert outcome["calls"] == [401, 200] and outcome["calls_wrong"] == [401, 401]


BARESIP = """
poll_method epoll
sip_listen {address}:{port}
sip_cafile {ca}
audio_source ausine,440
audio_level no
ausrc_srate 48000
ausrc_channels 2
rtp_ports {port}0-{port}9
rtp_stats yes
module_path {modules}
module g711.so
module ausine.so
module aufile.so
module srtp.so
module uuid.so
module_tmp account.so
module_app menu.so
"""


def test_two_phones_talk_through_this_machine(open_trial, network, members):
    """baresip over TLS with SRTP; each hears the other, and all of it comes from the house."""
    modules = next(path for path in pathlib.Path("/usr/lib").glob("**/baresip/modules") if path.is_dir())
    logs, phones = {}, []
    try:
        for name, port, mode, seconds in (("bob", 5170, "auto", 30), ("alice", 5180, "manual", 6)):
            folder = open_trial.state.parent / f"phone-{name}"
            folder.mkdir()
            (folder / "config").write_text(BARESIP.format(address=PHONE, port=port, ca=open_trial.ca, modules=modules))
            (folder / "accounts").write_text(
                f"<sip:{name}@{NAME};transport=tls>;auth_pass={members[name]['password']};regint=300;mediaenc=srtp-mand"
                # Its own resolver reads no hosts file.
                f';outbound="sip:{HOUSE}:{open_trial.port("sip_tls")};transport=tls";answermode={mode}\n')
            for empty in ("contacts", "current_contact"):
                (folder / empty).touch()
            logs[name] = folder / "log"
            dial = ["-e", f"/dial sip:bob@{NAME}"] if name == "alice" else []
            with open(logs[name], "wb") as log:
                phones.append(subprocess.Popen(
                    [*network.at(network.phone), "baresip", "-f", str(folder), "-t", str(seconds), *dial],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder))
            wait_until(lambda: "200 OK" in logs[name].read_text(errors="replace"), 20, f"{name}'s registration")
        assert phones[1].wait(30) == 0
        wait_until(lambda: "packets:" in logs["bob"].read_text(errors="replace"), 20, "the end of the call")
    finally:
        for phone in phones:
            phone.kill()
            phone.wait()
    for name, log in logs.items():
        said = log.read_text(errors="replace")
        port = int(re.search(rf"receiving from {re.escape(HOUSE)}:(\d+)", said).group(1))
        first, last = open_trial.report["port_ranges"]["media"]
        assert first <= port <= last
        received = int(re.search(r"packets:\s+\d+\s+(\d+)", said).group(1))
        assert received > 50 and "SRTP is Enabled" in said, said[-2000:]
    # Nothing of the call is left behind.
    status = subprocess.run(
        [*network.at(network.house), "curl", "-sS", "-H", "@-", f"http://127.0.0.1:{open_trial.port('sip_control')}/status"],
        input=f"X-Trunkline-Token: {(open_trial.state / 'secrets/sip-control.token').read_text().strip()}\n",
        capture_output=True, text=True, check=True)
    assert json.loads(status.stdout)["calls"] == 0, status.stdout


def test_status_knows_the_trial_by_its_name_and_the_ordinary_one_is_another(open_trial, network):
    environment = {name: value for name, value in open_trial.environment.items() if name != "TRUNKLINE_STATE"}
    named = subprocess.run([EXECUTABLE, "status", "--lan", "another.home.arpa"], env=environment, capture_output=True, text=True)
    assert named.returncode == 3 and "No trial runs" in named.stderr
    done = open_trial.status_command("--lan", NAME)
    assert done.returncode == 0, done.stderr
    shown = subprocess.run(
        [*open_trial.wrapper, EXECUTABLE, "admin", "--lan", NAME, "status", "--json"], env=open_trial.environment, capture_output=True,
        text=True)
    assert shown.returncode == 0 and json.loads(shown.stdout)["domain"] == NAME, shown.stderr


def test_the_folder_of_one_name_is_refused_to_another(open_trial, network, make_trial):
    second = make_trial("second")
    second.state.mkdir(mode=0o711)
    (second.state / "domain").write_text(NAME + "\n")
    assert second.launch().wait_end() == 1
    assert f"that of a trial of {NAME}" in second.said and "TRUNKLINE_STATE" in second.said


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([f"{HOUSE} {NAME}"], f"chat.{NAME} leads nowhere"),
        ([], f"{NAME} leads nowhere"),
        ([f"10.93.7.9 {' '.join(HOSTS)}"], "10.93.7.9, which is not this machine"),
        ([f"127.0.1.1 {' '.join(HOSTS)}"], "loopback"),
    ],
)
def test_a_name_that_does_not_lead_here_is_one_clear_error_with_the_line_to_paste(network, make_trial, lines, words):
    # A network of its own: the module's trial goes on.
    other = object.__new__(Network)
    other.house = other.phone = f"tl{os.getpid()}-lost"
    ip("netns", "add", other.house)
    try:
        ip("-n", other.house, "link", "set", "lo", "up")
        ip("-n", other.house, "link", "add", "wire", "type", "veth", "peer", "name", "end")
        ip("-n", other.house, "addr", "add", f"{HOUSE}/24", "dev", "wire")
        ip("-n", other.house, "link", "set", "wire", "up")
        other.folder(other.house).mkdir(parents=True, exist_ok=True)
        other.name_hosts(*lines)
        trial = make_trial("lost")
        trial.wrapper, trial.arguments = other.at(other.house), ("--lan", NAME)
        assert trial.launch().wait_end() == 1
        assert words in trial.said, trial.said
        assert f"{HOUSE} {' '.join(HOSTS)}" in trial.said and "router" in trial.said and "mDNS" in trial.said
        assert "Whoever can reach" not in trial.said and not trial.state.exists()
    finally:
        other.remove()


@pytest.mark.parametrize("name", ["trial", "192.168.1.7", "Trial.home.arpa", "social.localhost", "a b.c", "-x.y"])
def test_what_is_no_name_is_one_clear_error(make_trial, name):
    trial = make_trial("bad")
    trial.arguments = (f"--lan={name}",)
    assert trial.launch().wait_end() == 1
    assert "--lan" in trial.said and trial.final_line == "" and not trial.state.exists()
    assert trial.said.count("trunkline-trial:") == 1
