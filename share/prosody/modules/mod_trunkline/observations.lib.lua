-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Tells the daemon which device connected last, when and from where, and which purges are done. Written in batches to a
-- file of the engine's own; a failed write is kept and tried again, and no login ever waits for it.

local database = module:require "database";

local observations = {};
observations.__index = observations;

local upsert = [[
INSERT INTO seen (device, name, connected_at, address, app, online) VALUES (?, ?, CAST(? AS INTEGER), ?, ?, CAST(? AS INTEGER))
ON CONFLICT (device) DO UPDATE SET name = excluded.name, connected_at = excluded.connected_at, address = excluded.address,
  app = CASE WHEN excluded.app = '' THEN app ELSE excluded.app END, online = excluded.online]];

-- A sign-in: replaces what was not yet written about the device.
function observations:connected(device, name, address, at)
	local row = self.pending[device] or { app = "" };
	row.name, row.address, row.at = name, address, at;
	self.pending[device] = row;
end

function observations:app(device, text)
	local row = self.pending[device];
	if row then row.app = text; else self.apps[device] = text; end
end

-- The number of the device's streams changed.
function observations:touch(device)
	self.touched[device] = true;
end

function observations:size()
	local count = 0;
	for _ in pairs(self.pending) do count = count + 1; end
	return count;
end

-- Writes what is pending; online(device) gives the number of connected streams.
function observations:flush(online)
	if not (next(self.pending) or next(self.touched) or next(self.apps)) then return true; end
	local ok, err = self.database:with(function (query)
		query("BEGIN IMMEDIATE");
		for device, row in pairs(self.pending) do
			query(upsert, device, row.name, string.format("%d", row.at), row.address, row.app, string.format("%d", online(device)));
			self.touched[device] = nil;
		end
		for device in pairs(self.touched) do
			query("UPDATE seen SET online = CAST(? AS INTEGER) WHERE device = ?", string.format("%d", online(device)), device);
		end
		for device, app in pairs(self.apps) do
			query("UPDATE seen SET app = ? WHERE device = ?", app, device);
		end
		query("COMMIT");
		return true;
	end);
	if ok then self.pending, self.touched, self.apps = {}, {}, {}; end
	return ok, err;
end

-- The ids of the purges that were done, as a set.
function observations:purged()
	local rows, err = self.database:rows("SELECT id FROM purged");
	if not rows then return nil, err; end
	local done = {};
	for _, row in ipairs(rows) do done[row[1]] = true; end
	return done;
end

-- Records a finished purge and forgets what was seen of the name's devices.
function observations:record_purge(id, name, at)
	for device, row in pairs(self.pending) do
		if row.name == name then self.pending[device] = nil; end
	end
	return self.database:with(function (query)
		query("BEGIN IMMEDIATE");
		query("DELETE FROM seen WHERE name = ?", name);
		query("INSERT OR IGNORE INTO purged (id, at) VALUES (?, CAST(? AS INTEGER))", id, string.format("%d", at));
		query("COMMIT");
		return true;
	end);
end

-- The highest notice that was sent; 0 if none was.
function observations:told()
	local rows, err = self.database:rows("SELECT CAST(coalesce(max(id), 0) AS TEXT) FROM told");
	return rows and math.tointeger(tonumber(rows[1][1])), err;
end

function observations:record_told(id)
	return self.database:with(function (query)
		query("BEGIN IMMEDIATE");
		query("DELETE FROM told");
		query("INSERT INTO told (id) VALUES (CAST(? AS INTEGER))", string.format("%d", id));
		query("COMMIT");
		return true;
	end);
end

local function open(path, schema)
	local first = true;
	return setmetatable({
		pending = {}, touched = {}, apps = {};
		database = database.open {
			path = path, creates = true,
			pragmas = { "busy_timeout = 50", "journal_mode = DELETE", "synchronous = FULL" },
			on_connect = function (query)
				for statement in schema:gsub("%-%-[^\n]*", ""):gmatch("[^;]+;") do query(statement); end
				if first then query("UPDATE seen SET online = 0 WHERE online <> 0"); end
				first = false;
			end;
		};
	}, observations);
end

return { open = open };
