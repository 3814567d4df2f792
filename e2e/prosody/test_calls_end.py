# SPDX-License-Identifier: AGPL-3.0-or-later
"""A call by Jingle that lasts ends when one side blocks the other, and when the device that talks is signed out."""
from raw import Raw
from viewers import befriend, jid, online, roster_and_presence, write

BEGIN = "<iq type='set' id='{0}' to='{1}'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='{0}'><content creator='initiator' " \
        "name='0'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></content></jingle></iq>"


def test_a_block_of_either_kind_ends_a_call_at_both_ends_and_so_does_signing_out(server, member, connect):
    alice, bob = member(reach="everyone"), member(reach="everyone")
    one, two = online(connect, alice), online(connect, bob)
    befriend(one, two)
    write(one, bob)
    over = "action='session-terminate'[^>]*>"

    def talk(sid):
        two.send(BEGIN.format(sid, one.jid))
        one.expect(f"sid='{sid}'")

    talk("first")
    one.send(f"<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='{jid(bob)}'/></block></iq>")
    for raw in (one, two):
        assert "<success/>" in raw.expect(over + ".*?</jingle>").group()
    one.send(f"<iq type='set' id='u'><unblock xmlns='urn:xmpp:blocking'><item jid='{jid(bob)}'/></unblock></iq>")
    one.expect("id='u'")
    talk("second")
    server.projection.relate(alice, jid(bob), "b")
    server.follow()
    for raw in (one, two):
        raw.expect(over + ".*?</jingle>")
    server.projection.relate(alice, jid(bob), "")
    server.follow()
    talk("third")
    server.projection.revoke(alice.devices[0])
    server.follow()
    assert "<gone/>" in two.expect(over + ".*?</jingle>").group()


def test_who_is_blocked_at_another_server_hears_that_the_call_is_over_and_no_more(federation, member, stranger, connect):
    alice, bob = member(reach="everyone"), stranger("bob")
    one = online(connect, alice)
    two = roster_and_presence(Raw(federation.far).login(bob.devices[0], "phone"))
    theirs = two.jid.split("/")[0]
    one.send(f"<message type='chat' to='{theirs}'><body>hello</body></message>")
    two.expect("hello")
    two.send(BEGIN.format("call", one.jid))
    one.expect("sid='call'")
    one.send(f"<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='{theirs}'/></block></iq>")
    for raw in (one, two):
        assert "<success/>" in raw.expect("action='session-terminate'[^>]*>.*?</jingle>").group()
    one.send(f"<message type='chat' to='{theirs}'><body>never</body></message>")
    assert two.silent("never|urn:xmpp:blocking")
    two.close()
