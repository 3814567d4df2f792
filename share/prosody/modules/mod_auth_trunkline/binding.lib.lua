-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Channel bindings (RFC 5929, RFC 9266) of a client's stream: only where this process itself ends TLS.
-- Returns a table from the binding's name to a function that gives its data.

local x509 = require "ssl.x509";
local base64 = require "util.encodings".base64;
local hashes = require "util.hashes";

-- LuaSec does not tell which certificate it has shown, so the hash is made of the configured one, at the moments at which
-- Prosody loads it: at the start and when its configuration is reloaded.
local certificate_hash;

local function hash_certificate()
	local path = (module:get_option("ssl") or {}).certificate;
	local file, err = io.open(path or "", "r");
	local certificate = file and x509.load(file:read("a"));
	if file then file:close(); end
	if not certificate then
		certificate_hash = nil;
		return module:log("warn", "No tls-server-end-point: the certificate cannot be read: %s", err or path);
	end
	-- RFC 5929, section 4.1: the hash of the certificate's signature, but SHA-256 for MD5 and SHA-1. For signatures without
	-- one, such as Ed25519's, nothing is defined.
	local name = certificate:getsignaturename():upper();
	local bits = name:match("SHA%-?(%d+)$");
	if bits == "1" or name:find("MD5", 1, true) then bits = "256"; end
	local hash = hashes["sha" .. (bits or "")];
	certificate_hash = hash and hash(base64.decode((certificate:pem():gsub("%-%-%-%-%-[^\n]*", ""))));
end

hash_certificate();
module:hook_global("config-reloaded", hash_certificate);

local function server_end_point() return certificate_hash; end

return function (session)
	local bindings = {};
	if not (session and session.encrypted and session.conn) or session.websocket_request then return bindings; end
	local socket = session.conn:socket();
	local info = socket.info and socket:info();
	if type(info) ~= "table" then return bindings; end
	if certificate_hash then bindings["tls-server-end-point"] = server_end_point; end
	if info.protocol == "TLSv1.3" then
		if socket.exportkeyingmaterial then
			bindings["tls-exporter"] = function ()
				return socket:exportkeyingmaterial("EXPORTER-Channel-Binding", 32, "");
			end;
		end
	elseif socket.getpeerfinished and socket:getpeerfinished() then
		-- Undefined in TLS 1.3, and the client's Finished is the first one unless a TLS 1.2 session was resumed,
		-- which Prosody's servers do not do.
		bindings["tls-unique"] = function () return socket:getpeerfinished(); end;
	end
	return bindings;
end
