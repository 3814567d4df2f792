-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Slows guessing down: a refusal comes later the more often this address was refused, for this name and altogether.
-- A right password is never delayed by other people's guesses from elsewhere, so nobody can lock a member out.

local cache = require "util.cache";
local async = require "util.async";
local now = require "util.time".now;

local floor = 0.08;     -- seconds; every refusal takes at least this long, whatever was computed for it
local ceiling = 8;      -- seconds
local memory = 900;     -- seconds after which failures are forgotten
local free_for_name = module:get_option_number("trunkline_free_failures", 3);
local free_for_address = module:get_option_number("trunkline_free_failures_of_address", 20);
local most_waiting = 32;

local failures = cache.new(8192); -- by address, and by address and name
local waiting = {};               -- how many refusals each address is waiting for

-- One network of a household for IPv6, one address for IPv4.
local function network(ip)
	ip = (ip or "unknown"):gsub("^::ffff:", "");
	if not ip:find(":", 1, true) then return ip; end
	local head, tail = ip:match("^(.-)::(.*)$");
	local groups = {};
	for group in (head or ip):gmatch("%x+") do groups[#groups + 1] = group; end
	local rest = 0;
	for _ in (tail or ""):gmatch("%x+") do rest = rest + 1; end
	if head then for _ = #groups + 1, 8 - rest do groups[#groups + 1] = "0"; end end
	return table.concat(groups, ":", 1, math.min(4, #groups));
end

local function count(key)
	local entry = failures:get(key);
	if not entry or now() - entry.at > memory then entry = { count = 0 }; end
	entry.count, entry.at = entry.count + 1, now();
	failures:set(key, entry);
	return entry.count;
end

local function pause(seconds)
	if seconds <= 0 or not async.ready() then return; end
	local wait, done = async.waiter();
	module:add_timer(seconds, function () done(); end);
	wait();
end

local function penalty(failed, free)
	if failed <= free then return 0; end
	return math.min(ceiling, 0.25 * 2 ^ math.min(failed - free, 10));
end

-- Before work is spent on a guess: an address that already keeps many refusals waiting waits its turn.
local function admit(ip)
	if (waiting[network(ip)] or 0) >= most_waiting then pause(2); end
end

-- Waits as long as this refusal has to; `since` is when its last message came in.
local function refuse(ip, name, since)
	local where = network(ip);
	local delay = math.max(
		penalty(count(where .. "\0" .. (name or "")), free_for_name),
		penalty(count(where), free_for_address));
	waiting[where] = (waiting[where] or 0) + 1;
	pause(since + floor + delay - now());
	waiting[where] = waiting[where] > 1 and waiting[where] - 1 or nil;
end

local function succeed(ip, name)
	failures:set(network(ip) .. "\0" .. name, nil);
end

return { admit = admit, refuse = refuse, succeed = succeed };
