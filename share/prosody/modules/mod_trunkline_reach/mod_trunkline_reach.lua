-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Who may start a chat with a member. What others write waits as a request, in no archive and on no device, until the member
-- accepts or refuses it; and the sender cannot tell. What says nothing (typing, receipts, notices) is dropped for good.

local trunkline = module:depends("trunkline");
local blocks = module:depends("trunkline_blocks");

local datetime = require "util.datetime".datetime;
local jid = require "util.jid";
local st = require "util.stanza";

local calls = module:require "calls";
local content = module:require "content";
local marks = module:require "marks";
local waiting = module:require "waiting";
local vouches = module:require "vouching";
who_makes_room = module:require "crowd"; -- for modules that keep strangers, too

local after_blocks = 50; -- priority: what is blocked never waits
local look_delay = 0.2;  -- seconds
local xmlns = "urn:trunkline:link:1";
local archive = module:open_store(module:get_option_string("archive_store", "archive"), "archive");
local domain = prosody.hosts[module.host];

local function address_of(name) return name .. "@" .. module.host; end

-- May this bare address start a chat with the member? The second value is true if it was refused, nil if that cannot be read.
local function reaches(name, address)
	if address == address_of(name) or address == module.host or blocks.is_contact(name, address) then return true; end
	local mark, _, unknown = marks.of(name, address);
	if unknown then return false, nil; end -- they may have been refused: what they write waits
	if mark then return mark ~= "refused", mark == "refused"; end
	local policy = trunkline.reach(name);
	return policy == "everyone" or policy == "followed" and trunkline.is_followed(name, address), false;
end

-------- accept and refuse --------

-- The ids of what was delivered before a crash, as they stand in the archive.
local function already_delivered(name, from, since)
	local found, err = archive:find(name, { with = from, start = since });
	if not found then return nil, err; end
	local ids = {};
	for _, stanza in found do
		local mark = st.is_stanza(stanza) and stanza:get_child("waited", xmlns);
		if mark and mark.attr.id then ids[mark.attr.id] = true; end
	end
	return ids;
end

local function deliver_one(name, one)
	local stanza = st.clone(one.stanza);
	stanza.attr.to = address_of(name);
	stanza:tag("delay", { xmlns = "urn:xmpp:delay", from = module.host, stamp = datetime(one.at) }):up()
		:tag("waited", { xmlns = xmlns, id = one.id }):up();
	local said = content(stanza);
	if said and said.kind == "call" then -- a missed call; no device is to ring for it now
		return archive:append(name, nil, stanza, os.time(), jid.bare(stanza.attr.from));
	end
	prosody.core_post_stanza(domain, stanza);
	return true;
end

-- Delivers what waits of a sender who may write; again after a crash, each message once.
local function deliver(name, from)
	local list, err = waiting.of(name, from);
	if not list then return nil, err; end
	if not list[1] then return true; end
	local done;
	done, err = already_delivered(name, from, list[1].at);
	if not done then return nil, err; end
	trunkline.touch(name);
	for _, one in ipairs(list) do
		local ok, failure = done[one.id] or deliver_one(name, one);
		if ok then ok, failure = waiting.remove(name, from, one.id); end
		if not ok then return nil, failure; end
	end
	return true;
end

-- What waits is delivered, and the sender may write from now on.
function accept(name, from)
	local mark = marks.of(name, from);
	if mark ~= "accepted" and mark ~= "written" then
		trunkline.touch(name);
		local ok, err = marks.set(name, from, "accepted");
		if not ok then return nil, err; end
	end
	return deliver(name, from);
end

-- What waits is dropped, and what the sender writes later too.
function refuse(name, from)
	trunkline.touch(name);
	local ok, err = marks.set(name, from, "refused");
	if not ok then return nil, err; end
	return waiting.drop(name, from);
end

-- Nil if it cannot be read.
function is_refused(name, address)
	local allowed, refused = reaches(name, address);
	if allowed then return false; end
	return refused;
end

