-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Tells a signed-in device where STUN and TURN are (XEP-0215), with a TURN password of its own that lives for an hour: the
-- name is "expiry:device", the password its HMAC-SHA1 (draft-uberti-behave-turn-rest-00), which coturn checks by itself.
-- By the device in the name its allocations can be found and ended when it is signed out.

local trunkline = module:depends("trunkline");
module:depends("external_services");

local base64 = require "util.encodings".base64;
local hmac_sha1 = require "util.hashes".hmac_sha1;

local life = 3600; -- seconds
local host = module:get_option_string("trunkline_turn_host");
local port = module:get_option_number("trunkline_turn_port");
local tls_port = module:get_option_number("trunkline_turn_tls_port");
local secret_file = module:get_option_path("trunkline_turn_secret_file", nil, "data");
if not (host and port and secret_file) then error("trunkline_turn_host, _port and _secret_file must be set", 0); end

-- Read each time: so a new secret counts from the moment it is written, as it does for coturn's next start.
local function secret()
	local file, err = io.open(secret_file, "r");
	local text = file and file:read("a");
	if file then file:close(); end
	text = text and text:match("^%s*(.-)%s*$");
	if text and text ~= "" then return text; end
	module:log("error", "No TURN passwords can be made: %s", err or (secret_file .. " is empty"));
end

-- What the stream's device may use: name, password, and until when.
local function credentials(session)
	local device, device_expires = trunkline.device_of(session);
	local key = device and secret();
	if not key then return nil; end
	local expires = os.time() + life;
	if device_expires ~= 0 and device_expires < expires then expires = device_expires; end
	local name = ("%d:%s"):format(expires, device);
	return name, base64.encode(hmac_sha1(key, name)), expires;
end

local function offer(event, with_stun)
	local services, wanted = event.services, event.requested_type;
	local function add(kind, transport, at, name, password, expires)
		if not at or wanted and wanted ~= kind then return; end
		services:push({
			type = kind, transport = transport, host = host, port = at,
			username = name, password = password, expires = expires,
		});
	end
	if with_stun then
		add("stun", "udp", port);
		add("stun", "tcp", port);
	end
	local name, password, expires = credentials(event.origin);
	if not name then return; end
	add("turn", "udp", port, name, password, expires);
	add("turn", "tcp", port, name, password, expires);
	add("turns", "tcp", tls_port, name, password, expires);
end

module:hook("external_service/services", function (event) offer(event, true); end);
module:hook("external_service/credentials", function (event) offer(event, false); end);
