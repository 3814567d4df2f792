-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Salts for names that nobody has. They are made from the name with a key that survives restarts, since a salt that
-- changes tells that there is no member behind it.

local hashes = require "util.hashes";
local random = require "util.random";
local pposix = require "util.pposix";

local path = module:get_option_path("trunkline_decoy_key", "trunkline-decoy.key", "data");
local iterations = module:get_option_number("trunkline_iterations", 4096);

local function read()
	local file = io.open(path, "rb");
	if not file then return nil; end
	local key = file:read("a");
	file:close();
	return key;
end

local function create()
	local key = random.bytes(32);
	local old = pposix.umask("077");
	local file, err = io.open(path .. ".new", "wb");
	pposix.umask(old);
	local written = file and file:write(key) and file:close() and os.rename(path .. ".new", path);
	if not written then
		error(("cannot write the key for decoy salts to %s (%s): give Prosody's user write access to its folder")
			:format(path, err or "write error"), 0);
	end
	return key;
end

local key = read() or create();
if #key < 32 then
	error(("the key for decoy salts in %s is too short: remove the file, Prosody makes a new one"):format(path), 0);
end

return function (family, name)
	return { salt = hashes.hmac_sha256(key, family .. "\0" .. name):sub(1, 16), iterations = iterations };
end