-- What waits for the member, but from those who were blocked meanwhile.
function requests(name)
	local all, err = waiting.list(name);
	if not all then return nil, err; end
	local shown = {};
	for _, one in ipairs(all) do
		local blocked, unknown = blocks.is_refused(name, one.from);
		if unknown or not blocked then shown[#shown + 1] = one; end
	end
	return shown;
end

local function deliver_now(name, from)
	local ok, err = deliver(name, from);
	if not ok then module:log("error", "What %s wrote to %s could not be delivered: %s", from, name, err); end
end

-- What somebody wrote before becoming a contact waits no longer.
local function look_for_contacts(name)
	local ready = {};
	for from in pairs(waiting.senders(name) or {}) do
		if blocks.is_contact(name, from) then ready[#ready + 1] = from; end
	end
	for _, from in ipairs(ready) do deliver_now(name, from); end
end

local looking = {};
module:hook("trunkline-touched", function (event)
	local name = event.name;
	if looking[name] then return; end
	looking[name] = true;
	module:add_timer(look_delay, function ()
		looking[name] = nil;
		look_for_contacts(name);
	end);
end);

-------- what others write --------

-- Messages of a room that one of the member's streams is in are the room's affair.
local function is_of_joined_room(stanza, bare)
	local _, host = jid.split(bare);
	local service = prosody.hosts[host];
	if service then return service.type == "component"; end
	local session = prosody.full_sessions[stanza.attr.to];
	return session ~= nil and session.trunkline_rooms ~= nil and session.trunkline_rooms[bare] == true;
end

local function keep(event, name, from, stanza)
	local ok, err = waiting.keep(name, from, stanza);
	if ok == nil then
		module:log("error", "What %s wrote to %s could not be kept: %s", from, name, err);
		event.origin.send(st.error_reply(stanza, "wait", "internal-server-error"));
	elseif ok then
		-- Later, so that it takes no time now that would tell the sender. What a crash loses here is noted at the next start.
		module:add_timer(look_delay, function () trunkline.touch(name); end);
	end
end

-- A call of somebody who may write and may not call comes to nothing, as one to whom nobody answers: nothing of it is kept, since
-- an app that comes online would ring for it.
local function lets_nothing_ring(name)
	waiting.pretend_offline(name);
	waiting.pretend(name);
	return true;
end

local function incoming(event)
	local stanza = event.stanza;
	local to, from = stanza.attr.to, jid.bare(stanza.attr.from);
	if not to or not from or stanza.attr.type == "groupchat" then return; end
	local name = jid.split(to);
	local said = content(stanza);
	local is_call = stanza.attr.type ~= "error" and (said and said.kind == "call" or calls.takes_back(stanza));
	local may_write, refused;
	if said and said.mediated then
		from, may_write, refused = vouches(name, said, reaches);
	elseif is_of_joined_room(stanza, from) then
		if is_call and not calls.may_from_room(name, stanza.attr.from) then return lets_nothing_ring(name); end
		return;
	else
		may_write, refused = reaches(name, from);
	end
	if may_write and is_call and not calls.may(name, from) then return lets_nothing_ring(name); end
	if may_write then
		local senders = waiting.senders(name);
		if senders and senders[from] and not stanza:get_child("waited", xmlns) then deliver_now(name, from); end
		return;
	end
	local row = trunkline.member(name);
	-- Nobody there: answered as always. If nobody can say, then only whoever is online is certainly there.
	if row == false or row == nil and not prosody.bare_sessions[address_of(name)] then return; end
	if not said or stanza.attr.type == "error" or stanza.attr.type == "headline" then return true; end
	waiting.pretend_offline(name);
	if refused then
		waiting.pretend(name);
	else
		keep(event, name, from, stanza);
	end
	return true;
end
module:hook("message/bare", incoming, after_blocks);
module:hook("message/full", incoming, after_blocks);

-- Whoever knows which app is there can ask it directly to begin a call. What they hear is what an app says that is not there.
module:hook("iq/full", function (event)
	local origin, stanza = event.origin, event.stanza;
	if not calls.begins(stanza) then return; end
	local name, from = jid.split(stanza.attr.to), jid.bare(stanza.attr.from);
	local allowed;
	if is_of_joined_room(stanza, from) then
		allowed = calls.may_from_room(name, stanza.attr.from);
	else
		allowed = calls.may(name, from);
	end
	if allowed then return; end
	origin.send(st.error_reply(stanza, "cancel", "service-unavailable"));
	return true;
end, after_blocks);

-------- what the member writes --------

-- Whoever the member writes to may answer.
local function outgoing(event)
	local session, stanza = event.origin, event.stanza;
	local name, kind = session.username, stanza.attr.type;
	if not name or not stanza.attr.to or kind == "groupchat" or kind == "error" or kind == "headline" then return; end
	local to = jid.bare(stanza.attr.to);
	local _, host = jid.split(to);
	local service = prosody.hosts[host];
	if to == address_of(name) or service and service.type == "component" or to == module.host
		or session.trunkline_rooms and session.trunkline_rooms[to] or not content(stanza) then
		return;
	end
	local mark = marks.of(name, to);
	if not blocks.is_contact(name, to) and mark ~= "accepted" and mark ~= "written" then
		local ok, err = marks.set(name, to, "written");
		if not ok then module:log("error", "That %s wrote to %s could not be kept: %s", name, to, err); end
	end
	local senders = waiting.senders(name);
	if senders and senders[to] then deliver_now(name, to); end
end
for _, target in ipairs { "bare", "full", "host" } do module:hook("pre-message/" .. target, outgoing, after_blocks); end

-- Whom the member removes is a stranger again, or stays refused.
module:hook("roster-item-removed", function (event)
	local name = event.username;
	if not name or trunkline.is_being_purged(name) then return; end
	if marks.of(name, event.jid) ~= "refused" then marks.set(name, event.jid, nil); end
end);

-------- the end of things --------

-- The stores of a name were wiped.
module:hook_global("user-deleted", function (event)
	if event.host ~= module.host then return; end
	module:add_timer(0, function ()
		marks.forget(event.username);
		waiting.forget(event.username);
	end);
end, -100);

-- What this address wrote, and what members let it do, is not its next owner's.
function forget_sender(address)
	local ok, err = waiting.forget_everywhere(address);
	if ok then ok, err = marks.forget_everywhere(address); end
	return ok, err;
end

module:daily("Remove old requests", waiting.expire);

local ok, err = pcall(function ()
	for name in waiting.names() do trunkline.touch(name); end
end);
if not ok then module:log("error", "The requests that wait cannot be read: %s", err); end
