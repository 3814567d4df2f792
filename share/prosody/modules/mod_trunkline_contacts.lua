-- SPDX-License-Identifier: AGPL-3.0-or-later
-- The roster and those who ask: notes each change before it is made, so that the daemon can follow; remembers when somebody
-- asked; keeps the number of those who ask within bounds.

local trunkline = module:depends("trunkline");
local reach = module:depends("trunkline_reach");
module:depends("presence");

local datetime = require "util.datetime";
local jid = require "util.jid";
local st = require "util.stanza";
local rostermanager = require "core.rostermanager";

local most_asking, most_of_domain = 200, 20; -- for each member; whoever asked the longest ago goes
local xmlns_delay = "urn:xmpp:delay";

-------- every change of a roster or a block list --------

module:hook("store-opened", function (event)
	if event.store_name ~= "roster" then return; end
	local store = event.store;
	local function noting(method)
		return store[method] and function (self, name, ...)
			if name then trunkline.touch(name); end
			return store[method](self, name, ...);
		end;
	end
	event.store = setmetatable({ set = noting "set", set_keys = noting "set_keys" }, { __index = store });
end);

for _, action in ipairs { "block", "unblock" } do
	module:hook("iq-set/self/urn:xmpp:blocking:" .. action, function (event) trunkline.touch(event.origin.username); end, 10);
end

module:hook_global("user-deleted", function (event)
	if event.host == module.host then trunkline.touch(event.username); end
end);

-------- contact requests --------

-- When the request was made that the roster keeps; 0 if it is not known.
function asked_at(pending)
	local stanza = type(pending) == "table" and st.deserialize(pending);
	local delay = stanza and stanza:get_child("delay", xmlns_delay);
	return delay and delay.attr.from == module.host and datetime.parse(delay.attr.stamp or "") or 0;
end

-- A copy that bears the time of its coming, and no other time.
local function stamped(presence)
	local copy = st.clone(presence);
	copy:maptags(function (tag)
		if tag.name == "delay" and tag.attr.xmlns == xmlns_delay then return nil; end
		return tag;
	end);
	return copy:tag("delay", { xmlns = xmlns_delay, from = module.host, stamp = datetime.datetime() }):up();
end

-- Makes room among those who ask a member.
local function make_room(name, pending, asker)
	local since = {};
	for address, request in pairs(pending) do since[address] = asked_at(request); end
	local victim = reach.who_makes_room(since, asker, most_asking, most_of_domain);
	if victim then
		module:log("debug", "The contact request of %s to %s makes room for a newer one", victim, name);
		pending[victim] = nil;
	end
end

local function asked(event)
	local presence = event.stanza;
	if presence.attr.type ~= "subscribe" or not presence.attr.to then return; end
	local name, asker = jid.split(presence.attr.to), jid.bare(presence.attr.from);
	if not name or not trunkline.member(name) then return; end
	local refused = reach.is_refused(name, asker);
	if refused == nil then
		-- They may have been refused. Whoever asks again later is asked about then.
		event.origin.send(st.error_reply(presence, "wait", "internal-server-error"));
		return true;
	elseif refused then
		-- The usual acknowledgement; nobody is asked anything.
		prosody.core_post_stanza(prosody.hosts[module.host],
			st.presence({ type = "unavailable", from = jid.bare(presence.attr.to), to = asker }));
		return true;
	end
	local roster, err = rostermanager.load_roster(name, module.host);
	if err or roster[false].pending[asker] or rostermanager.is_contact_subscribed(name, module.host, asker) then return; end
	make_room(name, roster[false].pending, asker);
	event.stanza = stamped(presence);
end
module:hook("presence/bare", asked, 50);
module:hook("presence/full", asked, 50);
