# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whom a member muted at the home server writes and is read, and makes no noise: no notification, no app is woken, and none rings."""
from federation import NEAR
from raw import Raw
from test_push import asked_for, scene  # noqa: F401
from viewers import roster_and_presence

PROPOSE = "<propose xmlns='urn:xmpp:jingle-message:0' id='c'/><store xmlns='urn:xmpp:hints'/>"


def test_nobody_is_notified_of_what_the_muted_write(federation, scene, member):  # noqa: F811
    near = federation.near

    async def story(service, write, notified):
        alice, muted = member(devices=2), member()
        loud = Raw(near).login(muted.devices[0])
        asked_for(near, alice.devices[0], "away").close()
        other = roster_and_presence(Raw(near).login(alice.devices[1]))
        near.projection.relate(alice, f"{muted.name}@{NEAR}", "m")
        for child in ("<body>noise</body>", PROPOSE):
            loud.send(f"<message type='chat' id='noise' to='{alice.name}@{NEAR}'>{child}</message>")
            assert loud.silent("type=['\"]error")
            if child is PROPOSE:
                assert other.silent("<propose")
            else:
                other.expect("id=['\"]noise['\"]")  # it arrives
        await write(alice.name)
        await notified("away")
        # Alone, it is kept for her, without a word.
        other.close()
        loud.send(f"<message type='chat' id='noise' to='{alice.name}@{NEAR}'><body>noise again</body></message>")
        assert loud.silent("type=['\"]error")
        near.projection.relate(alice, f"{muted.name}@{NEAR}", "")
        assert service.notified == []
        loud.send(f"<message type='chat' to='{alice.name}@{NEAR}'><body>no longer muted</body></message>")
        await notified("away")
        for raw in (loud, other):
            raw.close()
    scene(story)


def test_an_app_that_sleeps_is_not_woken_by_the_muted(server, member, connect):
    alice, muted, bob = member(), member(), member()
    server.projection.relate(alice, f"{muted.name}@{server.domain}", "m")
    app = roster_and_presence(connect().login(alice.devices[0]))
    app.expect("jabber:iq:version")  # the server's own question would wake it
    app.send("<inactive xmlns='urn:xmpp:csi:0'/>")
    for who, body in ((muted, "quiet"), (bob, "loud")):
        raw = connect().login(who.devices[0])
        raw.send(f"<message type='chat' to='{alice.name}@{server.domain}'><body>{body}</body></message>")
        assert raw.silent("type=['\"]error")
        if who is muted:
            assert nothing_comes(app)
    app.expect("<body>quiet</body>.*<body>loud</body>")


def nothing_comes(raw):
    """Without asking the server anything. The sender has been answered, so what was to be sent is on its way."""
    try:
        raw.expect("<body>", timeout=0.5)
    except TimeoutError:
        return True
    return False
