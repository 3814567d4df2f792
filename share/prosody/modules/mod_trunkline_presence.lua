-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Who may see that a member is online. With the policy "nobody" only the member's own devices may, and rooms that the
-- member joined. Everything else a stranger or a contact can try gets the answer that it would get if the member were offline.
--
-- One question decides: may_see(owner, viewer). Other modules answer it for other policies through the event
-- "trunkline-may-see"; what nobody answers is refused.

local trunkline = module:depends("trunkline");
module:depends("presence"); -- our handlers run before its own

local st = require "util.stanza";
local jid_bare = require "util.jid".bare;
local jid_split = require "util.jid".split;
local is_contact_subscribed = require "core.rostermanager".is_contact_subscribed;

local before = 1000;   -- priority of our handlers
local acquainted = 200; -- peers that a stream remembers having spoken to
local xmlns_muc = "http://jabber.org/protocol/muc";
local xmlns_jingle_message = "urn:xmpp:jingle-message:0";

-- May `viewer` (a bare address) learn whether the local member `owner` (a name) is online?
function may_see(owner, viewer)
	if viewer == owner .. "@" .. module.host then return true; end
	local policy = trunkline.presence_policy(owner);
	if policy == "nobody" then return false; end
	return module:fire_event("trunkline-may-see", { owner = owner, viewer = viewer, policy = policy }) == true;
end

-- Is this the address of a room that the stream joined, or of a service of our own?
local function is_room(session, bare)
	local _, host = jid_split(bare);
	local service = prosody.hosts[host];
	if service and (service.type == "component" or bare == module.host) then return true; end
	return session.trunkline_rooms ~= nil and session.trunkline_rooms[bare] == true;
end

-------- what a member's streams send --------

local announces = { available = true, unavailable = true, probe = true, error = true };

local function outgoing(event)
	local session, presence = event.origin, event.stanza;
	local to, kind = presence.attr.to, presence.attr.type or "available";
	if not to or not session.username then return; end
	local bare = jid_bare(to);
	if kind == "available" and presence:get_child("x", xmlns_muc) then
		session.trunkline_rooms = session.trunkline_rooms or {};
		session.trunkline_rooms[bare] = true;
	end
	if kind == "subscribe" then
		-- Prosody repeats open requests at each sign-in, in the name of the bare address: that would tell when it is.
		local repeated = presence.attr.from == session.username .. "@" .. module.host;
		if repeated and not may_see(session.username, bare) then return true; end
		return;
	end
	if not announces[kind] or is_room(session, bare) or may_see(session.username, bare) then return; end
	local _, host = jid_split(bare);
	if kind == "probe" and prosody.hosts[host] then return; end -- does not leave this server
	return true;
end

for _, target in ipairs { "full", "bare", "host" } do
	module:hook("pre-presence/" .. target, outgoing, before);
end

-- The second gate: presence that Prosody's own modules make, for example when a contact is blocked or unblocked.
local function delivered(event)
	local presence, origin = event.stanza, event.origin;
	local name, host, resource = jid_split(presence.attr.from);
	local kind = presence.attr.type or "available";
	if host ~= module.host or not name or not presence.attr.to or not announces[kind] then return; end
	if not resource and kind ~= "available" then return; end -- what an offline member's server says
	local bare = jid_bare(presence.attr.to);
	local session = prosody.full_sessions[presence.attr.from] or origin;
	if is_room(session, bare) or may_see(name, bare) then return; end
	local _, viewer_host = jid_split(bare);
	if kind == "probe" and prosody.hosts[viewer_host] then return; end
	return true;
end

module:hook("presence/bare", delivered, before);
module:hook("presence/full", delivered, before);
module:hook("route/remote", function (event)
	if event.stanza.name == "presence" then return delivered(event); end
end, before);

-------- what others ask --------

