-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Lets the archive's database write ahead (SQLite's WAL): a message in an archive is one sync of one file, where a rollback journal
-- costs four, a file that is made and removed, and with them most of the time that a message spends in here. It is as safe against
-- a loss of power: each commit is synced, as before. What is removed lies in the log until that is emptied: see `empty_log`.

-- The connection of the archive, which mod_storage_sql shares under this name.
local engines = module:shared("/*/sql/connections");

-- These statements are none of a transaction, and mod_storage_sql's connections always are in one.
local function alone(engine, statement)
	local ok, err = engine:connect();
	if not ok then return nil, err; end
	local conn = engine.conn;
	conn:autocommit(true);
	local prepared, why = conn:prepare(statement);
	local answer;
	if prepared and prepared:execute() then answer = prepared:fetch(); end
	if prepared then prepared:close(); end
	conn:autocommit(false);
	return answer and answer[1], why;
end

-- Did all of them answer so?
local function each(statement, wanted)
	local all = true;
	for _, engine in pairs(engines) do
		if engine.params.driver == "SQLite3" then
			local answer, err = alone(engine, statement);
			if answer ~= wanted then
				all = false;
				module:log("warn", "%s of the archive: %s", statement, err or tostring(answer));
			end
		end
	end
	return all;
end

local again = 5; -- seconds
local waits = false;

-- What was removed from the archive is gone from the disk after this: at once, or, if somebody reads in the file (a backup),
-- as soon as they have ended.
function module.environment.empty_log()
	if each("PRAGMA wal_checkpoint(TRUNCATE)", 0) or waits then return; end
	waits = true;
	module:add_timer(again, function ()
		waits = not each("PRAGMA wal_checkpoint(TRUNCATE)", 0);
		return waits and again or nil;
	end);
end

function module.load()
	module:open_store("archive", "archive"); -- so that there is a connection
	each("PRAGMA journal_mode = WAL", "wal");
end

module:daily("Empty the archive's log", module.environment.empty_log);
