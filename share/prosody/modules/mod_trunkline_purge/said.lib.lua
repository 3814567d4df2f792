-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Finds and removes what a member said in a room. The archive holds nicknames only, and on each message the id that the
-- room gives a member (XEP-0421), which nobody can forge: by that they are found.

local base64 = require "util.encodings".base64;
local hmac_sha256 = require "util.hashes".hmac_sha256;
local jid_split = require "util.jid".split;

local xmlns_occupant_id = "urn:xmpp:occupant-id:0";
local at_once = 500; -- messages for one statement

-- The connection of the archive, which mod_storage_sql shares under this name.
local function engines() return module:shared("/*/sql/connections"); end

local query = [[
SELECT "key" FROM "prosodyarchive"
WHERE "host" = ? AND "user" = ? AND "store" = 'muc_log' AND instr("value", ?) > 0 AND instr("value", ?) > 0 LIMIT %d]];

local function keys_of(engine, host, node, id)
	local ok, keys = engine:transaction(function ()
		local found = {};
		-- Base 64 needs no escaping in XML. Who writes such a text in a message of their own loses only that message.
		for row in engine:select(query:format(at_once), host, node, "id='" .. id .. "'", xmlns_occupant_id) do
			found[#found + 1] = row[1];
		end
		return found;
	end);
	if not ok then error(keys, 0); end
	return keys;
end

local function forget_archived(host, room, id)
	local node = jid_split(room.jid);
	local archive = module:context(host):open_store("muc_log", "archive");
	for _, engine in pairs(engines()) do
		local keys = keys_of(engine, host, node, id);
		while keys[1] do
			local ok, err = archive:delete(node, { ids = keys });
			if not ok then error(err or "the archive of a room cannot be changed", 0); end
			keys = keys[at_once] and keys_of(engine, host, node, id) or {};
		end
	end
end

-- What a room keeps in memory for those who come in.
local function forget_remembered(room, id)
	local kept = {};
	for _, entry in ipairs(room._history or {}) do
		local mark = entry.stanza:get_child("occupant-id", xmlns_occupant_id);
		if not (mark and mark.attr.id == id) then kept[#kept + 1] = entry; end
	end
	if room._history then room._history = kept; end
end

-- Removes what `own` (a bare address) said in the room.
return function (host, room, own)
	local salt = room._data.occupant_id_salt;
	if not salt then return; end -- nobody has been in it
	local id = base64.encode(hmac_sha256(own, salt));
	forget_archived(host, room, id);
	forget_remembered(room, id);
end
