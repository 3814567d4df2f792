# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the ledger and the projection hold, and whether it is whole, right and the same."""
import base64
import hashlib
import hmac

SIZES = {"SHA-1": 20, "SHA-256": 32}


def text(data):
    return base64.b64encode(data).decode()


def verifiers(password, salt, iterations, family):
    """Stored key and server key (RFC 5802, section 3), in base 64."""
    salted = hashlib.pbkdf2_hmac(family, password.encode(), salt, iterations)
    client_key = hmac.new(salted, b"Client Key", family).digest()
    return [text(hashlib.new(family, client_key).digest()), text(hmac.new(salted, b"Server Key", family).digest())]


def lines(database):
    """The devices that an engine lets in, by name of the member: id to fields."""
    found = {}
    for row in database.execute("SELECT name, devices FROM members"):
        devices = row["devices"]
        assert devices == "" or devices.endswith("\n"), "a line without its end"
        fields = [line.split(" ") for line in devices.splitlines()]
        assert all(len(field) == 6 for field in fields), "half a line"
        found[row["name"]] = {field[0]: field[1:] for field in fields}
        assert len(found[row["name"]]) == len(fields), "the same device twice"
    return found


def engine_view(installation):
    """What an engine reads that starts before anything of ours does."""
    database = installation.projection()
    try:
        return lines(database)
    finally:
        database.close()


def live_devices(ledger, name):
    """Live devices by the ledger, each checked for being whole: id to the fields of its line."""
    salts = {row["hash"]: row for row in ledger.execute(
        "SELECT s.* FROM scram_parameters s JOIN accounts a ON a.id = s.account WHERE a.name = ?", (name,))}
    assert set(salts) in (set(), set(SIZES)), "half the salts"
    found = {}
    for device in ledger.execute(
            "SELECT d.* FROM devices d JOIN accounts a ON a.id = d.account WHERE a.name = ?", (name,)):
        keys = {row["hash"]: row for row in ledger.execute(
            "SELECT * FROM scram_verifiers WHERE device = ?", (device["id"],))}
        if device["revoked_at"] is not None:
            assert keys == {}, "a revoked device with verifiers"
            continue
        assert set(keys) == set(SIZES), "half a credential"
        for hash_name, row in keys.items():
            assert len(row["stored_key"]) == len(row["server_key"]) == SIZES[hash_name]
        found[device["id"]] = [str(device["expires_at"] or 0)] + [
            text(keys[hash_name][key]) for hash_name in SIZES for key in ("stored_key", "server_key")]
    return found


def check(installation):
    """Asserts that ledger and projection are whole and say the same; returns the live devices by member."""
    ledger, projection = installation.ledger(), installation.projection()
    try:
        for database in (ledger, projection):
            assert [row[0] for row in database.execute("PRAGMA integrity_check")] == ["ok"]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        accounts = {row["name"]: row for row in ledger.execute("SELECT * FROM accounts")}
        live = {name: live_devices(ledger, name) for name in accounts}
        expected = {
            name: live[name] for name, account in accounts.items()
            if account["standing"] == "active" and account["disabled_at"] is None and account["deleted_at"] is None}
        # A member who never switched chat on needs no row.
        projected = lines(projection)
        for name in set(expected) | set(projected):
            assert name in expected, f"{name} is projected and must not be"
            assert projected.get(name, {}) == expected[name], f"{name}: the projection differs from the ledger"
        position = projection.execute("SELECT * FROM position").fetchone()
        assert position["epoch"] == ledger.execute(
            "SELECT epoch FROM projections WHERE projection = 'xmpp'").fetchone()[0]
        assert position["sequence"] == ledger.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()[0]
        return live
    finally:
        ledger.close()
        projection.close()


def opens(installation, name, device, password):
    """Whether the password is the one of the device's verifiers in the projection, by every hash."""
    projection = installation.projection()
    try:
        row = projection.execute("SELECT * FROM members WHERE name = ?", (name,)).fetchone()
        fields = lines(projection)[name][device]
    finally:
        projection.close()
    return fields[1:] == [key for family in ("sha1", "sha256") for key in verifiers(
        password, base64.b64decode(row[f"{family}_salt"]), row[f"{family}_iterations"], family)]
