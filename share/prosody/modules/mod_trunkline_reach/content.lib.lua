-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What a message says to a person: words, an invitation to a room, a call. Everything else is machinery (typing, receipts,
-- notices of PEP) and waits for nobody.

local trunkline = module:depends("trunkline");

local jid = require "util.jid";

local xmlns_muc_user = "http://jabber.org/protocol/muc#user";
local longest = 1000; -- bytes of what is shown

local function cut(text)
	if #text <= longest then return text; end
	local at = longest;
	while at > 0 and text:byte(at + 1) >= 0x80 and text:byte(at + 1) < 0xC0 do at = at - 1; end
	return text:sub(1, at) .. "…";
end

local function has_words(stanza)
	return stanza:get_child("body") ~= nil or stanza:get_child("subject") ~= nil or trunkline.says_encrypted(stanza);
end

-- { kind = message | invitation | call, text, room, inviter }, or nil if it says nothing. `inviter` is whom a room names as
-- the one who invites (XEP-0045, section 7.8.2), by an address or a nickname: believe it only where the room can be believed.
local function content(stanza)
	local mediated = stanza:get_child("x", xmlns_muc_user);
	local invite = mediated and mediated:get_child("invite");
	if invite then
		return {
			kind = "invitation", room = jid.bare(stanza.attr.from), inviter = jid.prep(invite.attr.from),
			mediated = true, text = cut(invite:get_child_text("reason") or ""),
		};
	end
	local direct = stanza:get_child("x", "jabber:x:conference");
	if direct then
		local node, host = jid.prepped_split(direct.attr.jid);
		local room = host and jid.join(node, host);
		return { kind = "invitation", room = room, text = cut(direct.attr.reason or stanza:get_child_text("body") or "") };
	end
	for _, version in ipairs { "0", "1" } do
		if stanza:get_child("propose", "urn:xmpp:jingle-message:" .. version) then return { kind = "call", text = "" }; end
	end
	if stanza:get_child("invite", "urn:xmpp:call-invites:0") then return { kind = "call", text = "" }; end
	if has_words(stanza) then
		return { kind = "message", text = cut(stanza:get_child_text("body") or stanza:get_child_text("subject") or "") };
	end
end

return content;
