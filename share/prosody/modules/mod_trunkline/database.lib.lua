-- SPDX-License-Identifier: AGPL-3.0-or-later
-- A SQLite connection that is thrown away at the first failure, with everything that was prepared on it: a statement that
-- met SQLITE_BUSY stays un-reset and makes every later transaction on its connection fail. Every statement is run to its
-- end at once, so that no snapshot stays open.
-- LuaDBI reads 32-bit integers and text that ends at NUL: cast large numbers to TEXT, keep keys in base64.

require "util.sql"; -- loads LuaDBI's drivers while globals may still be set
local DBI = require "DBI";
local lfs = require "lfs";
local pposix = require "util.pposix";
local now = require "util.time".now;

local pause_after_failure = 0.25; -- seconds in which no new attempt blocks the event loop

local database = {};
database.__index = database;

local function prepare(conn, sql)
	local statement, err = conn:prepare(sql);
	return statement or error(err, 0);
end

local function all(statement, ...)
	local done, failure = statement:execute(...);
	if not done then error(failure or "the statement could not be executed", 0); end
	local rows, count, row = {}, 0, statement:fetch();
	while row do
		count = count + 1;
		rows[count], row = row, statement:fetch();
	end
	return rows;
end

local function run(conn, sql, ...)
	local statement = prepare(conn, sql);
	local ok, result = pcall(all, statement, ...);
	pcall(statement.close, statement);
	return ok and result or error(result, 0);
end

function database:close()
	for _, statement in pairs(self.prepared) do pcall(statement.close, statement); end
	if self.conn then pcall(self.conn.close, self.conn); end
	self.conn, self.inode, self.prepared = nil, nil, {};
end

-- Opens the file, or opens it again when another file has taken its place.
local function connect(self)
	local inode = lfs.attributes(self.path, "ino");
	if self.conn and inode == self.inode then return self.conn; end
	self:close();
	if not inode then
		if not self.creates then error("there is no file " .. self.path, 0); end
		local old = pposix.umask("027"); -- the daemon's group may read it
		local file, failure = io.open(self.path, "a");
		pposix.umask(old);
		if not file then error(failure, 0); end
		file:close();
		inode = lfs.attributes(self.path, "ino");
	end
	local conn, err = DBI.Connect("SQLite3", self.path);
	if not conn then error(err, 0); end
	self.conn = conn;
	conn:autocommit(true);
	for _, pragma in ipairs(self.pragmas) do run(conn, "PRAGMA " .. pragma); end
	self.inode = inode;
	self.generation = self.generation + 1;
	if self.on_connect then self.on_connect(function (sql, ...) return run(conn, sql, ...); end); end
	return conn;
end

local function rows_of(self, sql, ...) return run(connect(self), sql, ...); end

local function rows_of_prepared(self, sql, ...)
	local conn = connect(self);
	local statement = self.prepared[sql];
	if not statement then
		statement = prepare(conn, sql);
		self.prepared[sql] = statement;
	end
	return all(statement, ...);
end

local function work_of(self, work)
	local conn = connect(self);
	return work(function (sql, ...) return run(conn, sql, ...); end);
end

-- Once more on a fresh connection if it fails; then nothing for a moment.
local function attempt(self, action, ...)
	if self.failed_at then
		if now() - self.failed_at < pause_after_failure then return nil, self.failure; end
		self.failed_at, self.failure = nil, nil;
	end
	local ok, result = pcall(action, self, ...);
	if not ok then
		self:close();
		ok, result = pcall(action, self, ...);
	end
	if ok then return result; end
	self:close();
	self.failed_at, self.failure = now(), tostring(result);
	return nil, self.failure;
end

-- All rows of one statement, or nil and the reason.
function database:rows(sql, ...) return attempt(self, rows_of, sql, ...); end

-- The same for a statement of every login: it is prepared once for each connection, which costs more than its answer.
function database:prepared_rows(sql, ...) return attempt(self, rows_of_prepared, sql, ...); end

-- What work(query) returns, or nil and the reason.
function database:with(work) return attempt(self, work_of, work); end

local function open(options)
	return setmetatable({
		path = options.path, pragmas = options.pragmas, creates = options.creates,
		on_connect = options.on_connect, generation = 0, prepared = {},
	}, database);
end

return { open = open };
