-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Tells members what Trunkline has to say to them, such as that a device was added: an ordinary message from the domain to
-- the member's address, so that it is archived and every device shows it. Each notice is sent once.

local trunkline = module:depends("trunkline");
local st = require "util.stanza";

module:hook("trunkline-followed", function ()
	for _, notice in ipairs(trunkline.new_notices()) do
		-- Recorded first: after a crash a notice may be missing, but no member is told the same thing again and again.
		if not trunkline.record_notice(notice.id) then return; end
		module:send(st.message({
			from = module.host, to = notice.name .. "@" .. module.host, type = "chat", id = "trunkline-notice-" .. notice.id,
		}, notice.body));
	end
end);