-- Answers probes and repeated subscription requests as if the member were offline.
local function asked(event)
	local presence = event.stanza;
	local kind = presence.attr.type;
	if kind ~= "probe" and kind ~= "subscribe" or not presence.attr.to then return; end
	local name = jid_split(presence.attr.to);
	local viewer, owner = jid_bare(presence.attr.from), jid_bare(presence.attr.to);
	if not name or may_see(name, viewer) then return; end
	local subscribed, err = is_contact_subscribed(name, module.host, viewer);
	local host = prosody.hosts[module.host];
	local function answer(answer_kind)
		prosody.core_post_stanza(host, st.presence({ from = owner, to = viewer, type = answer_kind }));
	end
	if kind == "probe" then
		if subscribed then answer("unavailable"); elseif not err then answer("unsubscribed"); end
		return true;
	elseif subscribed then
		answer("subscribed");
		answer("unavailable");
		return true;
	end
	-- A new request takes its usual way.
end
module:hook("presence/bare", asked, before - 1);
module:hook("presence/full", asked, before - 1);

local function remember(session, bare)
	local known = session.trunkline_known or { count = 0, set = {} };
	if known.count >= acquainted then known = { count = 0, set = {} }; end
	if not known.set[bare] then known.set[bare], known.count = true, known.count + 1; end
	session.trunkline_known = known;
end

-- Whom a stream itself wrote to, it has shown itself to: calls and file transfers need their requests to arrive.
local function wrote(event)
	local session, stanza = event.origin, event.stanza;
	if not session.username or not stanza.attr.to then return; end
	local deliberate = stanza.name == "iq" and (stanza.attr.type == "get" or stanza.attr.type == "set")
		or stanza.name == "message" and stanza.attr.type ~= "error"
			and (stanza:get_child("body") or stanza:child_with_ns(xmlns_jingle_message));
	if deliberate then remember(session, jid_bare(stanza.attr.to)); end
end
for _, kind in ipairs { "iq", "message" } do
	module:hook("pre-" .. kind .. "/full", wrote, before);
	module:hook("pre-" .. kind .. "/bare", wrote, before);
end

-- May this sender's stanzas reach the stream behind a full address, so that the sender sees that it is there?
local function reaches(session, from, name)
	local bare = jid_bare(from);
	if is_room(session, bare) or may_see(name, bare) then return true; end
	return session.trunkline_known ~= nil and session.trunkline_known.set[bare] == true;
end

module:hook("iq/full", function (event)
	local origin, stanza = event.origin, event.stanza;
	local kind = stanza.attr.type;
	if kind ~= "get" and kind ~= "set" then return; end
	local session = prosody.full_sessions[stanza.attr.to];
	local name = jid_split(stanza.attr.to);
	if not session or not name or reaches(session, stanza.attr.from, name) then return; end
	origin.send(st.error_reply(stanza, "cancel", "service-unavailable"));
	return true;
end, before);

-- A room's message to a resource that is not there bounces, so a bounce, or none, would tell. (Other messages to a full
-- address that is gone are kept for the member, without a word to the sender.)
module:hook("message/full", function (event)
	local origin, stanza = event.origin, event.stanza;
	if stanza.attr.type ~= "groupchat" then return; end
	local session = prosody.full_sessions[stanza.attr.to];
	local name = jid_split(stanza.attr.to);
	if not session or not name or reaches(session, stanza.attr.from, name) then return; end
	origin.send(st.error_reply(stanza, "cancel", "service-unavailable"));
	return true;
end, before);

-- Nor does the moment tell at which an unacknowledged stanza comes back because a connection was lost.
module:hook("delivery/failure", function (event)
	local session, from = event.session, event.stanza.attr.from;
	if not (session.username and from) then return; end
	if not reaches(session, from, session.username) then return true; end
end, -10);

-- How long somebody has been away is their own business, should the module that tells be loaded after all.
module:hook("iq-get/bare/jabber:iq:last:query", function (event)
	local origin, stanza = event.origin, event.stanza;
	local name = jid_split(stanza.attr.to);
	if not name or may_see(name, jid_bare(stanza.attr.from)) then return; end
	origin.send(st.error_reply(stanza, "auth", "forbidden"));
	return true;
end, before);
