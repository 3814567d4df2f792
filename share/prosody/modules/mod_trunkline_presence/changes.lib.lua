-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What has to be said when a decision changes under way: who may no longer see a member hears at once that they are gone, who
-- may see them now hears how they are. Of each stream; the app takes no part in it.

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

local function look_at(name, again)
	local user = prosody.bare_sessions[name .. "@" .. module.host];
	local sessions = {};
	for _, session in pairs(user and user.sessions or {}) do sessions[#sessions + 1] = session; end
	for _, session in ipairs(sessions) do
		hide(session);
		if session.presence then show(session, again); end
	end
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
