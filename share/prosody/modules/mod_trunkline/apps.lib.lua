-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What app is at the other end, for the member's own list of devices: what its presence says at once (XEP-0115), and
-- what it answers when asked (XEP-0092). Said by the app, so never to be trusted for more than showing it.

local st = require "util.stanza";
local new_id = require "util.id".medium;

local longest = 80; -- bytes

local function clean(text)
	text = (text or ""):gsub("[%c<>&]", " "):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "");
	if #text > longest then text = text:sub(1, longest):gsub("[\192-\255][\128-\191]*$", ""); end
	return text;
end

-- Calls told(text) once or twice, if the app says anything.
return function (session, presence, told)
	local caps = presence:get_child("c", "http://jabber.org/protocol/caps");
	local node = caps and clean(caps.attr.node);
	if node and node ~= "" then told(node); end
	local request = st.iq({ type = "get", from = module.host, to = session.full_jid, id = new_id() })
		:query("jabber:iq:version");
	module:send_iq(request, nil, 60):next(function (event)
		local query = event.stanza:get_child("query", "jabber:iq:version");
		if not query then return; end
		local text = clean((query:get_child_text("name") or "") .. " " .. (query:get_child_text("version") or ""));
		if text ~= "" then told(text); end
	end, function () end); -- an app need not answer
end
