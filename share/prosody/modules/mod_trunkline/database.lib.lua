-- SPDX-License-Identifier: AGPL-3.0-or-later
-- A SQLite connection that is thrown away at the first failure: a statement that met SQLITE_BUSY stays un-reset in a
-- cache and makes every later transaction on its connection fail. Nothing is cached here, and nothing stays open.
-- LuaDBI reads 32-bit integers and text that ends at NUL: cast large numbers to TEXT, keep keys in base64.

require "util.sql"; -- loads LuaDBI's drivers while globals may still be set
local DBI = require "DBI";
local lfs = require "lfs";
local pposix = require "util.pposix";
local now = require "util.time".now;

local pause_after_failure = 0.25; -- seconds in which no new attempt blocks the event loop

local database = {};
database.__index = database;

local function run(conn, sql, ...)
	local statement, err = conn:prepare(sql);
	if not statement then error(err, 0); end
	local done, failure = statement:execute(...);
	if not done then
		pcall(statement.close, statement);
		error(failure or "the statement could not be executed", 0);
	end
	local rows = {};
	local row = statement:fetch();
	while row do
		rows[#rows + 1] = row;
		row = statement:fetch();
	end
	statement:close();
	return rows;
end

function database:close()
	if self.conn then pcall(self.conn.close, self.conn); end
	self.conn, self.inode = nil, nil;
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

-- Runs work(query) on the connection; once more on a fresh one if that fails. Returns what work returns, or nil and the reason.
function database:with(work)
	if self.failed_at and now() - self.failed_at < pause_after_failure then return nil, self.failure; end
	local ok, result;
	for _ = 1, 2 do
		ok, result = pcall(function ()
			local conn = connect(self);
			return work(function (sql, ...) return run(conn, sql, ...); end);
		end);
		if ok then
			self.failed_at, self.failure = nil, nil;
			return result;
		end
		self:close();
	end
	self.failed_at, self.failure = now(), tostring(result);
	return nil, self.failure;
end

-- All rows of one statement, or nil and the reason.
function database:rows(sql, ...)
	local arguments = table.pack(...);
	return self:with(function (query) return query(sql, table.unpack(arguments, 1, arguments.n)); end);
end

local function open(options)
	return setmetatable({
		path = options.path, pragmas = options.pragmas, creates = options.creates,
		on_connect = options.on_connect, generation = 0,
	}, database);
end

return { open = open };
