-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Calls by Jingle that last (XEP-0166): a block ends them, and so does the end of the device that talks. What they carry goes past
-- this server, so both apps are told in each other's name that it is over; the one who is blocked hears no more than that.

local trunkline = module:depends("trunkline");
local blocks = module:depends("trunkline_blocks");

local jid = require "util.jid";
local st = require "util.stanza";
local new_id = require "util.id".short;

local xmlns_jingle, xmlns_rtp = "urn:xmpp:jingle:1", "urn:xmpp:jingle:apps:rtp:1";
local after_all = 30;  -- priority: who may not call was sent away before
local most = 8;        -- of one app at a time; older ones are forgotten

local calls = {}; -- name -> list of { own, peer, sid }: two full addresses

local function forget(name, is_over)
	local list = {};
	for _, call in ipairs(calls[name] or {}) do
		if not is_over(call) then list[#list + 1] = call; end
	end
	calls[name] = list[1] and list or nil;
end

local function is_same(own, peer, sid)
	return function (call) return call.own == own and call.peer == peer and call.sid == sid; end
end

local function begins(jingle)
	for content in jingle:childtags("content") do
		if content:get_child("description", xmlns_rtp) then return true; end
	end
	return false;
end

local function note(own, peer, stanza)
	local jingle = stanza.attr.type == "set" and stanza:get_child("jingle", xmlns_jingle);
	local sid = jingle and jingle.attr.sid;
	if not sid then return; end
	local name = jid.split(own);
	if jingle.attr.action == "session-terminate" then
		forget(name, is_same(own, peer, sid));
	elseif jingle.attr.action == "session-initiate" and begins(jingle) then
		forget(name, is_same(own, peer, sid));
		local list = calls[name] or {};
		calls[name] = list;
		list[#list + 1] = { own = own, peer = peer, sid = sid };
		if #list > most then table.remove(list, 1); end
	end
end

module:hook("iq/full", function (event)
	local name, host = jid.split(event.stanza.attr.to);
	if name and host == module.host then note(event.stanza.attr.to, event.stanza.attr.from, event.stanza); end
end, after_all);

module:hook("pre-iq/full", function (event)
	if event.origin.username then note(event.origin.full_jid, event.stanza.attr.to, event.stanza); end
end, after_all);

local function tell(from, to, sid, reason)
	local stanza = st.iq({ type = "set", id = new_id(), from = from, to = to })
		:tag("jingle", { xmlns = xmlns_jingle, action = "session-terminate", sid = sid }):tag("reason"):tag(reason):reset();
	local session = prosody.full_sessions[to];
	if session then return session.send(stanza); end
	local _, host = jid.split(to);
	if host ~= module.host then blocks.send_anyway(stanza); end
end

-- Ends those calls of a member for which the test says so.
local function end_those(name, is_over, reason)
	local ended = {};
	forget(name, function (call)
		if is_over(call) then ended[#ended + 1] = call; end
		return is_over(call);
	end);
	for _, call in ipairs(ended) do
		local other, host = jid.split(call.peer);
		if host == module.host then forget(other, is_same(call.peer, call.own, call.sid)); end
		tell(call.own, call.peer, call.sid, reason);
		tell(call.peer, call.own, call.sid, reason);
	end
end

local function look(name)
	if not calls[name] then return; end
	local refused = {};
	for _, call in ipairs(calls[name]) do
		local is_refused, err = blocks.is_refused(name, jid.bare(call.peer));
		refused[call] = is_refused and not err;
	end
	end_those(name, function (call) return refused[call]; end, "success");
end

module:hook("trunkline-changed", function (event)
	for _, name in ipairs(event.names) do look(name); end
end);

-- Once the list is kept.
module:hook("iq-set/self/urn:xmpp:blocking:block", function (event)
	local name = event.origin.username;
	module:add_timer(0, function () look(name); end);
end, 1000);

-- Signed out by its member, or its password is over: its streams end at once, and with them what is said on others' ways.
module:hook("trunkline-ended", function (event)
	local own = event.session.full_jid;
	if own then end_those(event.session.username, function (call) return call.own == own; end, "gone"); end
end);

module:hook("resource-unbind", function (event)
	local own = event.session.full_jid;
	if own then forget(event.session.username, function (call) return call.own == own; end); end
end);
