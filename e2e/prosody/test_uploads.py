# SPDX-License-Identifier: AGPL-3.0-or-later
"""How much a member may store, and that nothing of a deleted member's files is left."""
import os
import sqlite3
from xml.etree import ElementTree

import pytest
from client import Client
from server import Prosody
from slixmpp.exceptions import IqError
from test_services import run, transfer, upload

KIB = 1024


@pytest.fixture(scope="module")
def server(folder):
    prosody = Prosody(folder / "server", uploadSize=64 * KIB, uploadQuota=256 * KIB)
    try:
        yield prosody.start()
        assert prosody.tracebacks() == []
    finally:
        prosody.stop()


def with_client(server, member, story):
    async def whole():
        client = Client(server, member.devices[0], "x")
        assert await client.sign_in() == "in"
        try:
            await story(client)
        finally:
            await client.leave()
    run(whole())


def age(server, days):
    """Makes everything that was uploaded older."""
    db = sqlite3.connect(server.state / "data/archive.sqlite", timeout=5)
    db.execute("UPDATE prosodyarchive SET \"when\" = \"when\" - ? WHERE store = 'uploads'", (days * 86400,))
    db.commit()
    db.close()


def files(server):
    return sorted(path for path in (server.state / "data").rglob("http_file_share/*") if path.is_file())


def test_a_quota_holds_over_all_that_is_stored_and_not_for_a_day(server, member):
    async def story(client):
        for _ in range(4):
            assert (await upload(client, b"x" * 64 * KIB))[0] == 201
        age(server, 2)  # another day brings no other quota
        with pytest.raises(IqError, match="resource-constraint"):
            await upload(client, b"x" * 64 * KIB)
        with pytest.raises(IqError, match="resource-constraint"):
            await upload(client, b"")  # the smallest files count, too
    with_client(server, member(), story)

    async def another(client):
        assert (await upload(client, b"x" * 64 * KIB))[0] == 201
    with_client(server, member(), another)


async def slot(client):
    """Asks where to upload to, and uploads nothing."""
    request = client.make_iq_get(ito="upload.social.localhost")
    request.append(ElementTree.Element("{urn:xmpp:http:upload:0}request", {"filename": "x", "size": str(64 * KIB)}))
    return await request.send()


def test_a_quota_outlives_a_restart_and_is_freed_by_what_goes_and_what_never_came(server, member):
    alice = member()
    before = set(files(server))

    async def fill(client):
        for _ in range(2):
            assert (await upload(client, os.urandom(64 * KIB)))[0] == 201
            await slot(client)
        with pytest.raises(IqError, match="resource-constraint"):
            await slot(client)
    with_client(server, alice, fill)
    server.stop()
    server.start()

    async def refused(client):
        with pytest.raises(IqError, match="resource-constraint"):
            await slot(client)
    with_client(server, alice, refused)
    age(server, 1)  # nothing can be put into a slot of yesterday
    (set(files(server)) - before).pop().unlink()  # as the daily pruning does
    server.stop()
    server.start()  # forgets its count, as it does by itself after a few seconds

    async def three_fit(client):
        for _ in range(3):
            assert (await upload(client, os.urandom(64 * KIB)))[0] == 201
        with pytest.raises(IqError, match="resource-constraint"):
            await slot(client)
    with_client(server, alice, three_fit)


def test_nothing_of_a_deleted_members_files_is_left(server, member):
    alice, bob = member(), member()
    urls = []

    async def fill(client):
        for _ in range(3):
            status, url = await upload(client, b"mine" * KIB)
            assert status == 201
            urls.append(url)

    before = set(files(server))
    with_client(server, bob, fill)
    kept = set(files(server))
    with_client(server, alice, fill)
    assert len(set(files(server)) - kept) == 3 and kept > before
    server.projection.purge(alice)
    server.follow()
    assert set(files(server)) == kept
    assert [transfer("GET", url)[0] for url in urls[:3]] == [200] * 3
    assert all(transfer("GET", url)[0] in (404, 410) for url in urls[3:])
    db = sqlite3.connect(server.state / "data/archive.sqlite", timeout=5)
    assert db.execute("SELECT count(*) FROM prosodyarchive WHERE \"with\" LIKE ?", (f"{alice.name}@%",)).fetchone() == (0,)
    db.close()
    again = server.projection.add_member(alice.name)
    urls.clear()
    with_client(server, again, fill)  # whose quota is untouched


def test_what_is_stored_is_counted_for_local_members_only(server, member, connect):
    raw = connect()
    raw.login(member().devices[0])
    for size in ("-1", "0.5", "1e400", "x"):
        raw.send(f"<iq type='get' id='u' to='upload.social.localhost'><request xmlns='urn:xmpp:http:upload:0' filename='x' size='{size}'/></iq>")
        assert "error" in raw.expect("<iq [^>]*id=['\"]u['\"].*?</iq>").group()
