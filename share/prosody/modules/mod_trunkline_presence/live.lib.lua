-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What a profile (XEP-0163) says of what a member is doing now, which apps publish by themselves: whoever may not see the member
-- online neither hears of it nor can read it, whatever access the app gave. To them these nodes do not exist. The rest of a
-- profile (name, picture, keys) stays what its owner made it.

local jid_bare = require "util.jid".bare;
local jid_split = require "util.jid".split;

local xmlns_pubsub, xmlns_event = "http://jabber.org/protocol/pubsub", "http://jabber.org/protocol/pubsub#event";

local is_live = { ["urn:xmpp:reach:0"] = true };
for _, name in ipairs { "activity", "browsing", "chatting", "gaming", "geoloc", "mood", "tune", "video", "viewing" } do
	is_live["http://jabber.org/protocol/" .. name] = true;
	is_live["urn:xmpp:" .. name .. ":0"] = true;
	is_live["urn:xmpp:" .. name .. ":1"] = true;
end

local nothing = "urn:xmpp:trunkline:no-such-node"; -- asked for in their place, so that the answer is that for any such node

return function (may_see, before)
	local function news(event)
		local stanza = event.stanza;
		local name, host, resource = jid_split(stanza.attr.from);
		if stanza.name ~= "message" or host ~= module.host or not name or resource or not stanza.attr.to then return; end
		local change = stanza:get_child("event", xmlns_event);
		for _, part in ipairs(change and change.tags or {}) do
			if is_live[part.attr.node or ""] and not may_see(name, jid_bare(stanza.attr.to)) then return true; end
		end
	end
	for _, target in ipairs { "message/bare", "message/full", "route/remote" } do module:hook(target, news, before); end

	module:hook("iq/bare/" .. xmlns_pubsub .. ":pubsub", function (event)
		local stanza = event.stanza;
		local name = jid_split(stanza.attr.to);
		if not name or may_see(name, jid_bare(stanza.attr.from)) then return; end
		for _, part in ipairs(stanza.tags[1].tags) do
			if is_live[part.attr.node or ""] then part.attr.node = nothing; end
		end
	end, before);
end
