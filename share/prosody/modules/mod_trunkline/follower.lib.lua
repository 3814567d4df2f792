-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Follows the projection's change log and ends what must end. A projection that cannot be read changes nothing: who is in
-- stays in, and the same change is looked at again.

local revoked, expired = "This device was signed out", "The password of this device has expired";
local position = module:shared("position"); -- epoch, sequence

local follower = {};
follower.__index = follower;

-- Ends what must end among a name's streams; the number of ended ones, or nil and the reason.
function follower:check(name, at)
	local streams = self.sessions.of(name);
	if #streams == 0 then return 0; end
	local row, err = self.projection:member(name);
	if row == nil then return nil, err; end
	local ended = 0;
	for _, session in ipairs(streams) do
		local entry = self.sessions.entry(session);
		local expires = entry and row and self.expiry(row, entry.device);
		if not entry then -- closed by what was closed before it
		elseif not expires then
			self.close(session, revoked);
			ended = ended + 1;
		elseif expires ~= 0 and expires <= at then
			self.close(session, expired);
			ended = ended + 1;
		else
			entry.expires = expires;
		end
	end
	return ended;
end

-- Has the password got more time in the very last moment? What cannot be read is over.
function follower:was_extended(session, at)
	local entry = self.sessions.entry(session);
	local row = entry and self.projection:member(entry.name);
	local expires = row and self.expiry(row, entry.device);
	if not expires or expires ~= 0 and expires <= at then return false; end
	entry.expires = expires;
	return true;
end

-- Reads what is new. Returns the number of streams that were ended and whether the projection could be read.
function follower:follow(force)
	local at, ended = os.time(), 0;
	for _, session in ipairs(self.sessions.expired(at)) do
		if not self:was_extended(session, at) then
			self.close(session, expired);
			ended = ended + 1;
		end
	end
	local version, err = self.projection:version();
	if not version then return ended, err; end
	if version == self.version and not force then return ended; end
	local changes;
	changes, err = self.projection:changes(position.sequence or 0);
	if not changes then return ended, err; end
	local names = {};
	if changes.epoch ~= position.epoch or not changes.complete then
		names = self.sessions.names();
		if position.epoch then module:log("info", "Checking every stream against the projection's epoch %s", changes.epoch); end
	else
		if changes.names["*"] then names = self.sessions.names(); end -- what holds for all
		for _, name in ipairs(names) do changes.names[name] = nil; end
		for name in pairs(changes.names) do names[#names + 1] = name; end
	end
	for _, name in ipairs(names) do
		local count;
		count, err = self:check(name, at);
		if not count then return ended, err; end
		ended = ended + count;
	end
	-- Only now: a change counts as followed when all of it has been acted upon.
	position.epoch, position.sequence, self.version = changes.epoch, changes.sequence, version;
	self.followed = true;
	if #names > 0 then self.changed(names); end
	return ended;
end

function follower:position() return position.epoch, position.sequence; end

-- Needs projection, expiry(row, device), sessions, close(session, text) and changed(names), which is called last.
local function new(parts)
	return setmetatable(parts, follower);
end

return { new = new, revoked = revoked, expired = expired };
