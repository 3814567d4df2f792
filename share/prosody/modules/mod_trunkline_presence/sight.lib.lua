-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Who may see that a member is online, and whom each stream has shown itself to. The second is what has to be taken back when
-- the first becomes less.

local trunkline = module:depends("trunkline");
local blocks = module:depends("trunkline_blocks");

local jid_bare = require "util.jid".bare;
local is_contact_subscribed = require "core.rostermanager".is_contact_subscribed;

local sight = { missed = {} }; -- names about which a question was answered closed because the projection could not be read

-- May `viewer` (a bare address) learn whether the local member `owner` (a name) is online?
function sight.may_see(owner, viewer)
	if viewer == owner .. "@" .. module.host then return true; end
	local policy, err = trunkline.presence_policy(owner);
	if err then sight.missed[owner] = true; end
	if policy == "nobody" then return false; end
	if not is_contact_subscribed(owner, module.host, viewer) then return false; end
	if policy == "chosen" then
		local chosen;
		chosen, err = trunkline.is_chosen(owner, viewer);
		if err then sight.missed[owner] = true; end
		if not chosen then return false; end
	end
	local refused;
	refused, err = blocks.is_refused(owner, viewer);
	if err then sight.missed[owner] = true; end
	return not refused;
end

-- Presence of a stream goes out to an address.
function sight.note(session, to, kind)
	local bare = jid_bare(to);
	if bare == session.username .. "@" .. module.host then return; end
	if kind == "unavailable" then
		if session.trunkline_shown then session.trunkline_shown[bare] = nil; end
	else
		session.trunkline_shown = session.trunkline_shown or {};
		session.trunkline_shown[bare] = true;
	end
end

function sight.was_shown(session, to)
	return session.trunkline_shown ~= nil and session.trunkline_shown[jid_bare(to)] == true;
end

-- Addresses that see the name at this moment, in order.
function sight.seen_by(name)
	local user, set, list = prosody.bare_sessions[name .. "@" .. module.host], {}, {};
	for _, session in pairs(user and user.sessions or {}) do
		for viewer in pairs(session.presence and session.trunkline_shown or {}) do set[viewer] = true; end
	end
	for viewer in pairs(set) do list[#list + 1] = viewer; end
	table.sort(list);
	return list;
end

return sight;
