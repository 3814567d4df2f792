-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Which members' contacts, blocks or requests have changed since the daemon last asked. Written before a change is made, so
-- that no crash can hide one. A name whose change the daemon has not yet been told of is not written again.

local new_id = require "util.id".medium;

local journal = {};
journal.__index = journal;

local function number(text) return math.tointeger(tonumber(text)); end

local function load(self)
	if self.epoch then return true; end
	local rows, err = self.database:with(function (query)
		query("INSERT OR IGNORE INTO journal (id, epoch) VALUES (1, ?)", new_id());
		return query([[SELECT epoch, CAST((SELECT coalesce(max(sequence), 0) FROM touched) AS TEXT) FROM journal WHERE id = 1]]);
	end);
	if not rows then return nil, err; end
	self.epoch, self.sequence = rows[1][1], number(rows[1][2]);
	self.given = self.sequence; -- nobody knows what was told before the restart
	return true;
end

-- Notes that something of this name is about to change. A note that cannot be written is kept and tried again.
function journal:touch(name)
	local ok, err = load(self);
	if ok and (self.latest[name] or 0) > self.given then return true; end
	if ok then
		ok, err = self.database:with(function (query)
			query([[INSERT INTO touched (name, sequence) VALUES (?, CAST(? AS INTEGER))
ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence]], name, string.format("%d", self.sequence + 1));
			return true;
		end);
	end
	if not ok then
		self.unwritten[name] = true;
		return nil, err;
	end
	self.sequence = self.sequence + 1;
	self.latest[name], self.unwritten[name] = self.sequence, nil;
	return true;
end

-- Tries again what could not be written.
function journal:flush()
	for name in pairs(self.unwritten) do
		local ok, err = self:touch(name);
		if not ok then return nil, err; end
	end
	return true;
end

-- The names that changed after a position: { epoch, upto, names, more, all }; at most `limit` names. `all`: the position is
-- not one of this journal's, so anything may have changed. Nil and the reason if that cannot be told.
function journal:since(epoch, after, limit)
	local ok, err = load(self);
	if ok then ok, err = self:flush(); end
	if not ok then return nil, err; end
	local answer = { epoch = self.epoch, upto = self.sequence, names = {} };
	if epoch ~= self.epoch or after > self.sequence then
		answer.all = true;
	else
		local rows;
		rows, err = self.database:rows(([[
SELECT name, CAST(sequence AS TEXT) FROM touched WHERE sequence > %d ORDER BY sequence LIMIT %d]]):format(after, limit + 1));
		if not rows then return nil, err; end
		if rows[limit + 1] then
			rows[limit + 1], answer.more = nil, true;
			answer.upto = number(rows[limit][2]);
		end
		for i, row in ipairs(rows) do answer.names[i] = row[1]; end
	end
	self.given = math.max(self.given, answer.upto);
	for name, sequence in pairs(self.latest) do
		if sequence <= self.given then self.latest[name] = nil; end
	end
	return answer;
end

local function open(database)
	return setmetatable({ database = database, latest = {}, unwritten = {} }, journal);
end

return { open = open };
