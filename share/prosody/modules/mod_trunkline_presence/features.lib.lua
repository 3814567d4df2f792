-- SPDX-License-Identifier: AGPL-3.0-or-later
-- An app that sees somebody's presence asks that app what it can do (XEP-0115), by itself, and so shows that it is there. To
-- those who may not know, its questions do not go; the server answers from what it has learned of apps in general.

local cache = require "util.cache";
local st = require "util.stanza";
local calculate_hash = require "util.caps".calculate_hash;

local xmlns_disco = "http://jabber.org/protocol/disco#info";
local kept = cache.new(1000); -- version -> what apps of that version can do
local largest = 16 * 1024;    -- bytes of what is kept for one: anybody may send it, asked or not

-- mod_pep asks whoever sees a member's profile, in the name of the bare address, and so learns what apps can do. The version is
-- a hash of it, so nobody can say it of others' apps.
module:hook("iq-result/bare/disco", function (event)
	local query = event.stanza:get_child("query", xmlns_disco);
	if query and #tostring(query) <= largest then kept:set(calculate_hash(query.tags), st.clone(query)); end
end, 10);

-- Answers an app's question that does not go to whom it is for.
return function (session, iq)
	local question = iq.tags[1];
	local node = question.name == "query" and question.attr.xmlns == xmlns_disco and question.attr.node;
	local known = node and kept:get(node:match("#([^#]+)$") or "");
	if not known then return session.send(st.error_reply(iq, "cancel", "service-unavailable")); end
	local query = st.clone(known);
	query.attr.node = node;
	session.send(st.reply(iq):add_child(query));
end
