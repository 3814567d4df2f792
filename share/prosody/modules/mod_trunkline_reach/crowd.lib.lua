-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Strangers of whom a member keeps something, bounded in all and for each domain, so that no server can crowd out the others.

local jid_host = require "util.jid".host;

-- Who goes when one more comes: whoever has been there the longest of the newcomer's domain, if that has its fill, else of all;
-- nil if there is room. `since` has the time of each address.
return function (since, newcomer, most, most_of_domain)
	local domain = jid_host(newcomer);
	local all, same = { count = 0 }, { count = 0 };
	local function consider(group, address)
		group.count = group.count + 1;
		if not group.oldest or since[address] < since[group.oldest] then group.oldest = address; end
	end
	for address in pairs(since) do
		consider(all, address);
		if jid_host(address) == domain then consider(same, address); end
	end
	return same.count >= most_of_domain and same.oldest or all.count >= most and all.oldest or nil;
end
