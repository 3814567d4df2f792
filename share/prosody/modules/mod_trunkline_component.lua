-- SPDX-License-Identifier: AGPL-3.0-or-later
-- The daemon's own connection (XEP-0114). Its secret is read from a file at each attempt and stands in no configuration; the
-- newest connection that has it replaces the one before, so that a daemon that was started again is never locked out. Nobody
-- but the domain can write to the component, and it can write to no other server.

local configmanager = require "core.configmanager";
local hashes = require "util.hashes";
local st = require "util.stanza";

local pause = 1;         -- seconds that a refusal takes
local most_waiting = 16; -- refusals that are waited for; further ones come at once
local quiet = 10;        -- seconds between two lines of log about refusals

local domain = module:get_option_string("trunkline_members");
local secret_file = module:get_option_path("trunkline_component_secret_file", nil, "data");
if not (domain and secret_file) then error("trunkline_members and trunkline_component_secret_file must be set", 0); end

local function read_secret()
	local file, err = io.open(secret_file, "r");
	local text = file and file:read("a");
	if file then file:close(); end
	text = text and text:match("^%s*(.-)%s*$");
	if text and text ~= "" then return text; end
	return nil, err or (secret_file .. " is empty");
end

local waiting, refused, logged_at = 0, 0, 0;

local function refuse(session, reason)
	session.trunkline_refused, refused = true, refused + 1;
	if os.time() - logged_at >= quiet then
		module:log("warn", "The daemon's link was refused (%d times since this was last said): %s", refused, reason);
		refused, logged_at = 0, os.time();
	end
	local function close()
		if not session.destroyed then session:close("not-authorized"); end
	end
	if waiting >= most_waiting then return close(); end
	waiting = waiting + 1;
	module:add_timer(pause, function ()
		waiting = waiting - 1;
		close();
	end);
end

module:hook("stanza/jabber:component:accept:handshake", function (event)
	local session, stanza = event.origin, event.stanza;
	if session.type ~= "component_unauthed" then return; end
	if session.trunkline_refused then return true; end
	local secret, err = read_secret();
	if not secret then
		refuse(session, "its secret cannot be read: " .. err);
		return true;
	end
	local expected = hashes.sha1(session.streamid .. secret, true);
	local given = #stanza.tags == 0 and stanza:get_text() or "";
	if not hashes.equals(given:lower(), expected) then
		refuse(session, "it did not have the secret");
		return true;
	end
	-- Prosody's own module takes it from here, and looks for the secret in the configuration.
	configmanager.set(module.host, "component_secret", secret);
end);

-------- closed to everybody else --------

local function to_component(event)
	local origin, stanza = event.origin, event.stanza;
	if stanza.attr.from == domain then return; end
	local kind = stanza.attr.type;
	if stanza.name == "iq" and (kind == "get" or kind == "set") then
		origin.send(st.error_reply(stanza, "cancel", "service-unavailable"));
	end
	return true;
end

for _, name in ipairs { "iq", "message", "presence" } do
	for _, target in ipairs { "bare", "full", "host" } do module:hook(name .. "/" .. target, to_component, 1000); end
end

module:hook("route/remote", function (event)
	local origin, stanza = event.origin, event.stanza;
	if stanza.attr.type ~= "error" and stanza.attr.type ~= "result" then
		origin.send(st.error_reply(stanza, "cancel", "not-allowed"));
	end
	return true;
end, 1000);
