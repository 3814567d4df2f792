-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What Prosody's rooms need to be ours. They are made by members only. (Prosody's own setting for that takes whoever is one label above the rooms' host for a
-- member, which is somebody else where the rooms have a name of their own.)

local st = require "util.stanza";
local jid_host, jid_split = require "util.jid".host, require "util.jid".split;

local members = module:get_option_string("trunkline_members");
if not members then error("trunkline_members must be set", 0); end

module:hook("muc-room-pre-create", function (event)
	if jid_host(event.stanza.attr.from) == members then return; end
	event.origin.send(st.error_reply(event.stanza, "cancel", "not-allowed", "Rooms are made by members of " .. members .. " only"));
	return true;
end, 1000);

-- A room's picture goes with it, and is not inherited by the next room of that name. (mod_vcard_muc keeps it.)
local pictures = module:open_store("vcard_muc");
module:hook("muc-room-destroyed", function (event)
	local node = jid_split(event.room.jid);
	local ok, err = pictures:set(node, nil);
	if not ok and err then module:log("error", "The picture of %s cannot be removed: %s", event.room.jid, err); end
end, 100);
