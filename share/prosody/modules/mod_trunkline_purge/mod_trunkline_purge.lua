-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Wipes what this server keeps of a name, so that the name's next owner inherits nothing: contacts are told, then roster,
-- archive, kept messages, requests (its own, and with others), profile, PEP, private data, uploads, room affiliations and
-- what was said in rooms go. Every step may run again after a crash; a purge is recorded only when all of it is done.

local trunkline = module:depends("trunkline");
local reach = module:depends("trunkline_reach");
local archive = module:depends("trunkline_archive");

local async = require "util.async";
local st = require "util.stanza";
local jid_split = require "util.jid".split;
local lfs = require "lfs";
local storagemanager = require "core.storagemanager";
local rostermanager = require "core.rostermanager";

local upload_hosts = module:get_option_set("trunkline_upload_hosts", {});
local room_hosts = module:get_option_set("trunkline_room_hosts", {});
local forget_said = module:require "said";
local slot_life = 900; -- seconds
local graves = module:open_store("trunkline_graves", "map");
local buried = {}; -- what we know of the store; false: nothing lies there

-- Tells those who were in touch with the name, on both sides of the relation.
local function withdraw(name)
	local own = name .. "@" .. module.host;
	local roster, err = rostermanager.load_roster(name, module.host);
	if err then error(err, 0); end
	local host = prosody.hosts[module.host];
	local function tell(contact, kind)
		prosody.core_post_stanza(host, st.presence({ type = kind, from = own, to = contact }));
	end
	local contacts = {};
	for contact, item in pairs(roster) do
		if contact then contacts[contact] = item; end
	end
	for contact, item in pairs(contacts) do
		if item.subscription == "both" or item.subscription == "from" then tell(contact, "unsubscribed"); end
		if item.subscription == "both" or item.subscription == "to" or item.ask then tell(contact, "unsubscribe"); end
	end
	for contact in pairs(roster[false] and roster[false].pending or {}) do tell(contact, "unsubscribed"); end
end

local function remove_file(path)
	local ok, err = os.remove(path);
	if not ok and lfs.attributes(path, "mode") then error(("cannot remove %s: %s"):format(path, err), 0); end
end

local function remove_upload(host, slot)
	local path = storagemanager.olddm.getpath(slot, host, "http_file_share", "bin");
	remove_file(path);
	remove_file(path .. "~");
end

local function forget_uploads(name)
	local owner = name .. "@" .. module.host;
	for host in upload_hosts do
		if prosody.hosts[host] then
			local uploads = module:context(host):open_store("uploads", "archive");
			local found, err = uploads:find(nil, { with = owner });
			if not found then error(err or "the list of uploads cannot be read", 0); end
			local slots = {};
			for slot in found do slots[#slots + 1] = slot; end
			for _, slot in ipairs(slots) do remove_upload(host, slot); end
			local ok, delete_error = uploads:delete(nil, { with = owner });
			if not ok and delete_error then error(delete_error, 0); end
			local counting = prosody.hosts[host].modules.trunkline_uploads;
			if counting then counting.forget(owner); end
			-- What was asked for just before could still be put there for five minutes; a restart ends that, too.
			module:add_timer(slot_life, function ()
				for _, slot in ipairs(slots) do pcall(remove_upload, host, slot); end
			end);
		end
	end
end

-- Is anybody left who may enter, or in there now?
local function is_abandoned(room)
	for _, affiliation in pairs(room._affiliations) do
		if affiliation ~= "outcast" and affiliation ~= "none" then return false; end
	end
	return not room:has_occupant();
end

local function leave_room(host, room, own)
	forget_said(host, room, own);
	local belonged = room:get_affiliation(own) ~= nil;
	if room:get_affiliation(own) ~= nil then
		room:set_affiliation(true, own, nil, "This account was deleted");
		room:save();
	end
	if room:get_registered_nick(own) then room:set_affiliation(true, own, "none"); end
	-- What is left of its name for a month says only that it is gone, so that nobody else takes it over.
	if belonged and is_abandoned(room) then room:destroy(); end
end

local function leave_rooms(name)
	for host in room_hosts do
		local muc = prosody.hosts[host] and prosody.hosts[host].modules.muc;
		local addresses = {}; -- first, since others may change the list while we work on it
		for room in muc and muc.all_rooms() or function () end do addresses[#addresses + 1] = room.jid; end
		for _, address in ipairs(addresses) do
			local room = muc.get_room_from_jid(address);
			if room then leave_room(host, room, name .. "@" .. module.host); end
		end
	end
end

local function wipe(name)
	withdraw(name);
	forget_uploads(name);
	leave_rooms(name);
	local forgotten, why = reach.forget_sender(name .. "@" .. module.host);
	if not forgotten then error(why or "the requests of a name could not be removed", 0); end
	prosody.events.fire_event("user-deleted", { username = name, host = module.host });
	local ok, err = storagemanager.purge(name, module.host);
	if not ok then error(err or "the stores could not be wiped", 0); end
	local cached = prosody.hosts[module.host].roster_cache;
	if cached then cached:set(name .. "@" .. module.host, nil); end
	ok, err = graves:set(nil, name, os.time());
	if ok == nil and err then error(err, 0); end
	buried[name] = true;
	archive.empty_log();
end

-- One after the other, and with pauses where there is much to look through.
local begun = {};
local purges = async.runner(function (one)
	module:log("info", "Wiping what is kept of %s (purge %s)", one.name, one.id);
	trunkline.purge(one.id, one.name, wipe);
	begun[one.id] = nil;
end);

module:hook("trunkline-followed", function ()
	for _, one in ipairs(trunkline.pending_purges()) do
		if not begun[one.id] then
			begun[one.id] = true;
			purges:run(one);
		end
	end
end);

-------- who still thinks that they are in touch with a name that is gone --------

local function is_gone(name)
	if buried[name] == nil then buried[name] = graves:get(nil, name) ~= nil; end
	if not buried[name] then return false; end
	local row = trunkline.member(name);
	if row then -- the name has a new owner
		if graves:set(nil, name, nil) then buried[name] = false; end
		return false;
	end
	return row == false;
end

module:hook("presence/bare", function (event)
	local presence = event.stanza;
	local name = jid_split(presence.attr.to);
	local kind = presence.attr.type;
	if not name or not (kind == nil or kind == "unavailable" or kind == "probe") or not is_gone(name) then return; end
	event.origin.send(st.presence({
		type = kind == "probe" and "unsubscribed" or "unsubscribe",
		from = presence.attr.to, to = presence.attr.from,
	}));
	return true;
end, 900);
