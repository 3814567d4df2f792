# SPDX-License-Identifier: AGPL-3.0-or-later
"""Digest: what is refused, and that refusals tell nothing."""
import re
import time

import pytest

URI = "sip:social.localhost"


def challenged(phone):
    answer = phone.ask(phone.request("REGISTER"))
    assert answer.status == 401, answer
    return answer


def attempt(phone, challenge, **changes):
    return phone.ask(phone.request("REGISTER", headers=[phone.proof(challenge, "REGISTER", URI, **changes)]))


def shape(answer):
    """What an answer looks like to somebody who cannot read nonces and tags."""
    return [answer.start] + [(name, re.sub(r'nonce="[^"]*"|tag=[^;]*|branch=[^;]*|\\d+', "", value)) for name, value in answer.headers
                             if name not in ("call-id", "from", "to", "cseq", "via")]


@pytest.mark.parametrize("agent,algorithm", [("test phone", "MD5"), ("Linphone-Desktop/5.2 (belle-sip/5.3)", "SHA-256")])
def test_every_device_signs_in_with_the_algorithm_of_its_app(server, member, phone, agent, algorithm):
    alice = member(devices=20, algorithms=(algorithm,))
    for device in (alice.devices[0], alice.devices[19]):
        one = phone(device, agent=agent)
        assert one.register().status == 200
        assert f"algorithm={algorithm}" in one.challenge.get("WWW-Authenticate")


def test_what_is_offered_does_not_depend_on_whom_the_request_names(server, member, phone):
    for agent, algorithm in (("Linphone", "SHA-256"), ("Zoiper", "MD5")):
        for kinds in (("MD5",), ("SHA-256",), ()):
            alice = member(devices=len(kinds), algorithms=kinds or ("MD5",))
            one = phone(member().devices[0], name=alice.name, agent=agent)
            assert f"algorithm={algorithm}" in challenged(one).get("WWW-Authenticate")


def test_wrong_expired_revoked_foreign_and_unknown_look_alike(server, member, phone):
    alice, bob = member(devices=2), member()
    expired = server.projection.add_device(alice, expires=time.time() - 5)
    revoked = server.projection.add_device(alice)
    server.projection.revoke(revoked)
    shapes = set()
    for name, password in [(alice.name, "wrong"), (alice.name, expired.password), (alice.name, revoked.password),
                           (alice.name, bob.devices[0].password), ("nobody", "wrong"), ("nobody", alice.devices[0].password),
                           (bob.name, alice.devices[0].password)]:
        for agent in ("test phone", "Linphone"):
            one = phone(alice.devices[0], name=name, password=password, agent=agent)
            answer = one.register()
            assert answer.status == 401 and "stale" not in answer.get("WWW-Authenticate")
            shapes.add(str(shape(answer)).replace("SHA-256", "MD5"))
    assert len(shapes) == 1, shapes


@pytest.mark.parametrize("agent", ["test phone", "Linphone"])
def test_a_proof_is_good_once(server, member, phone, agent):
    one = phone(member().devices[0], agent=agent)
    challenge = challenged(one)
    headers = [one.proof(challenge, "REGISTER", URI)]
    assert one.ask(one.request("REGISTER", headers=headers)).status == 200
    replayed = one.ask(one.request("REGISTER", headers=headers))
    assert replayed.status == 401 and "stale=true" in replayed.get("WWW-Authenticate")
    assert attempt(one, challenge, count=2).status == 200
    assert attempt(one, challenge, count=2).status == 401
    assert attempt(one, challenge, count=1).status == 401
    assert attempt(one, challenge, count=3).status == 200


