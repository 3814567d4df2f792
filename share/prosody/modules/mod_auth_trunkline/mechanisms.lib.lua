-- SPDX-License-Identifier: AGPL-3.0-or-later
-- SCRAM (RFC 5802, 7677) and PLAIN (RFC 4616) as pure exchanges of messages. What they need to know about members and
-- devices comes from `judge`; they return what mod_saslauth sends: "challenge", data | "success", data | "failure", condition, text.

local base64 = require "util.encodings".base64;
local stringprep = require "util.encodings".stringprep;
local new_nonce = require "util.id".long;
local keys = module:require "keys";

local longest = 2048; -- bytes; no honest message comes near

local function prepared_name(name)
	name = name and stringprep.saslprep(name);
	name = name and stringprep.nodeprep(name);
	return name ~= "" and name or nil;
end

-- A saslname of RFC 5802: "," and "=" are written =2C and =3D, and no other "=" may stand in it.
local function unescaped(name)
	if name:gsub("=2C", ""):gsub("=3D", ""):find("=", 1, true) then return nil; end
	return (name:gsub("=2C", ","):gsub("=3D", "="));
end

-- May who proved to be `name` act as `authzid`? Only as themselves.
local function acts_as_itself(authzid, name)
	if authzid == "" then return true; end
	local node, host = authzid:match("^([^@]+)@([^@/]+)$");
	return node ~= nil and stringprep.nodeprep(node) == name and stringprep.nameprep(host) == module.host;
end

local function plain(self, message, judge)
	local authzid, name, password = message:match("^([^%z]*)%z([^%z]+)%z([^%z]+)$");
	name, password = prepared_name(name), password and stringprep.saslprep(password);
	if not (name and password) then return "failure", "malformed-request"; end
	self.username = name;
	local parameters = judge.parameters(name, "SHA-256");
	local devices, row, purges = judge.devices(name);
	if not (parameters and devices) then return "failure", "temporary-auth-failure"; end
	local device = keys.check(devices, "SHA-256", password, parameters.salt, parameters.iterations);
	local condition, text = judge.verdict(self, device, row, purges);
	if condition then return "failure", condition, text; end
	if not acts_as_itself(authzid, name) then return "failure", "invalid-authzid"; end
	return "success";
end

local function client_first(self, message, judge, family, plus)
	local header, flag, authzid, bare = message:match("^(([^,]*),([^,]*),)(.*)$");
	local name, nonce = (bare or ""):match("^n=([^,]+),r=([^,]+)");
	local binding = flag and flag:match("^p=([%w.-]+)$");
	if not nonce or nonce:find("[^\33-\126]") or not (flag == "n" or flag == "y" or binding) then
		return "failure", "malformed-request";
	end
	-- "y" means that the client would bind but believes that we cannot: somebody took our -PLUS mechanisms out of the list.
	if (flag == "y" and next(self.bindings)) or (binding ~= nil) ~= plus then return "failure", "malformed-request"; end
	if binding and not self.bindings[binding] then
		return "failure", "malformed-request", "This channel binding is not offered here";
	end
	if authzid ~= "" then authzid = unescaped(authzid:match("^a=(.+)$") or "="); end
	name = unescaped(name);
	name = name and prepared_name(name);
	if not (authzid and name) then return "failure", "malformed-request"; end
	self.username = name;
	local parameters = judge.parameters(name, family);
	if not parameters then return "failure", "temporary-auth-failure"; end
	local server_first = ("r=%s,s=%s,i=%d"):format(nonce .. new_nonce(), base64.encode(parameters.salt), parameters.iterations);
	self.exchange = {
		header = header, binding = binding, authzid = authzid, bare = bare, server_first = server_first,
		nonce = server_first:match("^r=([^,]+)"),
	};
	return "challenge", server_first;
end

local function client_final(self, message, judge, family)
	local exchange = self.exchange;
	local unproved, bound, nonce, proof = message:match("^(c=([^,]+),r=([^,]+).-),p=([^,]+)$");
	proof, bound = proof and base64.decode(proof), bound and base64.decode(bound);
	if not (proof and bound) or nonce ~= exchange.nonce then return "failure", "malformed-request"; end
	if bound ~= exchange.header .. (exchange.binding and self.bindings[exchange.binding]() or "") then
		return "failure", "malformed-request", "The channel binding does not match";
	end
	-- The row is read again: what has been revoked since the first message must not let anybody in.
	local devices, row, purges = judge.devices(self.username);
	if not devices then return "failure", "temporary-auth-failure"; end
	local signed = exchange.bare .. "," .. exchange.server_first .. "," .. unproved;
	local device = keys.prove(devices, family, proof, signed);
	local condition, text = judge.verdict(self, device, row, purges);
	if condition then return "failure", condition, text; end
	if not acts_as_itself(exchange.authzid, self.username) then return "failure", "invalid-authzid"; end
	return "success", "v=" .. base64.encode(keys.signature(device, family, signed));
end

local function scram(family, plus)
	return function (self, message, judge)
		if self.exchange then return client_final(self, message, judge, family); end
		return client_first(self, message, judge, family, plus);
	end
end

local function guarded(mechanism)
	return function (self, message, judge)
		if not message or #message > longest then return "failure", "malformed-request"; end
		return mechanism(self, message, judge);
	end
end

return {
	["PLAIN"] = guarded(plain),
	["SCRAM-SHA-1"] = guarded(scram("SHA-1", false)), ["SCRAM-SHA-1-PLUS"] = guarded(scram("SHA-1", true)),
	["SCRAM-SHA-256"] = guarded(scram("SHA-256", false)), ["SCRAM-SHA-256-PLUS"] = guarded(scram("SHA-256", true)),
};
