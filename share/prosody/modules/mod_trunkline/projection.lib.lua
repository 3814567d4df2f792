-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Reads the projection that the daemon writes. Every question is one statement, so that no snapshot is ever held open,
-- and every answer holds the position row, so that "nothing found" and "could not be read" are never mixed up.

local database = module:require "database";
local base64 = require "util.encodings".base64;
local unpack = table.unpack;

local known_schema = 2;

local member_query = [[
SELECT p.schema, m.name, m.presence, m.reach, m.devices,
  (SELECT group_concat(u.id, ' ') FROM purges u WHERE u.name = ?1)
FROM position p LEFT JOIN members m ON m.name = ?1 WHERE p.id = 1]];

local parameters_queries = {};
for family, columns in pairs { ["SHA-1"] = "sha1_salt, m.sha1_iterations", ["SHA-256"] = "sha256_salt, m.sha256_iterations" } do
	parameters_queries[family] =
		"SELECT p.schema, m.name, m." .. columns .. " FROM position p LEFT JOIN members m ON m.name = ? WHERE p.id = 1";
end

local flags_queries = {}; -- by the number of peers
local function flags_query(count)
	local query = flags_queries[count];
	if not query then
		query = [[
SELECT p.schema, r.flags FROM position p LEFT JOIN relations r
ON r.name IN (?, '*') AND r.peer IN (]] .. ("?"):rep(count, ", ") .. ") WHERE p.id = 1";
		flags_queries[count] = query;
	end
	return query;
end

local changes_query = [[
SELECT p.schema, p.epoch, CAST(p.sequence AS TEXT), CAST((SELECT min(sequence) FROM changes) AS TEXT),
  (SELECT count(*) FROM changes WHERE sequence > %d), c.name
FROM position p LEFT JOIN changes c ON c.sequence > %d WHERE p.id = 1]];

local projection = {};
projection.__index = projection;

local function checked(rows, err)
	if not rows then return nil, err; end
	local first = rows[1];
	if not first then return nil, "the projection has no position"; end
	if first[1] ~= known_schema then return nil, "the projection has the unknown schema " .. tostring(first[1]); end
	return rows;
end

-- The salt and iterations that a member's devices share for a hash; false if there is no such member; nil and the reason if
-- they cannot be read.
function projection:parameters(name, family)
	local rows, err = checked(self.database:prepared_rows(parameters_queries[family], name));
	if not rows then return nil, err; end
	local row = rows[1];
	if not row[2] then return false; end
	local salt, iterations = base64.decode(row[3]), row[4];
	if #(salt or "") == 0 or iterations < 1 then return nil, "the row of a member is damaged"; end
	return { salt = salt, iterations = iterations };
end

-- The member's presence policy, reach and devices; false if there is none; nil and the reason if the projection cannot be read.
-- The second value lists the ids of purges that stand against the name.
function projection:member(name)
	local rows, err = checked(self.database:prepared_rows(member_query, name));
	if not rows then return nil, err; end
	local row = rows[1];
	if not row[2] then return false, row[6]; end
	return { presence = row[3], reach = row[4], devices = row[5] }, row[6];
end

-- The flags of all rows about one of these peers, the member's own and those that hold for all.
function projection:flags(name, peers)
	local rows, err = checked(self.database:prepared_rows(flags_query(#peers), name, unpack(peers)));
	if not rows then return nil, err; end
	local list = {};
	for _, row in ipairs(rows) do list[#list + 1] = row[2]; end
	return list;
end

-- What happened after `sequence`: { epoch, sequence, names, complete }. `complete` is false if the log may have been
-- trimmed past `sequence`; then everything must be checked.
function projection:changes(sequence)
	local rows, err = checked(self.database:rows(changes_query:format(sequence, sequence)));
	if not rows then return nil, err; end
	local first = rows[1];
	local latest, lowest = math.tointeger(tonumber(first[3])), math.tointeger(tonumber(first[4] or ""));
	local names, count = {}, 0;
	for _, row in ipairs(rows) do
		if row[6] then names[row[6]], count = true, count + 1; end
	end
	if count ~= first[5] then return nil, "the change log could not be read to its end"; end
	return {
		epoch = first[2], sequence = latest, names = names,
		complete = latest == sequence or (lowest ~= nil and lowest <= sequence + 1 and latest > sequence),
	};
end

-- A value that changes whenever another connection has written, or when the file itself has been replaced.
function projection:version()
	local rows, err = self.database:prepared_rows("PRAGMA data_version");
	if not (rows and rows[1]) then return nil, err; end
	return self.database.generation .. ":" .. rows[1][1];
end

function projection:purges()
	return self.database:with(function (query)
		local purges = {};
		for _, row in ipairs(query("SELECT id, name FROM purges ORDER BY id")) do
			purges[#purges + 1] = { id = row[1], name = row[2] };
		end
		return purges;
	end);
end

-- The notices above `id`, oldest first, for members that are there.
function projection:notices(id)
	local rows, err = self.database:rows(([[
SELECT CAST(n.id AS TEXT), n.name, n.body FROM notices n JOIN members m ON m.name = n.name
WHERE n.id > %d ORDER BY n.id LIMIT 100]]):format(id));
	if not rows then return nil, err; end
	local notices = {};
	for i, row in ipairs(rows) do notices[i] = { id = math.tointeger(tonumber(row[1])), name = row[2], body = row[3] }; end
	return notices;
end

-- Every member's name, or nil and the reason.
function projection:names()
	local rows, err = self.database:rows("SELECT name FROM members");
	if not rows then return nil, err; end
	local names = {};
	for i, row in ipairs(rows) do names[i] = row[1]; end
	return names;
end

-- When the device of this id expires (0: never); nil if the row does not hold it.
local function expiry(row, id)
	local text = row.devices;
	local from, to = text:find(id .. " ", 1, true);
	while from do
		if from == 1 or text:sub(from - 1, from - 1) == "\n" then
			return math.tointeger(tonumber(text:match("^%d+", to + 1)));
		end
		from, to = text:find(id .. " ", to + 1, true);
	end
end

local function open(path)
	return setmetatable({ database = database.open {
		path = path, pragmas = { "busy_timeout = 50", "query_only = 1" },
	} }, projection);
end

return { open = open, expiry = expiry };
