# SPDX-License-Identifier: AGPL-3.0-or-later
"""Neither a registration nor a call tells who exists, who has how many devices, or who is online: not by text, not by time."""
import random
import statistics
import time

import pytest

pytestmark = pytest.mark.alone


def compare(measures, rounds, slack):
    """Takes turns in any order, so that what else the machine does hits all kinds alike; compares first quartiles, since whatever
    disturbs only makes slower. A real difference is there each of three times."""
    for _ in range(3):
        times = {kind: [] for kind in measures}
        for number in range(rounds):
            for kind, measure in random.sample(list(measures.items()), len(measures)):
                times[kind].append(measure(number))
        quartiles = {kind: statistics.quantiles(values, n=4) for kind, values in times.items()}
        print({kind: " ".join(f"{value * 1000:.3f}" for value in values) + " ms" for kind, values in quartiles.items()})
        found = [values[0] for values in quartiles.values()]
        if max(found) - min(found) < slack:
            return
    raise AssertionError(quartiles)


def wrong_password(phone, device, name):
    one = phone(device, name=name, password="wrong")

    def measure(_):
        challenge = one.ask(one.request("REGISTER"))
        text = one.request("REGISTER", headers=[one.proof(challenge, "REGISTER", "sip:social.localhost")])
        started = time.perf_counter()
        assert one.ask(text).status == 401
        return time.perf_counter() - started
    return measure


def test_a_wrong_password_takes_the_same_time_for_unknown_and_known_names(server, member, phone):
    device = member().devices[0]
    names = {"unknown": "no_such_member", "not admitted": member(devices=0).name, "one device": member().name,
             "twenty devices": member(devices=20).name}
    compare({kind: wrong_password(phone, device, name) for kind, name in names.items()}, 500, 0.0001)


def test_a_challenge_takes_the_same_time_for_unknown_and_known_names(server, member, phone):
    device = member().devices[0]

    def measure(one):
        def once(_):
            text = one.request("REGISTER")
            started = time.perf_counter()
            assert one.ask(text).status == 401
            return time.perf_counter() - started
        return once
    names = {"unknown": "no_such_member", "one device": member().name, "twenty devices": member(devices=20).name}
    compare({kind: measure(phone(device, name=name)) for kind, name in names.items()}, 500, 0.0001)


def test_a_call_that_reaches_nobody_takes_the_same_time_for_unknown_offline_and_not_admitted(server, member, phone):
    caller = phone(member().devices[0], register=True)
    names = {"unknown": "no_such_member", "offline": member().name, "offline with devices": member(devices=20).name,
             "not admitted": member(devices=0).name}

    def measure(name):
        def once(_):
            call = caller.call(name)
            started = time.perf_counter()
            call.expect(480)
            return time.perf_counter() - started
        return once
    compare({kind: measure(name) for kind, name in names.items()}, 150, 0.0001)


def test_a_call_that_is_refused_takes_the_same_time_whether_the_callee_is_online_offline_or_unknown(server, member, phone):
    """By reach, by a mute, by a block of either side: as for who is offline."""
    alice = member()
    caller = phone(alice.devices[0], register=True)
    names = {"unknown": "no_such_member", "offline": member().name}
    for kind, (reach, flags, back) in {"out of reach": ("contacts", "f", ""), "muted": ("everyone", "m", ""), "blocked": ("everyone", "b", ""),
                                       "blocks": ("everyone", "", "b")}.items():
        for state in ("online", "offline"):
            one = member(reach=reach)
            server.projection.relate(one, alice, flags)
            server.projection.relate(alice, one, back)
            if state == "online":
                phone(one.devices[0], register=True)
            names[f"{kind}, {state}"] = one.name

    def measure(name):
        def once(_):
            call = caller.call(name)
            started = time.perf_counter()
            call.expect(480)
            return time.perf_counter() - started
        return once
    compare({kind: measure(name) for kind, name in names.items()}, 150, 0.0001)
