-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Whom a stream itself wrote to, it has shown itself to: for a while its requests arrive, since calls and file transfers are
-- made of them; and those of a call that the stream took part in, as long as the stream lasts.

local trunkline = module:depends("trunkline");

local cache = require "util.cache";
local jid_bare = require "util.jid".bare;
local now = require "util.time".now;

local while_ = module:get_option_number("trunkline_acquaintance", 300); -- seconds
local peers, calls = 200, 20;                                           -- that are remembered
local xmlns_jingle, xmlns_jingle_message = "urn:xmpp:jingle:1", "urn:xmpp:jingle-message:0";

local acquaintance = {};

-- Does the message say something, and not only something about messages?
function acquaintance.says_something(message)
	return message:get_child("body") ~= nil or trunkline.says_encrypted(message);
end

-- The call that a stanza is about: its session, or what it was proposed as. `ringing` is what a phone says by itself.
local function call_of(stanza)
	local jingle = stanza.name == "iq" and stanza:get_child("jingle", xmlns_jingle);
	if jingle then return jingle.attr.sid; end
	local said = stanza.name == "message" and stanza:child_with_ns(xmlns_jingle_message);
	if said and said.name ~= "ringing" then return said.attr.id; end
end

-- A stream sends something.
function acquaintance.note(session, stanza)
	local kind = stanza.attr.type;
	if kind == "error" or kind == "result" or kind == "get" then return; end
	local call = call_of(stanza);
	if stanza.name == "message" and not (call or acquaintance.says_something(stanza)) then return; end
	session.trunkline_known = session.trunkline_known or cache.new(peers);
	local bare = jid_bare(stanza.attr.to);
	local known = session.trunkline_known:get(bare) or { calls = cache.new(calls) };
	known.at = now();
	if call then known.calls:set(call, true); end
	session.trunkline_known:set(bare, known);
end

-- May a stanza from this bare address reach the stream for that reason?
function acquaintance.covers(session, bare, stanza)
	local known = session.trunkline_known and session.trunkline_known:get(bare);
	if not known then return false; end
	if now() - known.at < while_ then return true; end
	local call = call_of(stanza);
	return call ~= nil and known.calls:get(call) == true;
end

return acquaintance;
