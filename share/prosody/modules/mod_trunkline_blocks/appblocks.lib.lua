-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What a member blocked in an app (XEP-0191). mod_blocklist keeps its list to itself, so it is read where it is stored.

local cache = require "util.cache";
local jid_split = require "util.jid".split;

local store = module:open_store("blocklist");
local kept = cache.new(1024); -- name -> its list

-- The list as it will be when whoever is about to change it has done so.
local function forget(name) kept:set(name, nil); end
for _, action in ipairs { "block", "unblock" } do
	module:hook("iq-set/self/urn:xmpp:blocking:" .. action, function (event) forget(event.origin.username); end, 1000);
end
module:hook_global("user-deleted", function (event)
	if event.host == module.host then forget(event.username); end
end);

local function list_of(name)
	local list = kept:get(name);
	if list then return list; end
	local err;
	list, err = store:get(name);
	if not list and err then return nil, err; end
	list = list or {};
	kept:set(name, list);
	return list;
end

-- Has the member blocked this address, in any of their apps? True with a reason if that cannot be read.
return function (name, peer)
	local list, err = list_of(name);
	if not list then return true, err; end
	local node, host = jid_split(peer);
	return list[peer] ~= nil or list[host] ~= nil or node ~= nil and list[node .. "@" .. host] ~= nil;
end
