-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Push (XEP-0357) belongs to a device: what one registered is used while that device is live, and goes with it. Whether it
-- is live is asked before each notification, so nothing hangs on the registration having been removed in time. Whom the member
-- muted at the home server, nobody is notified of.

local trunkline = module:depends("trunkline");
module:depends("cloud_notify");

local st = require "util.stanza";
local jid_bare = require "util.jid".bare;

local xmlns_push = "urn:xmpp:push:0";
local most_at_once = 100; -- names whose registrations are looked at for one look at the change log
local registrations = module:open_store("cloud_notify");

module:hook("cloud_notify/registration", function (event)
	local device = trunkline.device_of(event.origin);
	if not device then
		event.origin.send(st.error_reply(event.stanza, "auth", "not-authorized"));
		return false;
	end
	event.push_info.device = device;
end);

local function is_dead(name, registration)
	if not registration.device then return true; end
	return trunkline.is_live(name, registration.device) == false; -- unreadable is not dead
end

-- Takes back what a name's dead devices registered. mod_cloud_notify keeps its list to itself, so it is asked in the way
-- an app asks.
local function clean(name)
	local all, err = registrations:get(name);
	if err then return module:log("warn", "The push registrations of %s cannot be read: %s", name, err); end
	local dead, used = {}, {};
	for _, one in pairs(all or {}) do
		if is_dead(name, one) then dead[#dead + 1] = one; else used[one.jid] = true; end
	end
	for _, one in ipairs(dead) do
		-- Without a node everything at that service would go.
		if one.node or not used[one.jid] then
			module:fire_event("iq-set/self/" .. xmlns_push .. ":disable", {
				origin = { username = name, log = module._log, send = function () end };
				stanza = st.iq({ type = "set", id = "trunkline" }):tag("disable", { xmlns = xmlns_push, jid = one.jid, node = one.node }):reset();
			});
		end
	end
end

-- Is this a message, or a copy of one, from somebody whose notifications the member has muted?
local function is_from_muted(name, stanza)
	if not stanza or stanza.name ~= "message" or stanza.attr.type == "groupchat" then return false; end
	local copy = stanza:find("{urn:xmpp:carbons:2}received/{urn:xmpp:forward:0}forwarded/{jabber:client}message");
	local from = (copy or stanza).attr.from;
	return from ~= nil and trunkline.is_muted(name, jid_bare(from));
end

-- Nor do they wake an app that has gone to sleep (XEP-0352): what they write waits until the app looks.
module:hook("csi-is-stanza-important", function (event)
	if not is_from_muted(event.session.username, event.stanza) then return; end
	event.reason = "who wrote is muted";
	return false;
end, 10);

module:hook("cloud_notify/push", function (event)
	local name, registration = event.username, event.push_info;
	if registration.device and trunkline.is_live(name, registration.device) then
		local stanza = event.original_stanza;
		if is_from_muted(name, stanza) then
			event.reason = "who wrote is muted";
		elseif stanza and stanza.name == "iq" and stanza.attr.from == module.host then
			event.reason = "it is a question of ours to the app";
		else
			return;
		end
		return true;
	end
	event.reason = "the device that asked for it is gone";
	module:add_timer(0, function () clean(name); end);
	return true;
end);

module:hook("trunkline-changed", function (event)
	-- More than these come with a new epoch or after a long time; then each goes when it is next used.
	for i = 1, math.min(#event.names, most_at_once) do clean(event.names[i]); end
end);

module:hook_global("user-deleted", function (event)
	if event.host == module.host then clean(event.username); end
end, 100); -- before the store is wiped, since mod_cloud_notify remembers it
