-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Who is blocked reaches nobody: what a member or the home server's admin blocked at the home server comes by the projection,
-- what a member blocked in an app (XEP-0191) lies with mod_blocklist. Both count alike, and neither lifts the other.
--
-- What a blocked sender hears is what an account says that is not there at this moment and that they know nothing of: messages
-- are taken without a word, requests are refused as by an app that is not there, presence is never shown. A refusal of messages
-- (as XEP-0191, section 3.5, suggests) would tell them of the block, and a message to a full address whether the app is there.

local trunkline = module:depends("trunkline");
module:depends("blocklist"); -- our handlers run before its own

local st = require "util.stanza";
local jid_bare = require "util.jid".bare;
local jid_split = require "util.jid".split;
local rostermanager = require "core.rostermanager";
local blocked_in_app = module:require "appblocks";
local senders = module:require "senders";

local before = 1100; -- priority of our handlers: before those who deliver, keep, copy or answer

-- Has the local member (a name) blocked this bare address, or has the admin for all? The second value is the reason if that
-- cannot be known; then the answer is yes.
function is_refused(name, peer)
	if peer == name .. "@" .. module.host or peer == module.host then return false; end
	local blocked, err = trunkline.is_blocked(name, peer);
	if blocked then return true, err; end
	return blocked_in_app(name, peer);
end

-- Is this a contact: somebody whom the member added on purpose?
function is_contact(name, peer)
	local roster, err = rostermanager.load_roster(name, module.host);
	if err then module:log("error", "The roster of %s cannot be read: %s", name, err); end
	return roster ~= nil and peer ~= nil and roster[peer] ~= nil;
end

-- Who is behind a nickname in a room of ours: a bare address, or nil.
function occupant(address) return senders.occupant(address); end

local function is_local_member(jid)
	local name, host = jid_split(jid);
	if host == module.host then return name; end
end

-- Who of those behind a stanza is blocked by the member that it goes to. While that cannot be read, contacts pass and nobody
-- else does: the reason comes as the second value.
local function refused_sender(name, stanza)
	for _, peer in ipairs(senders.of(stanza)) do
		local refused, err = is_refused(name, peer);
		if refused and not (err and is_contact(name, peer)) then return peer, err; end
	end
end

local function unknown_for_now(event)
	local kind = event.stanza.attr.type;
	if kind == "error" or kind == "result" or event.stanza.name == "presence" and kind ~= "subscribe" then return true; end
	event.origin.send(st.error_reply(event.stanza, "wait", "internal-server-error"));
	return true;
end

-------- what comes in --------

-- While a room of ours sends an invitation, its inviter is the origin; so errors go back to them. The same for local senders.
local function message_in(event)
	local stanza = event.stanza;
	local name = stanza.attr.to and is_local_member(stanza.attr.to);
	if not name or not stanza.attr.from then return; end
	local peer, err = refused_sender(name, stanza);
	if not peer then return; end
	if err then return unknown_for_now(event); end
	module:log("debug", "A message to %s from somebody who is blocked is dropped", name);
	return true;
end

local function iq_in(event)
	local origin, stanza = event.origin, event.stanza;
	local name = stanza.attr.to and is_local_member(stanza.attr.to);
	if not name or not stanza.attr.from then return; end
	local peer, err = refused_sender(name, stanza);
	if not peer then return; end
	if err then return unknown_for_now(event); end
	if stanza.attr.type == "get" or stanza.attr.type == "set" then
		origin.send(st.error_reply(stanza, "cancel", "service-unavailable"));
	end
	return true;
end

-- Taking back is heard also from the blocked: it gives them nothing. Questions are answered as if the member were away.
local heard = { unsubscribe = true, unsubscribed = true };
local function presence_in(event)
	local stanza = event.stanza;
	local kind = stanza.attr.type;
	local name = stanza.attr.to and is_local_member(stanza.attr.to);
	if not name or not stanza.attr.from or heard[kind] then return; end
	local peer, err = refused_sender(name, stanza);
	if not peer then return; end
	if err then return unknown_for_now(event); end
	local own, host = name .. "@" .. module.host, prosody.hosts[module.host];
	local subscribed = rostermanager.is_contact_subscribed(name, module.host, peer);
	local function answer(answer_kind) prosody.core_post_stanza(host, st.presence({ from = own, to = peer, type = answer_kind })); end
	if kind == "probe" then
		answer(subscribed and "unavailable" or "unsubscribed");
	elseif kind == "subscribe" then
		if subscribed then answer("subscribed"); end
		answer("unavailable"); -- what everybody gets whose question was taken note of
	end
	return true;
end

-------- what goes out --------

-- A member's own stanzas to whom they blocked come back (XEP-0191, section 3.5), but what answers others by itself is dropped.
local function bounced(event)
	local origin, stanza = event.origin, event.stanza;
	if not origin.username or not stanza.attr.to then return; end
	local refused, err = is_refused(origin.username, jid_bare(stanza.attr.to));
	if not refused or err then return; end
	local kind = stanza.attr.type;
	if kind == "error" or stanza.name == "iq" and kind == "result" then return true; end
	if stanza.name == "presence" and (kind == nil or kind == "unavailable" or kind == "probe") then
		return; -- mod_trunkline_presence decides
	end
	if heard[kind] then return; end
	origin.send(st.error_reply(stanza, "cancel", "not-acceptable", "You have blocked this address")
		:tag("blocked", { xmlns = "urn:xmpp:blocking:errors" }));
	return true;
end

-- What is to reach somebody elsewhere although they are blocked: that something is over.
local let_through = setmetatable({}, { __mode = "k" });
function send_anyway(stanza)
	let_through[stanza] = true;
	prosody.core_post_stanza(prosody.hosts[module.host], stanza);
end

-- What Prosody sends in a member's name, such as news of their profile.
local function notified(event)
	local stanza = event.stanza;
	if let_through[stanza] then return; end
	local name = stanza.attr.from and is_local_member(stanza.attr.from);
	if not name or not stanza.attr.to or stanza.name == "presence" or stanza.attr.type == "error" then return; end
	if stanza.name == "iq" and stanza.attr.type ~= "get" and stanza.attr.type ~= "set" then return; end
	local peer = jid_bare(stanza.attr.to);
	local refused, err = is_refused(name, peer);
	if refused and not (err and is_contact(name, peer)) then return true; end
end

for target in pairs { bare = true, full = true } do
	module:hook("message/" .. target, message_in, before);
	module:hook("message/" .. target, notified, before - 1);
	module:hook("iq/" .. target, iq_in, before);
	module:hook("presence/" .. target, presence_in, before);
end
for _, name in ipairs { "message", "iq", "presence" } do
	for _, target in ipairs { "bare", "full", "host" } do
		module:hook("pre-" .. name .. "/" .. target, bounced, before);
	end
end
module:hook("route/remote", notified, before);
