-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Invitations that a room passes on (XEP-0045, section 7.8.2). The room names who invites; a room of somebody else's server
-- could name anybody, so its word counts only for people of its own domain.

local blocks = module:depends("trunkline_blocks");

local jid = require "util.jid";

-- Can the room be believed when it says who invites?
local function is_believable(room, inviter)
	local _, room_host = jid.split(room);
	local _, host = jid.split(inviter);
	if not room_host or not host then return false; end
	local service = prosody.hosts[room_host];
	if service then return service.type == "component"; end
	return room_host == host or room_host:sub(-#host - 1) == "." .. host;
end

-- The bare address behind who invites; our own rooms say who is behind a nickname.
local function real_address(room, inviter)
	local bare = jid.bare(inviter);
	if bare ~= room then return bare; end
	return blocks.occupant(inviter);
end

-- Who is to be judged for an invitation, whether it may come in, and whether it comes from somebody refused. Both the inviter
-- and the room must be welcome: the room is if it is one of ours, if the inviter's own domain keeps it, or by itself.
return function (name, said, reaches)
	local room = said.room;
	local inviter = said.inviter and real_address(room, said.inviter);
	if inviter and is_believable(room, inviter) then
		local may_write, refused = reaches(name, inviter);
		local _, room_refused = reaches(name, room);
		return inviter, may_write and not room_refused, refused or room_refused;
	end
	local may_write, refused = reaches(name, room);
	if inviter and may_write then
		local _, inviter_refused = reaches(name, inviter);
		return room, not inviter_refused, inviter_refused;
	end
	return room, may_write, refused;
end
