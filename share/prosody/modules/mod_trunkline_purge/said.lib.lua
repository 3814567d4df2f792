-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Finds and removes what a member said in a room. The archive holds nicknames only, and on each message the id that the
-- room gives a member (XEP-0421), which nobody can forge: by that they are found.

local async = require "util.async";
local base64 = require "util.encodings".base64;
local hmac_sha256 = require "util.hashes".hmac_sha256;
local jid_split = require "util.jid".split;

local xmlns_occupant_id = "urn:xmpp:occupant-id:0";
local at_once = 1000; -- messages that are looked at before others get their turn

-- The connection of the archive, which mod_storage_sql shares under this name.
local engines = module:shared("/*/sql/connections");

local query = ([[
SELECT count(*), max("key"), group_concat(CASE WHEN "said" THEN "key" END, ' ') FROM (
  SELECT "key", instr("value", ?) > 0 AND instr("value", ?) > 0 AS "said" FROM "prosodyarchive"
  WHERE "host" = ? AND "user" = ? AND "store" = 'muc_log' AND "key" > ? ORDER BY "key" LIMIT %d)]]):format(at_once);

local function let_others()
	if not async.ready() then return; end
	local wait, done = async.waiter();
	module:add_timer(0, function () done(); end);
	wait();
end

local function forget_archived(host, room, id)
	local node = jid_split(room.jid);
	local archive = module:context(host):open_store("muc_log", "archive");
	for _, engine in pairs(engines) do
		local after = "";
		repeat
			local looked_at, keys = 0, {};
			local ok, err = engine:transaction(function ()
				-- Base 64 needs no escaping in XML. Who writes such a text in an element of their own loses that message.
				for row in engine:select(query, "id='" .. id .. "'", xmlns_occupant_id, host, node, after) do
					looked_at, after = row[1], row[2] or after;
					for key in (row[3] or ""):gmatch("%S+") do keys[#keys + 1] = key; end
				end
			end);
			if not ok then error(err, 0); end
			if keys[1] then
				ok, err = archive:delete(node, { ids = keys });
				if not ok then error(err or "the archive of a room cannot be changed", 0); end
			end
			if looked_at == at_once then let_others(); end
		until looked_at < at_once;
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
