-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What apps say by themselves about messages: that one has arrived (XEP-0184), was shown (XEP-0333), or that somebody is typing
-- (XEP-0085). It tells that the member is there, so it goes to contacts, rooms and own devices only. What apps hide in encrypted
-- content cannot be seen here.

local acquaintance = module:require "acquaintance";

local xmlns_receipts, xmlns_markers, xmlns_states =
	"urn:xmpp:receipts", "urn:xmpp:chat-markers:0", "http://jabber.org/protocol/chatstates";

-- What a message may carry and still say nothing.
local wrapping = {
	thread = true, ["urn:xmpp:hints"] = true, ["urn:xmpp:sid:0"] = true, ["urn:xmpp:delay"] = true, ["urn:xmpp:carbons:2"] = true,
};

local function is_answer(tag)
	local xmlns = tag.attr.xmlns;
	return xmlns == xmlns_states or xmlns == xmlns_receipts and tag.name ~= "request"
		or xmlns == xmlns_markers and tag.name ~= "markable";
end

local function is_question(tag)
	return tag.attr.xmlns == xmlns_receipts and tag.name == "request" or tag.attr.xmlns == xmlns_markers and tag.name == "markable";
end

-- Takes out what fits; returns whether something was taken out and nothing is left that says anything.
local function strip(message, fits)
	local found = false;
	for _, tag in ipairs(message.tags) do found = found or fits(tag); end
	if not found then return false; end
	message:maptags(function (tag) if not fits(tag) then return tag; end end);
	for _, tag in ipairs(message.tags) do
		if not (wrapping[tag.name] or wrapping[tag.attr.xmlns]) then return false; end
	end
	return true;
end

local hints = {};

-- Of what a member's app sends. Returns whether the message is to be dropped.
function hints.strip_answers(message) return strip(message, is_answer); end

-- Of what others send: a message with no content that asks for a receipt would be answered unseen.
function hints.strip_questions(message)
	if acquaintance.says_something(message) then return false; end
	return strip(message, is_question);
end

return hints;
