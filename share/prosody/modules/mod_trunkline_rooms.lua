-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Rooms are made by members only. (Prosody's own setting for that takes whoever is one label above the rooms' host for a
-- member, which is somebody else where the rooms have a name of their own.)

local st = require "util.stanza";
local jid_host = require "util.jid".host;

local members = module:get_option_string("trunkline_members");
if not members then error("trunkline_members must be set", 0); end

module:hook("muc-room-pre-create", function (event)
	if jid_host(event.stanza.attr.from) == members then return; end
	event.origin.send(st.error_reply(event.stanza, "cancel", "not-allowed", "Rooms are made by members of " .. members .. " only"));
	return true;
end, 1000);
