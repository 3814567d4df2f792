-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What a member has decided about others: who is blocked, chosen, followed, muted, who may see their presence and who may
-- start a chat. Answers are kept until the projection changes; one statement finds the next.
-- Nothing is decided from a projection that cannot be read: then a member shows presence to nobody, is reached by contacts
-- only, and every peer counts as blocked. The second value, the reason, tells such an answer from a real one.

local cache = require "util.cache";
local idna = require "util.encodings".idna;
local jid_split = require "util.jid".split;
local now = require "util.time".now;

local kept = 4096;         -- answers
local glance = 0.001;      -- seconds that one look holds for, since a broadcast asks a thousand times
local deepest = 32;        -- labels of a domain that are looked at; whoever needs more counts as blocked
local policies = { nobody = true, chosen = true, contacts = true };
local reaches = { everyone = true, followed = true, contacts = true };
local names_of_flags = { b = "blocked", c = "chosen", f = "followed", m = "muted" };

local relations = {};
relations.__index = relations;

-- The peers whose rows speak of an address: itself, its domain, and its domain's and all parents' trees. A
-- domain in another script may be written in two ways (RFC 5890), by whoever decided and by whoever sends: both are meant.
local function rows_that_speak_of(peer)
	local node, domain = jid_split(peer);
	if not domain then return nil, "not an address"; end
	local forms = { domain };
	if domain:find("[\128-\255]") or domain:find("xn--", 1, true) then
		forms[2], forms[3] = idna.to_ascii(domain) or domain, idna.to_unicode(domain) or domain;
	end
	local list, seen = {}, {};
	for _, form in ipairs(forms) do
		if not seen[form] then
			seen[form] = true;
			if node then list[#list + 1] = node .. "@" .. form; end
			list[#list + 1] = "@" .. form;
			local rest, depth = form, 0;
			while rest do
				if depth == deepest then return nil, "the domain has too many parts"; end
				list[#list + 1] = "@." .. rest;
				rest, depth = rest:match("^[^.]*%.(.+)$"), depth + 1;
			end
		end
	end
	return list;
end

-- Answers kept for the projection as it is now, or nil and the reason if it cannot be read.
local function answers(self)
	local at = now();
	if self.looked_at and at - self.looked_at < glance and at >= self.looked_at then return self; end
	local version, err = self.projection:version();
	self.looked_at = version and at;
	if not version then return nil, err; end
	if version ~= self.version then self.version, self.peers, self.members = version, cache.new(kept), cache.new(kept); end
	return self;
end

-- The member's row: { presence, reach }; false if there is no such member; nil and the reason if it cannot be read.
local function decisions(self, name)
	local now, err = answers(self);
	if not now then return nil, err; end
	local row = now.members:get(name);
	if row ~= nil then return row; end
	row, err = self.projection:member(name);
	if row == nil then return nil, err; end
	row = row and {
		presence = policies[row.presence] and row.presence or "nobody", reach = reaches[row.reach] and row.reach or "contacts",
	};
	now.members:set(name, row);
	return row;
end

-- Who may see the member's presence, as far as the policy goes: 'nobody', 'chosen' or 'contacts'.
function relations:presence(name)
	local row, err = decisions(self, name);
	return row and row.presence or "nobody", err;
end

-- Who may start a chat with the member: 'everyone', 'followed' or 'contacts'.
function relations:reach(name)
	local row, err = decisions(self, name);
	return row and row.reach or "contacts", err;
end

-- The follower has been told to look: from here on answers are of what it finds.
function relations:look_anew() self.looked_at = nil; end

local everything_closed = { blocked = true };

-- What the member, and the admin for all, have decided about a bare address (or a domain): a set of blocked, chosen,
-- followed, muted. Not to be changed by who asks.
function relations:of(name, peer)
	local now, err = answers(self);
	if not now then return everything_closed, err; end
	local key = name .. "\0" .. peer;
	local set = now.peers:get(key);
	if set then return set; end
	local list, rows;
	list, err = rows_that_speak_of(peer);
	if not list then return everything_closed, err; end
	rows, err = self.projection:flags(name, list);
	if not rows then return everything_closed, err; end
	set = {};
	for _, flags in ipairs(rows) do
		for letter in flags:gmatch(".") do
			if names_of_flags[letter] then set[names_of_flags[letter]] = true; end
		end
	end
	now.peers:set(key, set);
	return set;
end

local function new(projection) return setmetatable({ projection = projection }, relations); end

return { new = new };
