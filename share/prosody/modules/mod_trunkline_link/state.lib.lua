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

-- { streams = { device, show } each, seen_by = bare addresses }: asked of the streams, the roster and the policy as they are.
local function sight(name)
	local streams, seen_by = {}, {};
	local own = name .. "@" .. module.host;
	local user = prosody.bare_sessions[own];
	local roster = user and rostermanager.load_roster(name, module.host) or {};
	for _, session in pairs(user and user.sessions or {}) do
		if session.presence then
			streams[#streams + 1] = {
				device = trunkline.device_of(session) or "", show = session.presence:get_child_text("show") or "online",
			};
			for address in pairs(session.directed or {}) do
				local bare = jid_bare(address);
				local is_seen = bare ~= own and (presence.may_see(name, bare) or (session.trunkline_rooms or {})[bare]);
				if is_seen then seen_by[bare] = true; end
			end
		end
	end
	if #streams > 0 then
		for address, item in pairs(roster) do
			local subscribed = address and (item.subscription == "from" or item.subscription == "both");
			if subscribed and presence.may_see(name, address) then seen_by[address] = true; end
		end
	end
	table.sort(streams, function (a, b) return a.device < b.device; end);
	return { streams = streams, seen_by = sorted(seen_by) };
end

return { standing = standing, sight = sight };
