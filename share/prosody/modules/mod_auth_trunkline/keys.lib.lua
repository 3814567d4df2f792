-- SPDX-License-Identifier: AGPL-3.0-or-later
-- SCRAM's arithmetic (RFC 5802 section 3) against the several devices of one member, who share a salt.

local hashes = require "util.hashes";
local base64 = require "util.encodings".base64;
local xor = require "util.strbitop".sxor;

-- As many tries for everyone, so that the time to refuse tells neither who exists nor how many devices someone has.
local tries = module:get_option_number("trunkline_device_limit", 20);

local families = {
	["SHA-1"] = {
		hash = hashes.sha1, hmac = hashes.hmac_sha1, stretch = hashes.pbkdf2_hmac_sha1, length = 20,
	};
	["SHA-256"] = {
		hash = hashes.sha256, hmac = hashes.hmac_sha256, stretch = hashes.pbkdf2_hmac_sha256, length = 32,
	};
};

-- The device whose stored key satisfies `matches(stored)`, found with the same work wherever it stands, or if none does.
local function find(devices, family, matches)
	local hit;
	for _, device in ipairs(devices) do
		local stored = base64.decode(device[family].stored);
		if stored and #stored == families[family].length and matches(stored) then hit = device; end
	end
	local decoy = ("\0"):rep(families[family].length);
	for _ = #devices + 1, tries do matches(decoy); end
	return hit;
end

-- The device that a client's proof belongs to.
local function prove(devices, family, proof, message)
	local f = families[family];
	local well_formed = #proof == f.length;
	if not well_formed then proof = ("\0"):rep(f.length); end
	local hit = find(devices, family, function (stored)
		return hashes.equals(f.hash(xor(f.hmac(stored, message), proof)), stored);
	end);
	return well_formed and hit or nil;
end

-- The device that a password belongs to.
local function check(devices, family, password, salt, iterations)
	local f = families[family];
	local candidate = f.hash(f.hmac(f.stretch(password, salt, iterations), "Client Key"));
	return find(devices, family, function (stored) return hashes.equals(candidate, stored); end);
end

local function signature(device, family, message)
	return families[family].hmac(base64.decode(device[family].server) or "", message);
end

return { prove = prove, check = check, signature = signature };
