-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Who may see that a member is online, whatever the member's apps do. With the policy "nobody" only the member's own devices may,
-- and rooms that the member joined; with "chosen" also those contacts that the member chose; with "contacts" all contacts whose
-- subscription the member accepted. Everything else that anybody can try gets the answer that it would get if the member were
-- offline. docs/presence.md says what each may learn.
--
-- One question decides: sight.may_see(owner, viewer).

module:depends("trunkline");
module:depends("presence"); -- our handlers run before its own
local blocks = module:depends("trunkline_blocks");
local sight = module:require "sight";
local look_at = module:require "changes";
local acquaintance = module:require "acquaintance";
local hints = module:require "hints";
local answer_for_app = module:require "features";

local st = require "util.stanza";
local jid_bare = require "util.jid".bare;
local jid_split = require "util.jid".split;
local is_contact_subscribed = require "core.rostermanager".is_contact_subscribed;

local before = 1000; -- priority of our handlers
local xmlns_muc = "http://jabber.org/protocol/muc";

-------- for the modules that build on this one --------

-- Whom the name's streams show themselves to at this moment: bare addresses, in order.
function seen_by(name) return sight.seen_by(name); end
-- Something has changed that no stanza tells of, such as the roster by another hand.
function look_again(name) look_at { name }; end

-- Is this the address of a room that the stream joined and has not left, or of a service of our own?
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
		if repeated and not sight.may_see(session.username, bare) then return true; end
		return;
	end
	if not announces[kind] or is_room(session, bare) or sight.may_see(session.username, bare) then return; end
	if kind == "unavailable" and sight.was_shown(session, bare) then return; end
	local _, host = jid_split(bare);
	if kind == "probe" and prosody.hosts[host] then return; end -- does not leave this server
	return true;
end

for _, target in ipairs { "full", "bare", "host" } do
	module:hook("pre-presence/" .. target, outgoing, before);
end

-- The second gate, which all presence passes, also what Prosody's own modules make, for example when a contact is blocked.
local function delivered(event)
	local presence, origin = event.stanza, event.origin;
	local name, host, resource = jid_split(presence.attr.from);
	local kind = presence.attr.type or "available";
	if host ~= module.host or not name or not presence.attr.to or not announces[kind] then return; end
	if not resource and kind ~= "available" then return; end -- what an offline member's server says
	local bare = jid_bare(presence.attr.to);
	local session = prosody.full_sessions[presence.attr.from] or origin;
	if is_room(session, bare) then
		if kind == "unavailable" and session.trunkline_rooms then session.trunkline_rooms[bare] = nil; end
		return;
	end
	local seen = sight.may_see(name, bare);
	if session.username == name and (kind == "available" and seen or kind == "unavailable") then
		local was_shown = sight.was_shown(session, bare);
		sight.note(session, bare, kind);
		if was_shown then return; end
	end
	if seen then return; end
	local _, viewer_host = jid_split(bare);
	if kind == "probe" and prosody.hosts[viewer_host] then return; end
	return true;
end

module:hook("presence/bare", delivered, before);
module:hook("presence/full", delivered, before);
module:hook("route/remote", function (event)
	if event.stanza.name == "presence" then return delivered(event); end
end, before);

-------- decisions that change under way --------

