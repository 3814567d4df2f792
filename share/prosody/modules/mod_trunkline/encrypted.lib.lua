-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Does a message say something to a person in an encrypted way? The one list of what counts, for whoever has to know.

-- What encrypted content is in, by namespace. In OMEMO's, without a payload it only renews keys, which apps do by themselves.
local carriers = {
	["eu.siacs.conversations.axolotl"] = "payload", ["urn:xmpp:omemo:1"] = "payload", ["urn:xmpp:omemo:2"] = "payload",
	["urn:xmpp:openpgp:0"] = true, ["jabber:x:encrypted"] = true,
};

return function (message)
	for _, tag in ipairs(message.tags) do
		local needs = carriers[tag.attr.xmlns or ""];
		if needs == true or needs and tag:get_child(needs) then return true; end
	end
	-- Another way than these, as the app says (XEP-0380).
	local said = message:get_child("encryption", "urn:xmpp:eme:0");
	return said ~= nil and not carriers[said.attr.namespace or ""];
end
