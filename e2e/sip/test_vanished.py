# SPDX-License-Identifier: AGPL-3.0-or-later
"""A call whose phones vanish without a word ends by itself; one whose phones are there goes on, whatever they make of being asked.

Kamailio asks no more often than every half minute, so that all calls of this file wait at once."""
import threading
import time

import pytest
from sip_client import Answered, Phone, eventually

SECONDS = 30


class Attendant:
    """Answers what a phone is asked within its call, as long as it is there, and remembers what that was. Of other calls, whose phone
    had this port before, it knows nothing."""

    def __init__(self, phone, status, call_id):
        self.phone, self.status, self.call_id, self.heard, self.gone = phone, status, call_id, [], False
        threading.Thread(target=self.attend, daemon=True).start()

    def attend(self):
        while not self.gone:
            try:
                request = self.phone.expect(lambda m: m.method in ("OPTIONS", "BYE"), 1)
            except TimeoutError:
                if self.phone.closed:
                    return
                continue
            try:
                if request.get("Call-ID") != self.call_id:
                    self.phone.reply(request, 481, "No Such Call")
                    continue
                self.heard.append(request.method)
                self.phone.reply(request, self.status if request.method == "OPTIONS" else 200, "So It Is")
            except OSError:
                return

    def vanish(self):
        self.gone = True
        self.phone.close()


class Pair:
    """A call of two members, whose phones are at these transports and answer OPTIONS with these."""

    def __init__(self, server, number, transports=("udp", "udp"), answers=(200, 200), vanishing=""):
        members = [server.projection.add_member(f"pair{number}{side}") for side in "ab"]
        self.phones = [Phone(server, member.name, member.devices[0].password, transport) for member, transport in zip(members, transports)]
        for phone in self.phones:
            assert phone.register().status == 200
        call = self.phones[0].call(members[1].name)
        answered = Answered(self.phones[1], self.phones[1].ring())
        while call.expect(180, 200).status != 200:
            pass
        answered.wait()
        self.call_id, self.server = call.call_id, server
        self.attendants = [Attendant(phone, answer, self.call_id) for phone, answer in zip(self.phones, answers)]
        for side, attendant in zip("ab", self.attendants):
            if side in vanishing:
                attendant.vanish()

    def is_kept(self):
        return bool(self.server.kept("run/calls.sqlite", "SELECT 1 FROM dialog WHERE callid = ?", self.call_id))


ENDS = {f"{gone} {'and'.join(transports)}": dict(transports=transports, vanishing=gone)
        for gone in ("ab", "a", "b") for transports in (("udp", "udp"), ("tls", "tcp"), ("ws", "udp"), ("udp", "ws"))}
ENDS |= {f"{side} says {status}": dict(answers=(status, 200) if side == "a" else (200, status)) for side in "ab" for status in (481, 408)}
STAYS = {f"both say {status}": dict(answers=(status, status)) for status in (200, 405, 500, 501, 603)}
STAYS |= {"over connections": dict(transports=("tls", "ws"))}


@pytest.fixture(scope="module")
def calls(sip_folder):
    """All calls, when all that must end have had the time to."""
    from kamailio_engine import Kamailio
    pairs = {}
    server = Kamailio(sip_folder / "vanished", above=840, arguments=["-A", f"KEEPALIVE_SECONDS={SECONDS}"])
    try:
        server.start()
        # Its phones have gone while Kamailio was down: it is taken for a call in progress.
        forgotten = Pair(server, "forgotten")
        assert eventually(forgotten.is_kept)
        server.stop(kill=True)
        for attendant in forgotten.attendants:
            attendant.vanish()
        server.start()
        pairs = {name: Pair(server, number, **what) for number, (name, what) in enumerate({**ENDS, **STAYS}.items())}
        assert server.status()["calls"] == len(pairs) + 1
        deadline = time.monotonic() + 4 * SECONDS + 20
        while server.status()["calls"] > len(STAYS) and time.monotonic() < deadline:
            time.sleep(0.2)
        pairs["server"], pairs["forgotten"] = server, forgotten
        yield pairs
        assert server.process.poll() is None
        assert [line for line in server.complaints() if "receive_fd(): EOF" not in line] == []  # of the processes whose parent was killed
    finally:
        server.stop()
        for pair in pairs.values():
            for attendant in getattr(pair, "attendants", ()):
                attendant.vanish()


@pytest.mark.parametrize("name", ENDS)
def test_a_call_of_which_a_phone_has_vanished_ends(calls, name):
    call = calls[name]
    for side, attendant in zip("ab", call.attendants):
        if side not in ENDS[name].get("vanishing", ""):
            assert eventually(lambda: "BYE" in attendant.heard), "who is still there was not told"
    assert eventually(lambda: not call.is_kept(), 30)


@pytest.mark.parametrize("name", STAYS)
def test_a_call_goes_on_whatever_its_phones_answer_to_being_asked(calls, name):
    for attendant in calls[name].attendants:
        assert len(attendant.heard) >= 2 and set(attendant.heard) == {"OPTIONS"}
    assert calls[name].is_kept()


def test_nothing_but_what_goes_on_is_counted(calls):
    assert calls["server"].status()["calls"] == len(STAYS)


def test_what_is_remembered_after_a_kill_ends_too_when_nobody_is_there(calls):
    assert eventually(lambda: not calls["forgotten"].is_kept(), 30)