def test_a_retransmission_is_no_replay(server, member, phone):
    one = phone(member().devices[0])
    text = one.request("REGISTER", headers=[one.proof(challenged(one), "REGISTER", URI)])
    for _ in range(5):
        assert one.ask(text).status == 200
    # At once: one that is still being judged may be answered once for all.
    for _ in range(5):
        one.send(text)
    one.send(one.request("OPTIONS"))
    answers = []
    while True:
        answers.append(one.expect(lambda m: m.status))
        if answers[-1].cseq[1] == "OPTIONS":
            break
    assert {answer.status for answer in answers} == {200}


def test_a_nonce_that_is_not_ours_or_old_costs_one_more_round(server, member, phone):
    one = phone(member().devices[0])
    challenge = challenged(one)
    good = re.search(r'nonce="([^"]+)"', challenge.get("WWW-Authenticate")).group(1)
    when, word, seal = good[:10], good[10:46], good[46:]
    forged = ["x", "a.b.c", good + "0", good[:-1], f"{int(when) - 1}{word}{seal}", f"{when}{word[:-1]}x{seal}", when + word + "0" * 32,
              "0" * 78, "." * 78, when + word, "-" + good[1:], good.upper()]
    for nonce in forged:
        answer = attempt(one, challenge, nonce=nonce)
        assert answer.status == 401 and "stale=true" in answer.get("WWW-Authenticate"), nonce
    assert attempt(one, challenge).status == 200


BAD = {
    "no qop": {"qop": None, "nc": None}, "auth-int": {"qop": "auth-int"}, "empty response": {"response": ""},
    "short response": {"response": "0" * 31}, "other realm": {"realm": "elsewhere"}, "SHA-512": {"algorithm": "SHA-512-256"},
    "MD5-sess": {"algorithm": "MD5-sess"}, "short count": {"nc": "1"}, "long count": {"nc": "000000001"}, "count 0x": {"nc": "0x000001"},
    "long nonce": {"nonce": "n" * 3000}, "empty nonce": {"nonce": ""}, "empty cnonce and proof": {"cnonce": "", "response": ""},
    "zero response": {"response": "0" * 32}, "the nonce as response": {"response": "d41d8cd98f00b204e9800998ecf8427e"},
}


@pytest.mark.parametrize("what", BAD)
def test_bad_credentials_are_challenged_again(server, member, phone, what):
    one = phone(member().devices[0])
    assert attempt(one, challenged(one), **BAD[what]).status in (401, 400)
    assert one.register().status == 200


NAMES = ["' OR 1=1 --", "' OR '1'='1", "x' UNION SELECT 'aaaaaaaaaaaaaaaa' --", "alice\\\\' --", "a" * 31, "a" * 3000, "ALICE", "al ice", "",
         "alice\\x00", "alice'", "%27", "al\u0131ce", "alice@social.localhost", "alice\0' OR 1=1 --", "alice\0", "../alice", "$var(name)", "alice;drop", "aliceé"]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_reaches_the_database_but_in_the_form_of_a_name(server, member, phone, name):
    before = server.log.read_text(errors="replace").count("failed to prepare")
    device = member().devices[0]
    one = phone(device)
    assert attempt(one, challenged(one), username=name).status in (401, 400)
    assert server.log.read_text(errors="replace").count("failed to prepare") == before
    assert one.register().status == 200


def test_a_password_registers_only_its_own_member(server, member, phone):
    alice, bob = member(), member()
    one = phone(alice.devices[0])
    for header in ({"to": f"<sip:{bob.name}@social.localhost>"}, {"sender": f"<sip:{bob.name}@social.localhost>"},
                   {"to": f"<sip:{alice.name}@elsewhere.example>"}, {"uri": "sip:elsewhere.example"}):
        uri = header.get("uri", URI)
        answer = one.ask(one.request("REGISTER", **{"uri": uri, **header}))
        if answer.status == 401:
            answer = one.ask(one.request("REGISTER", **{"uri": uri, **header}, headers=[one.proof(answer, "REGISTER", uri)]))
        assert answer.status == 403, answer
    assert server.registrations(bob) == server.registrations(alice) == []
