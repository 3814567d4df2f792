-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Messages that wait for the member's word. They lie where the archive lies and are written in the same way, so that keeping
-- one takes as long as delivering it. Bounded in every direction: see docs/link.md.

local cache = require "util.cache";
local now = require "util.time".now;
local content = module:require "content";
local who_makes_room = module:require "crowd";

local limit = {
	messages = 10;        -- of one sender; what comes after them is dropped
	senders = 100;        -- of one member; whoever wrote last the longest ago goes
	of_domain = 20;       -- of these from one domain
	size = 64 * 1024;     -- bytes of one message as XML
	days = 90;            -- after which a message goes by itself
};

local store = module:open_store("trunkline_requests", "archive");
local as_offline = module:open_store("trunkline_nothing", "archive"); -- of the same kind as mod_offline's
local pretended = cache.new(1024); -- name -> how often
local summaries = cache.new(1024); -- name -> sender -> { count, last }
local blank = require "util.stanza".message();

local waiting = {};

local function load(name)
	local senders = summaries:get(name);
	if senders then return senders; end
	local summary, err = store:summary(name);
	if not summary then return nil, err; end
	senders = {};
	for from, count in pairs(summary.counts) do
		if from ~= "" then senders[from] = { count = count, last = summary.latest[from] }; end
	end
	summaries:set(name, senders);
	return senders;
end

-- The senders of whom something waits, as a table by address; nil and the reason if they cannot be read.
function waiting.senders(name) return load(name); end

-- Writes as much as keeping a message does, so that the time does not tell that nothing was kept.
function waiting.pretend(name)
	local ok, err = store:append(name, "nothing", blank, os.time(), "");
	if not ok then module:log("error", "The store of requests cannot be written: %s", err); end
end

-- Where nobody is there, delivering writes a second time, for who comes later. So does this; what it writes is nothing.
function waiting.pretend_offline(name)
	local user = prosody.bare_sessions[name .. "@" .. module.host];
	if user and user.top_resources then return; end
	as_offline:append(name, nil, blank, os.time(), "");
	local times = (pretended:get(name) or 0) + 1;
	pretended:set(name, times);
	if times % 16 == 0 then module:add_timer(1, function () as_offline:delete(name); end); end
end

function waiting.drop(name, from)
	local ok, err = store:delete(name, { with = from });
	if not ok and err then return nil, err; end
	local senders = summaries:get(name);
	if senders then senders[from] = nil; end
	return true;
end

-- Makes room for one more sender.
local function make_room(name, senders, from)
	local since = {};
	for address, entry in pairs(senders) do since[address] = entry.last; end
	local victim = who_makes_room(since, from, limit.senders, limit.of_domain);
	if not victim then return true; end
	module:log("debug", "The request of %s to %s makes room for a newer one", victim, name);
	return waiting.drop(name, victim);
end

-- Keeps a message. Returns true if it waits now, false if it was dropped because there is too much; nil and the reason if it
-- could not be written.
function waiting.keep(name, from, stanza)
	local senders, err = load(name);
	if not senders then return nil, err; end
	local entry = senders[from];
	if entry and entry.count >= limit.messages or #tostring(stanza) > limit.size then
		waiting.pretend(name);
		return false;
	end
	if not entry then
		local ok, failure = make_room(name, senders, from);
		if not ok then return nil, failure; end
	end
	local ok, failure = store:append(name, nil, stanza, os.time(), from);
	if not ok then return nil, failure or "it cannot be written"; end
	senders[from] = { count = (entry and entry.count or 0) + 1, last = now() };
	return true;
end

-- What waits of one sender: { id, stanza, at } each, oldest first.
function waiting.of(name, from)
	local found, err = store:find(name, { with = from });
	if not found then return nil, err; end
	local list = {};
	for id, stanza, at in found do list[#list + 1] = { id = id, stanza = stanza, at = at }; end
	return list;
end

-- A message was delivered.
function waiting.remove(name, from, id)
	local ok, err = store:delete(name, { ids = { id } });
	if not ok and err then return nil, err; end
	local senders = summaries:get(name);
	local entry = senders and senders[from];
	if entry then
		entry.count = entry.count - 1;
		if entry.count <= 0 then senders[from] = nil; end
	end
	return true;
end

-- Everything that waits, as docs/link.md says, the newest sender first; nil and the reason if it cannot be read.
function waiting.list(name)
	local found, err = store:find(name);
	if not found then return nil, err; end
	local requests, by_sender = {}, {};
	for id, stanza, at, from in found do
		local said = from ~= "" and content(stanza);
		if said then
			local request = by_sender[from];
			if not request then
				request = { from = from, first = at, said = {} };
				by_sender[from], requests[#requests + 1] = request, request;
			end
			request.last = at;
			table.insert(request.said, { at = at, kind = said.kind, id = id, room = said.room, text = said.text });
		end
	end
	table.sort(requests, function (a, b)
		if a.last ~= b.last then return a.last > b.last; end
		return a.from < b.from;
	end);
	return requests;
end

-- Names for whom something waits.
function waiting.names() return store:users(); end

function waiting.forget(name) summaries:set(name, nil); end

-- Whatever this address wrote to anybody: it is about to belong to somebody else.
function waiting.forget_everywhere(address)
	summaries:clear();
	local ok, err = store:delete(true, { with = address });
	if not ok and err then return nil, err; end
	return true;
end

function waiting.expire()
	summaries:clear();
	local ok, err = store:delete(true, { ["end"] = os.time() - limit.days * 86400 });
	if not ok and err then module:log("error", "Old requests cannot be removed: %s", err); end
end

return waiting;
