-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What has to be said when a decision changes under way: who may no longer see a member hears at once that they are gone, who
-- may see them now hears how they are. Of each stream; the app takes no part in it. And whom the member blocked at the home server
-- is gone for the member's own apps too, until they are let in again.

local blocks = module:depends("trunkline_blocks");
local sight = module:require "sight";

local st = require "util.stanza";
local now = require "util.time".now;

local at_once = 0.05; -- seconds of work before others get their turn

local function hide(session)
	local hidden = {};
	for viewer in pairs(session.trunkline_shown or {}) do
		if not sight.may_see(session.username, viewer) then hidden[#hidden + 1] = viewer; end
	end
	for _, viewer in ipairs(hidden) do
		prosody.core_post_stanza(session, st.presence({ type = "unavailable", from = session.full_jid, to = viewer }));
	end
end

local function show(session, again)
	for contact, item in pairs(session.roster or {}) do
		if contact and (item.subscription == "both" or item.subscription == "from")
			and (again or not sight.was_shown(session, contact)) and sight.may_see(session.username, contact) then
			local presence = st.clone(session.presence);
			presence.attr.to = contact;
			prosody.core_post_stanza(session, presence);
		end
	end
end

-- Contacts of a member who is online whose presence does not come in; nothing if that cannot be read.
local function refused_contacts(name, user)
	local set = {};
	for contact, item in pairs(user.roster or {}) do
		if contact and (item.subscription == "both" or item.subscription == "to") then
			local refused, err = blocks.is_refused(name, contact);
			if err then return nil; end
			set[contact] = refused or nil;
		end
	end
	return set;
end

module:hook("presence/initial", function (event)
	local name = event.origin.username;
	local user = prosody.bare_sessions[name .. "@" .. module.host];
	if user and not user.trunkline_refused then user.trunkline_refused = refused_contacts(name, user); end
end);

local function turn_away(name, user, sessions)
	local before, after = user.trunkline_refused, refused_contacts(name, user);
	if not after then return; end
	user.trunkline_refused = after;
	for _, session in ipairs(before and sessions or {}) do
		if session.presence then
			for contact in pairs(after) do
				if not before[contact] then
					session.send(st.presence({ type = "unavailable", from = contact, to = session.full_jid }));
				end
			end
			for contact in pairs(before) do
				if not after[contact] and user.roster[contact] then
					prosody.core_post_stanza(session, st.presence({ type = "probe", from = session.full_jid, to = contact }), true);
				end
			end
		end
	end
end

local function look_at(name, again)
	local user = prosody.bare_sessions[name .. "@" .. module.host];
	local sessions = {};
	for _, session in pairs(user and user.sessions or {}) do sessions[#sessions + 1] = session; end
	for _, session in ipairs(sessions) do
		hide(session);
		if session.presence then show(session, again); end
	end
	if user then turn_away(name, user, sessions); end
end

local waiting, again, first, last = {}, {}, 1, 0;
local function work()
	local start = now();
	while first <= last do
		local name = waiting[first];
		waiting[first], first = nil, first + 1;
		local shown_anyway = again[name];
		again[name] = nil;
		look_at(name, shown_anyway);
		if now() - start > at_once then return module:add_timer(0, work); end
	end
	waiting, first, last = {}, 1, 0;
end

-- Brings what others see of these names in line with what they may see; those of the set `missed` are shown once more also to
-- whoever saw them before.
return function (names, missed)
	local idle = first > last;
	for _, name in ipairs(names) do
		if prosody.bare_sessions[name .. "@" .. module.host] then
			last = last + 1;
			waiting[last], again[name] = name, again[name] or missed and missed[name];
		end
	end
	if idle and first <= last then work(); end
end
