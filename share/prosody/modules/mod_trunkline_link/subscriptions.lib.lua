-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What a member does with a contact (RFC 6121, sections 2.5 and 3), done by the server in the member's name. Each of these may
-- be done again: what is already so is left, and what may not have been sent before a crash is sent once more.

local presence = module:depends("presence");
local trunkline = module:depends("trunkline");

local st = require "util.stanza";
local jid = require "util.jid";
local rostermanager = require "core.rostermanager";

local acts = {}; -- by the name that the question gives

-- The address that somebody can have as a contact, in its usual spelling; nil if it is none, or the member's own.
local function address_of(text, name)
	if not text or #text > 1023 then return nil; end
	local node, host, resource = jid.prepped_split(text);
	if not host or resource then return nil; end
	local address = jid.join(node, host);
	if address ~= text or address == name .. "@" .. module.host or address == module.host then return nil; end
	return address;
end

local function load(name) return rostermanager.load_roster(name, module.host); end

local function is_to(item) return item ~= nil and (item.subscription == "to" or item.subscription == "both"); end
local function is_from(item) return item ~= nil and (item.subscription == "from" or item.subscription == "both"); end

-- As if one of the member's apps had sent it: roster, push and the stanza itself, all by Prosody's own hand.
local function send(name, kind, address)
	local own = name .. "@" .. module.host;
	presence.handle_outbound_presence_subscriptions_and_probes(prosody.hosts[module.host],
		st.presence({ type = kind, from = own, to = address }), own, address);
end

-- The bare stanza, where the roster already says what it brings about.
local function repeat_stanza(name, kind, address)
	prosody.core_post_stanza(prosody.hosts[module.host],
		st.presence({ type = kind, from = name .. "@" .. module.host, to = address }));
end

local function approve(name, address)
	local roster, err = load(name);
	if err then return nil, err; end
	if roster[false].pending[address] then
		send(name, "subscribed", address);
		if roster[false].pending[address] then return nil, "the roster cannot be written"; end
	elseif is_from(roster[address]) then
		repeat_stanza(name, "subscribed", address);
	end
	return true;
end

-- Asks to be the address's contact; the item is there from now on. Whoever is asking the member is accepted by this.
function acts.ask(name, address)
	local roster, err = load(name);
	if err then return nil, err; end
	if roster[false].pending[address] then
		local ok, failure = approve(name, address);
		if not ok then return nil, failure; end
	end
	if is_to(roster[address]) then return true; end
	send(name, "subscribe", address);
	if not (roster[address] and roster[address].ask) then return nil, "the roster cannot be written"; end
	return true;
end

-- Says yes to somebody who asked, and asks in return. To whoever does not ask (any more) nothing is said.
function acts.accept(name, address)
	local roster, err = load(name);
	if err then return nil, err; end
	if not (roster[false].pending[address] or is_from(roster[address])) then return true; end
	local ok, failure = approve(name, address);
	if not ok then return nil, failure; end
	return acts.ask(name, address);
end

-- Says no to somebody who asked.
function acts.decline(name, address)
	local roster, err = load(name);
	if err then return nil, err; end
	if is_from(roster[address]) then return true; end -- accepted meanwhile: that is ended by removing
	if roster[false].pending[address] then
		send(name, "unsubscribed", address);
		if roster[false].pending[address] then return nil, "the roster cannot be written"; end
	else
		repeat_stanza(name, "unsubscribed", address);
	end
	return true;
end

-- Ends all there is between the two: takes back what was asked, refuses what is being asked, removes the item.
function acts.remove(name, address)
	local roster, err = load(name);
	if err then return nil, err; end
	local item, pending = roster[address], roster[false].pending[address];
	if not (item or pending) then return true; end
	local origin = prosody.hosts[module.host];
	if is_from(item) then -- mod_presence itself forgets to say so here
		presence.send_presence_of_available_resources(name, module.host, address, origin, st.presence({ type = "unavailable" }));
	end
	module:fire_event("roster-item-removed", { username = name, jid = address, item = item, origin = origin, roster = roster });
	trunkline.touch(name);
	roster[address], roster[false].pending[address] = nil, nil;
	local ok, failure = rostermanager.save_roster(name, module.host, roster, address);
	if not ok then
		roster[address], roster[false].pending[address] = item, pending;
		return nil, failure or "the roster cannot be written";
	end
	if item then rostermanager.roster_push(name, module.host, address); end
	return true;
end

-- Blocks somebody as one of the member's apps would (XEP-0191), by mod_blocklist's own hand: apps are told, and whoever saw the
-- member online sees that no more.
function acts.block(name, address)
	local answer;
	local origin = { type = "c2s", username = name, host = module.host, send = function (stanza) answer = answer or stanza; end };
	-- It takes for granted that the member has streams: else these are none.
	local sessions = prosody.hosts[module.host].sessions;
	local is_away = sessions[name] == nil;
	if is_away then sessions[name] = { sessions = {} }; end
	local ok, err = pcall(module.fire_event, module, "iq-set/self/urn:xmpp:blocking:block", {
		origin = origin,
		stanza = st.iq({ type = "set", id = "block" }):tag("block", { xmlns = "urn:xmpp:blocking" }):tag("item", { jid = address }):reset(),
	});
	if is_away then sessions[name] = nil; end
	if not ok then return nil, err; end
	if not answer or answer.attr.type ~= "result" then return nil, "the block list cannot be written"; end
	return true;
end

return { acts = acts, address = address_of };