module:hook("trunkline-changed", function (event) look_at(event.names); end);
module:hook("trunkline-followed", function ()
	local missed, names = sight.missed, {};
	for name in pairs(missed) do names[#names + 1] = name; end
	sight.missed = {};
	look_at(names, missed);
end);
module:hook("roster-item-removed", function (event)
	module:add_timer(0, function () look_at { event.username }; end); -- it is not removed yet
end, -2);

-------- what others ask --------

-- Answers probes and repeated subscription requests as if the member were offline.
local function asked(event)
	local presence = event.stanza;
	local kind = presence.attr.type;
	if kind ~= "probe" and kind ~= "subscribe" or not presence.attr.to then return; end
	local name = jid_split(presence.attr.to);
	local viewer, owner = jid_bare(presence.attr.from), jid_bare(presence.attr.to);
	if not name or sight.may_see(name, viewer) then return; end
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

-- May this sender's stanza reach the stream behind a full address, so that the sender sees that it is there?
local function reaches(session, stanza, name)
	local bare = jid_bare(stanza.attr.from);
	if is_room(session, bare) or sight.may_see(name, bare) then return true; end
	return acquaintance.covers(session, bare, stanza) and not blocks.is_refused(name, bare);
end

-- The answer is the same, and made in the same way, whether there is such a stream or not. A room's message to a resource that
-- is not there bounces, so a bounce, or none, would tell. (Other messages to a full address that is gone are kept for the
-- member, without a word to the sender.)
local function to_full_address(event)
	local origin, stanza = event.origin, event.stanza;
	local kind = stanza.attr.type;
	if stanza.name == "iq" and kind ~= "get" and kind ~= "set" or stanza.name == "message" and kind ~= "groupchat" then return; end
	local name = jid_split(stanza.attr.to);
	if not name or reaches(prosody.full_sessions[stanza.attr.to] or {}, stanza, name) then return; end
	origin.send(st.error_reply(stanza, "cancel", "service-unavailable"));
	return true;
end
module:hook("iq/full", to_full_address, before);
module:hook("message/full", to_full_address, before);

-- Nor does the moment tell at which an unacknowledged stanza comes back because a connection was lost.
module:hook("delivery/failure", function (event)
	local session, stanza = event.session, event.stanza;
	if not (session.username and stanza.attr.from) then return; end
	if not reaches(session, stanza, session.username) then return true; end
end, -10);

-- How long somebody has been away is their own business, should the module that tells be loaded after all.
module:hook("iq-get/bare/jabber:iq:last:query", function (event)
	local origin, stanza = event.origin, event.stanza;
	local name = jid_split(stanza.attr.to);
	if not name or sight.may_see(name, jid_bare(stanza.attr.from)) then return; end
	origin.send(st.error_reply(stanza, "auth", "forbidden"));
	return true;
end, before);

-------- what apps tell by themselves --------

local function wrote(event)
	local session, stanza = event.origin, event.stanza;
	if not session.username or not stanza.attr.to then return; end
	local bare = jid_bare(stanza.attr.to);
	if stanza.name == "iq" and stanza.attr.type == "get" and bare ~= stanza.attr.to and not is_room(session, bare)
		and not sight.may_see(session.username, bare) and not acquaintance.covers(session, bare, stanza) then
		answer_for_app(session, stanza);
		return true;
	end
	-- An app's complaint about what somebody sent would tell them that it has arrived there.
	if stanza.name == "message" and stanza.attr.type == "error" and not is_room(session, bare)
		and not sight.may_see(session.username, bare) then
		return true;
	end
	acquaintance.note(session, stanza);
end
for _, kind in ipairs { "iq", "message" } do
	module:hook("pre-" .. kind .. "/full", wrote, before);
	module:hook("pre-" .. kind .. "/bare", wrote, before);
end

-- After carbons and archive: the member's own devices hear of it all.
local function said(event)
	local stanza = event.stanza;
	if stanza.name ~= "message" or not stanza.attr.to or stanza.attr.type == "error" then return; end
	local name, host, resource = jid_split(stanza.attr.from);
	local peer = jid_bare(stanza.attr.to);
	local session = resource and prosody.full_sessions[stanza.attr.from] or {};
	if host ~= module.host or not name or is_room(session, peer) or sight.may_see(name, peer) then return; end
	if blocks.is_contact(name, peer) and not blocks.is_refused(name, peer) then return; end
	if hints.strip_answers(stanza) then return true; end
end

local function heard(event)
	local stanza = event.stanza;
	local name, sender = jid_split(stanza.attr.to), jid_bare(stanza.attr.from);
	if not name or stanza.attr.type == "groupchat" or stanza.attr.type == "error" or sight.may_see(name, sender) then return; end
	if hints.strip_questions(stanza) then return true; end
end

for _, target in ipairs { "message/bare", "message/full" } do
	module:hook(target, said, before - 10);
	module:hook(target, heard, before - 11);
end
module:hook("route/remote", said, before - 10);

module:require "live"(sight.may_see, before);
