# SPDX-License-Identifier: AGPL-3.0-or-later
"""A login tells a guesser nothing: not who exists, and not by text, salt or time."""
import base64
import statistics
import time

import pytest
from raw import Raw, Scram
from server import Prosody

pytestmark = pytest.mark.alone


def challenge(connect, name, mechanism="SCRAM-SHA-256"):
    raw = connect()
    raw.open()
    scram = Scram("sha256" if "256" in mechanism else "sha1", name, "wrong")
    answer = raw.begin(mechanism, scram)
    return dict(part.split("=", 1) for part in answer.decode().split(","))


def test_an_unknown_name_gets_a_stable_salt_of_the_usual_shape(server, member, connect):
    known = challenge(connect, member().name)
    first, again, other = (challenge(connect, name) for name in ("ghost", "ghost", "ghost2"))
    assert first["s"] == again["s"] != other["s"]
    assert first["i"] == known["i"]
    assert len(base64.b64decode(first["s"])) == len(base64.b64decode(known["s"])) == 16
    assert challenge(connect, "ghost", "SCRAM-SHA-1")["s"] != first["s"]


def test_the_salt_of_an_unknown_name_survives_a_restart(folder):
    prosody = Prosody(folder / "restart")
    salts = []
    try:
        for _ in range(2):
            prosody.start()
            salts.append(challenge(lambda: Raw(prosody), "ghost")["s"])
            prosody.stop()
    finally:
        prosody.stop()
    assert salts[0] == salts[1]


def duration(connect, name, step):
    """Seconds that Prosody takes for the first or the second step of SCRAM."""
    raw = connect()
    raw.open()
    scram = Scram("sha256", name, "wrong")
    start = time.perf_counter()
    answer = raw.begin("SCRAM-SHA-256", scram)
    if step == 1:
        took = time.perf_counter() - start
    else:
        scram.final(answer)  # the client's own work, not to be measured
        start = time.perf_counter()
        raw.finish(scram, answer)
        took = time.perf_counter() - start
    raw.close()
    return took


@pytest.mark.parametrize("step,names_of_a_kind,tries,slack", [(1, 1, 80, 0.0004), (2, 8, 3, 0.004)])
def test_unknown_and_known_names_take_the_same_time(server, member, connect, step, names_of_a_kind, tries, slack):
    times = {"none": [], "one": [], "many": []}
    for number in range(names_of_a_kind):
        # So many tries for each name as are answered before guessing is slowed down, which would hide any difference.
        names = {"none": f"unknown{step}{number}", "one": member(devices=1).name, "many": member(devices=20).name}
        for _ in range(tries):
            for kind, name in names.items():
                times[kind].append(duration(connect, name, step))
    medians = {kind: statistics.median(values) for kind, values in times.items()}
    print(step, {kind: f"{value * 1000:.2f} ms" for kind, value in medians.items()})
    assert max(medians.values()) - min(medians.values()) < slack


def test_guessing_gets_slower_but_locks_nobody_out(server, member, connect):
    alice = member()
    times = []
    for _ in range(6):
        raw = connect()
        raw.open()
        start = time.monotonic()
        assert "<not-authorized/>" in raw.scram(alice.name, "wrong")
        times.append(time.monotonic() - start)
    assert times[-1] > 1 > times[0]
    raw = connect()
    raw.open()
    start = time.monotonic()
    assert raw.scram(alice.name, alice.devices[0].password) == "success"
    assert time.monotonic() - start < 1
