# SPDX-License-Identifier: AGPL-3.0-or-later
"""A host of a test network with the whole trial on it, and what stands around it. The benchmarks use it, too."""

from __future__ import annotations

import contextlib
import pathlib
import shutil

from name_server import NameServer
from people import Device, new_member
from trial import Trial, new_state

NAME = "trial.home.arpa"
OFFSET = 20_000


@contextlib.contextmanager
def house_in(network):
    """The trial's host. Others ask it for names."""
    host = network.host("house", 1)
    host.name_hosts(f"{host.address} " + " ".join([NAME, *(f"{part}.{NAME}" for part in ("chat", "upload", "rooms"))]), server=host.address)
    # What is trusted here can be added to: whom the trial's servers believe is a test's affair.
    host.trusted = pathlib.Path("/etc/netns") / host.name / "ssl"
    shutil.copytree("/etc/ssl", host.trusted, symlinks=True)
    host.names = host.within(lambda: NameServer(host.address, host.address, 53))
    try:
        yield host
    finally:
        host.names.close()


@contextlib.contextmanager
def trial_in(house, **options):
    folder = new_state("calls")
    trial = Trial(state=folder / "state", offset=OFFSET, wrapper=house.entrance, arguments=("--lan", NAME), **options)
    try:
        yield trial.start()
    finally:
        trial.destroy()
        shutil.rmtree(folder, ignore_errors=True)


def new_caller(trial, stem="caller", reach: str | None = "everyone"):
    """Somebody whom nobody else's test knows, with chat and calls on, whom everybody may reach."""
    member = new_member(trial, stem, reach=None)
    member.switch(True, "calls")
    if reach:
        member.reached_by(reach)
    return member


def relay_certificate(trial):
    """What browsers must trust besides the pages'."""
    return trial.state / "tls/coturn/chain.pem"


class Door:
    """What a softphone needs to know of the trial."""

    def __init__(self, trial, host):
        self.host, self.domain = host, trial.domain
        self.port, self.tls_port = trial.port("sip"), trial.port("sip_tls")


def phone_device(member) -> Device:
    before = member.listed()
    password = member.add_page("Phone", chat=None, calls="baresip").outputs["password-calls"]
    return Device(member, (set(member.listed()) - set(before)).pop(), "Phone", password)
