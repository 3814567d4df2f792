-- SPDX-License-Identifier: AGPL-3.0-or-later
-- SCRAM's arithmetic (RFC 5802 section 3) against the several devices of one member, who share a salt.

local hashes = require "util.hashes";
local base64 = require "util.encodings".base64;
local xor = require "util.strbitop".sxor;

-- Whoever is refused costs as many tries, so that the time tells neither who exists nor how many devices someone has.
local tries = module:get_option_number("trunkline_device_limit", 20);

local families = {
	["SHA-1"] = {
		hash = hashes.sha1, hmac = hashes.hmac_sha1, stretch = hashes.pbkdf2_hmac_sha1, length = 20, decoy = ("\0"):rep(20),
	};
	["SHA-256"] = {
		hash = hashes.sha256, hmac = hashes.hmac_sha256, stretch = hashes.pbkdf2_hmac_sha256, length = 32, decoy = ("\0"):rep(32),
	};
};

-- A device's line: id, expiry, and stored key and server key for each hash. Only what a try needs is taken out of each
-- line, since Prosody collects its garbage often, and what a login leaves behind costs more than its arithmetic.
local stored_of = {
	["SHA-1"] = "()%w+ %d+ (%S+) %S+ %S+ %S+\n()", ["SHA-256"] = "()%w+ %d+ %S+ %S+ (%S+) %S+\n()",
};
local whole = "^(%w+) (%d+) %S+ (%S+) %S+ (%S+)\n";
local id_length = 16;

-- The device whose stored key satisfies matches(family, stored, a, b). Returns nil if a line is damaged; false, after the same
-- work for everybody, if there is no such device. Who has the key of one is let in or told why not, and may see by the time
-- how many devices its own name has.
local function find(text, family, matches, a, b)
	local f = families[family];
	local hit, count, expected = nil, 0, 1;
	for from, encoded, after in text:gmatch(stored_of[family]) do
		local stored = base64.decode(encoded);
		if from ~= expected or not stored or #stored ~= f.length or text:byte(from + id_length) ~= 32 then return nil; end
		if matches(f, stored, a, b) then hit = from; end
		count, expected = count + 1, after;
	end
	if expected ~= #text + 1 then return nil; end
	if not hit then
		for _ = count + 1, tries do matches(f, f.decoy, a, b); end
		return false;
	end
	local id, expires, sha1_server, sha256_server = text:match(whole, hit);
	return {
		id = id, expires = math.tointeger(tonumber(expires)),
		server = base64.decode(family == "SHA-1" and sha1_server or sha256_server) or "",
	};
end

local function proves(f, stored, proof, message)
	return hashes.equals(f.hash(xor(f.hmac(stored, message), proof)), stored);
end

-- The device that a client's proof belongs to.
local function prove(text, family, proof, message)
	local f = families[family];
	if #proof == f.length then return find(text, family, proves, proof, message); end
	local device = find(text, family, proves, f.decoy, message);
	return device and false or device;
end

local function is_stored(_, stored, candidate)
	return hashes.equals(candidate, stored);
end

-- The device that a password belongs to.
local function check(text, family, password, salt, iterations)
	local f = families[family];
	local candidate = f.hash(f.hmac(f.stretch(password, salt, iterations), "Client Key"));
	return find(text, family, is_stored, candidate);
end

local function signature(device, family, message)
	return families[family].hmac(device.server, message);
end

return { prove = prove, check = check, signature = signature };
