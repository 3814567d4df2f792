-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Who may have a member's chat apps ring: whoever may have the member's phones ring (docs/call-reach.md). Leave to write, which
-- comes from having been accepted or written to, is no leave to call; and the muted make no noise.

local trunkline = module:depends("trunkline");
local blocks = module:depends("trunkline_blocks");

local jid = require "util.jid";

local xmlns_jingle, xmlns_rtp = "urn:xmpp:jingle:1", "urn:xmpp:jingle:apps:rtp:1";

local calls = {};

-- Does a message take back a call that its sender has proposed? Apps show that as a missed call.
function calls.takes_back(message)
	return message:get_child("retract", "urn:xmpp:jingle-message:0") ~= nil
		or message:get_child("retract", "urn:xmpp:jingle-message:1") ~= nil
		or message:get_child("retract", "urn:xmpp:call-invites:0") ~= nil;
end

-- Does an IQ begin a call, without having proposed it by a message (XEP-0166, section 6.2; XEP-0167)?
function calls.begins(iq)
	local jingle = iq.attr.type == "set" and iq:get_child("jingle", xmlns_jingle);
	if not jingle or jingle.attr.action ~= "session-initiate" then return false; end
	for content in jingle:childtags("content") do
		if content:get_child("description", xmlns_rtp) then return true; end
	end
	return false;
end

-- May this bare address call the member?
function calls.may(name, address)
	local relation = trunkline.relation(name, address);
	if address == name .. "@" .. module.host then return true; end
	if relation.blocked or relation.muted then return false; end
	if blocks.is_contact(name, address) then return true; end
	local policy = trunkline.reach(name);
	return policy == "everyone" or policy == "followed" and relation.followed == true;
end

-- May whoever stands behind an address in a room call the member? Only our own rooms say who that is.
function calls.may_from_room(name, address)
	local _, host, nick = jid.split(address);
	local real = nick and prosody.hosts[host] and blocks.occupant(address);
	return real ~= nil and real ~= false and calls.may(name, jid.bare(real));
end

return calls;
