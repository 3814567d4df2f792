-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What each member has let be known about those who write: accepted or refused when they asked, or written to by the member
-- themself. Kept in Prosody, so that it holds with the daemon down; bounded, the oldest goes.

local cache = require "util.cache";

local most = module:get_option_number("trunkline_reach_marks", 2000); -- for each member

local rows = module:open_store("trunkline_reach", "map");
local whole = module:open_store("trunkline_reach");
local kept = cache.new(1024); -- name -> address -> { as, at }

local marks = {};

local function load(name)
	local all = kept:get(name);
	if all then return all; end
	local err;
	all, err = whole:get(name);
	if not all and err then return nil, err; end
	all = all or {};
	kept:set(name, all);
	return all;
end

-- "accepted", "refused", "written" or nil, and since when; where it cannot be read: nil, nil and the reason.
function marks.of(name, address)
	local all, err = load(name);
	if not all then
		module:log("error", "What %s decided about senders cannot be read: %s", name, err);
		return nil, nil, err;
	end
	local mark = all[address];
	if mark then return mark.as, mark.at; end
end

local function make_room(name, all)
	local count, oldest = 0, nil;
	for address, mark in pairs(all) do
		count = count + 1;
		-- A refusal is kept the longest: without it somebody who was turned away would come back.
		local age = mark.at + (mark.as == "refused" and 1e10 or 0);
		if not oldest or age < oldest.age then oldest = { address = address, age = age }; end
	end
	if count < most then return true; end
	local ok, err = rows:set(name, oldest.address, nil);
	if not ok and err then return nil, err; end
	all[oldest.address] = nil;
	return true;
end

-- Sets or, with nil, takes away. Returns whether it is written, or nil and the reason.
function marks.set(name, address, as)
	local all, err = load(name);
	if not all then return nil, err; end
	local old = all[address];
	if (old and old.as) == as then return true; end
	if as and not old then
		local ok, failure = make_room(name, all);
		if not ok then return nil, failure; end
	end
	local mark = as and { as = as, at = os.time() };
	local ok, failure = rows:set(name, address, mark);
	if not ok and (failure or mark) then return nil, failure or "it cannot be written"; end
	all[address] = mark;
	return true;
end

-- The stores of a name were wiped, or are to be read again.
function marks.forget(name) kept:set(name, nil); end

-- Nobody knows this address any more: it is about to belong to somebody else.
function marks.forget_everywhere(address)
	kept:clear();
	local ok, err = rows:delete_all(address);
	if not ok and err then return nil, err; end
	return true;
end

return marks;
