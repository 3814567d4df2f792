-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What Prosody knows of a member that no roster tells: who asks to be a contact, what was blocked in apps, and who learns at
-- this moment that the member is online.

local trunkline = module:depends("trunkline");
local contacts = module:depends("trunkline_contacts");
local presence = module:depends("trunkline_presence");

local jid_bare = require "util.jid".bare;
local rostermanager = require "core.rostermanager";

local blocklists = module:open_store("blocklist");

local function sorted(set)
	local list = {};
	for key in pairs(set) do list[#list + 1] = key; end
	table.sort(list);
	return list;
end

-- { asking = { address, at } each, blocked = addresses }, or nil and the reason.
local function standing(name)
	local roster, err = rostermanager.load_roster(name, module.host);
	if err then return nil, err; end
	local blocklist;
	blocklist, err = blocklists:get(name);
	if not blocklist and err then return nil, err; end
	local found = { asking = {}, blocked = {} };
	local pending = roster[false].pending;
	for _, address in ipairs(sorted(pending)) do
		found.asking[#found.asking + 1] = { address = address, at = contacts.asked_at(pending[address]) };
	end
	local blocked = {};
	for address in pairs(blocklist or {}) do
		if address then blocked[address] = true; end
	end
	found.blocked = sorted(blocked);
	return found;
end

-- { streams = { device, show } each, seen_by = bare addresses of people and rooms }: what the streams have shown to whom.
local function sight(name)
	local streams, seen_by = {}, {};
	local user = prosody.bare_sessions[name .. "@" .. module.host];
	for _, address in ipairs(presence.seen_by(name)) do seen_by[address] = true; end
	for _, session in pairs(user and user.sessions or {}) do
		if session.presence then
			streams[#streams + 1] = {
				device = trunkline.device_of(session) or "", show = session.presence:get_child_text("show") or "online",
			};
		end
		for address in pairs(session.directed or {}) do
			local bare = jid_bare(address);
			if (session.trunkline_rooms or {})[bare] then seen_by[bare] = true; end
		end
	end
	table.sort(streams, function (a, b) return a.device < b.device; end);
	return { streams = streams, seen_by = sorted(seen_by) };
end

return { standing = standing, sight = sight };
