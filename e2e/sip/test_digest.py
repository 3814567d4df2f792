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


@pytest.mark.parametrize("agent", ["test phone", "Linphone"])
def test_a_nonce_that_is_not_ours_or_old_costs_one_more_round(server, member, phone, agent):
    one = phone(member().devices[0], agent=agent)
    challenge = challenged(one)
    good = re.search(r'nonce="([^"]+)"', challenge.get("WWW-Authenticate")).group(1)
    forged = ["x", "a.b.c", "0" + good, good[:-2], "0" * 78, "." * 78, "-" + good[1:], good.swapcase(), "A" * 39 + "=", "/" * 40]
    forged += [good[:at] + ("B" if good[at] == "A" else "A") + good[at + 1:] for at in (0, 5, 8, 20, 34, 37)]
    if agent == "Linphone":
        when, word, seal = good[:10], good[10:46], good[46:]
        forged += [f"{int(when) - 1}{word}{seal}", f"{when}{word[:-1]}x{seal}", when + word + "0" * 32, when + word, good + "0", good.upper()]
    for nonce in forged:
        answer = attempt(one, challenge, nonce=nonce)
        assert answer.status == 401 and "stale=true" in answer.get("WWW-Authenticate"), nonce
    assert attempt(one, challenge).status == 200


@pytest.mark.parametrize("agent", ["test phone", "Linphone"])
def test_a_phone_that_is_known_is_judged_by_the_projection_of_that_moment(server, member, phone, agent):
    alice, bob = member(devices=3), member()
    first, second, third = alice.devices
    one = phone(first, agent=agent)

    def answer(device, password=None):
        one.name, one.password = device.member.name, password or device.password
        return one.register().status
    for _ in range(3):  # more than there are processes: each has seen it
        assert [answer(first), answer(first), answer(second), answer(third), answer(first)] == [200] * 5
        assert [answer(first, "wrong"), answer(first, bob.devices[0].password), answer(first)] == [401, 401, 200]

    def empty_the_log():
        server.projection.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def write_anew():
        server.projection.db.close()
        server.projection.db = server.projection.connect()
    for device, before in ((third, empty_the_log), (first, write_anew)):
        assert answer(device) == answer(device) == 200
        before()
        server.projection.revoke(device)  # nobody tells Kamailio
        assert answer(device) == 401
    assert answer(second) == 200
    known, second.password = second.password, second.password[::-1]
    server.projection.save(alice)
    assert [answer(second, known), answer(second)] == [401, 200]
    second.expires = int(time.time()) + 2
    server.projection.save(alice)
    assert answer(second) == 200
    time.sleep(max(0, second.expires - time.time()) + 0.1)  # the time itself is what counts
    assert answer(second) == 401


def test_two_headers_prove_no_more_than_one(server, member, phone):
    """One of them with a proof that was used, or of somebody else; the other with a nonce that is good."""
    member_alice = member()
    alice, mallory = phone(member_alice.devices[0]), phone(member().devices[0])
    used = alice.proof(challenged(alice), "REGISTER", URI)
    assert alice.ask(alice.request("REGISTER", headers=[used])).status == 200
    proxy = used.replace("Authorization", "Proxy-Authorization", 1)
    for one, guesses in ((alice, [True]), (mallory, [False, True])):
        for guess in guesses:
            challenge = challenged(one)
            fresh = one.proof(challenge, "REGISTER", URI)
            if guess:  # a nonce that is good, and the response that was seen
                fresh = re.sub(r'response="[^"]*"', re.search(r'response="[^"]*"', used).group(0), fresh)
            for headers in ([used, fresh], [fresh, used], [proxy, fresh], [fresh, proxy]):
                answer = mallory.ask(mallory.request("REGISTER", to=f"<sip:{alice.name}@social.localhost>", sender=f"<sip:{alice.name}@social.localhost>",
                                                     headers=headers))
                assert answer.status in (401, 403), (headers, answer)
    assert len(server.registrations(member_alice)) == 1


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
