-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Makes the privilege to send messages (XEP-0356) narrower than mod_privilege does: in the domain's own name alone, and to
-- members alone. Nobody's words are put into a member's mouth.

local presence = module:depends("trunkline_presence");

local st = require "util.stanza";
local jid_split = require "util.jid".split;

local xmlns_privilege = "urn:xmpp:privilege:2";
local xmlns_forward = "urn:xmpp:forward:0";

-- Within this process the namespace of clients is written as none.
local function plain(element)
	if element.attr.xmlns == "jabber:client" then element.attr.xmlns = nil; end
	for _, child in ipairs(element.tags) do plain(child); end
	return element;
end

local function is_member_address(address)
	local node, host, resource = jid_split(address);
	return node ~= nil and host == module.host and resource == nil;
end

local function narrow(component)
	module:hook("message/host", function (event)
		local origin, stanza = event.origin, event.stanza;
		local privilege = stanza:get_child("privilege", xmlns_privilege);
		if not privilege then return; end
		local function refuse(kind, condition)
			origin.send(st.error_reply(stanza, kind, condition));
			return true;
		end
		if origin.type ~= "component" or origin.host ~= component then return refuse("auth", "forbidden"); end
		local forwarded = #privilege.tags == 1 and privilege:get_child("forwarded", xmlns_forward);
		local message = forwarded and forwarded:get_child("message", "jabber:client");
		if not message then return refuse("modify", "bad-request"); end
		if message.attr.from ~= module.host or not is_member_address(message.attr.to) then
			return refuse("auth", "forbidden");
		end
		prosody.core_post_stanza(prosody.hosts[module.host], plain(st.clone(message)));
		return true;
	end, 100);
	-- A roster that was changed by this changes who may see presence.
	module:hook("iq-set/bare/jabber:iq:roster:query", function (event)
		local name = event.stanza.attr.to and jid_split(event.stanza.attr.to);
		if name then module:add_timer(0, function () presence.look_again(name); end); end
	end, 100);
	-- Not granted to anybody; mod_privilege would write what is no XML into the stream of whoever tries.
	module:hook("iq/bare/" .. xmlns_privilege .. ":privileged_iq", function (event)
		event.origin.send(st.error_reply(event.stanza, "auth", "forbidden"));
		return true;
	end, 100);
end

return { narrow = narrow };
