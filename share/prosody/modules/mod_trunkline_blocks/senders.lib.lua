-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Who is really behind a stanza: a room carries what its occupants say to one another, and their invitations.

local jid_bare = require "util.jid".bare;
local jid_host = require "util.jid".host;
local jid_prep = require "util.jid".prep;
local jid_resource = require "util.jid".resource;

local xmlns_muc_user = "http://jabber.org/protocol/muc#user";

-- The occupant of a room of ours; of rooms elsewhere only the nickname is known.
local function occupant(from)
	local service = prosody.hosts[jid_host(from)];
	local muc = service and service.modules.muc;
	local room = muc and jid_resource(from) and muc.get_room_from_jid(jid_bare(from));
	local found = room and room:get_occupant_by_nick(from);
	return found and found.bare_jid;
end

-- Bare addresses: of the sender; of whom a room speaks for; of whoever has the room pass an invitation on.
local function of(stanza)
	local from = stanza.attr.from;
	local list = { jid_bare(from) };
	if stanza.name ~= "presence" and stanza.attr.type ~= "groupchat" then list[#list + 1] = occupant(from); end
	local x = stanza.name == "message" and stanza:get_child("x", xmlns_muc_user);
	local invitation = x and x:get_child("invite");
	local inviter = invitation and jid_prep(invitation.attr.from);
	if inviter then
		list[#list + 1] = occupant(inviter) or jid_bare(inviter);
	end
	return list;
end

return { of = of, occupant = occupant };
