-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Joins Prosody to Trunkline: reads the projection, follows its change log, ends the streams of devices that were signed
-- out, and tells what was seen. mod_auth_trunkline and the other mod_trunkline_… build on it.

local json = require "util.json";
local jid_join = require "util.jid".join;

local projections = module:require "projection";
local sessions = module:require "sessions";
local follower = module:require "follower";
local open_observations = module:require "observations".open;
local open_journal = module:require "journal".open;
local listen = module:require "control";
local ask_app = module:require "apps";

local interval = module:get_option_number("trunkline_follow_interval", 1);    -- seconds
local write_interval = module:get_option_number("trunkline_write_interval", 3); -- seconds

local function required_path(name)
	return module:get_option_path(name, nil, "data") or error("the option " .. name .. " must be set", 0);
end

local schema = assert(module:load_resource("observations.sql"));
local projection = projections.open(required_path("trunkline_projection"));
local relations = module:require "relations".new(projection);
local observations = open_observations(required_path("trunkline_observations"), schema:read("a"));
schema:close();

local done_purges = nil; -- the ids of finished purges; unknown until our own file could be read

local function close(session, text)
	module:fire_event("trunkline-ended", { session = session });
	local entry = sessions.close(session, text);
	if entry then observations:touch(entry.device); end
end

local function changed(names) module:fire_event("trunkline-changed", { names = names }); end

local follow = follower.new {
	projection = projection, expiry = projections.expiry, sessions = sessions, close = close, changed = changed,
};

-------- for the modules that build on this one --------

-- Does a message say something to a person in an encrypted way?
says_encrypted = module:require "encrypted";

journal = open_journal(observations.database);

-- Something of this name that the daemon mirrors or shows is about to change: contacts, who asks, blocks, waiting requests.
function touch(name)
	local ok, err = journal:touch(name);
	if not ok then module:log("error", "A change of %s could not be noted, it is kept: %s", name, err); end
	module:fire_event("trunkline-touched", { name = name });
end

function member(name) return projection:member(name); end
function parameters(name, family) return projection:parameters(name, family); end
function names() return projection:names(); end

-- A stream has proved to belong to a device.
function signed_in(session, device, expires)
	sessions.add(session, { device = device, expires = expires, name = session.username });
end

-- The device that a stream belongs to, and when its password expires (0: never); nil if it belongs to none.
function device_of(session)
	local entry = sessions.entry(session);
	if entry then return entry.device, entry.expires; end
end

-- Could this device of a name sign in now? Nil and the reason if the projection cannot be read.
function is_live(name, device)
	local row, err = projection:member(name);
	if row == nil then return nil, err; end
	local expires = row and projections.expiry(row, device);
	return expires == 0 or expires and expires > os.time() or false;
end

-- What members have decided about others. `peer` is a bare address, or a domain. What cannot be read is answered closed, with
-- the reason as the second value: 'nobody', 'contacts', blocked and nothing else.
function presence_policy(name) return relations:presence(name); end
function reach(name) return relations:reach(name); end
function relation(name, peer) return relations:of(name, peer); end -- a set of blocked, chosen, followed, muted

local function says(what)
	return function (name, peer)
		local set, err = relations:of(name, peer);
		return set[what] == true, err;
	end
end
is_blocked, is_chosen, is_followed, is_muted = says "blocked", says "chosen", says "followed", says "muted";

-- Is one of these purges (ids, separated by spaces) not done yet?
function awaits_purge(ids)
	if not done_purges then return true; end
	for id in ids:gmatch("%S+") do
		if not done_purges[id] then return true; end
	end
	return false;
end

local purging = {};
function is_being_purged(name) return purging[name] == true; end

-- Runs work(name) as a purge and records it. Returns whether it is done.
function purge(id, name, work)
	for _, session in ipairs(sessions.of(name)) do close(session, "This account was deleted"); end
	purging[name] = true;
	local ok, err = xpcall(work, debug.traceback, name);
	purging[name] = nil;
	if ok then ok, err = observations:record_purge(id, name, os.time()); end
	if ok then
		done_purges[id] = true;
	else
		module:log("error", "Purge %s is not done and will be tried again: %s", id, err);
	end
	return ok;
end

-- The purges that stand and are not done: { id, name } each.
function pending_purges()
	local purges = done_purges and projection:purges();
	local list = {};
	for _, one in ipairs(purges or {}) do
		if not done_purges[one.id] then list[#list + 1] = one; end
	end
	return list;
end

local told; -- the highest notice that was sent; unknown until our own file could be read

-- What the server still has to say to members: { id, name, body } each.
function new_notices()
	told = told or observations:told();
	return told and projection:notices(told) or {};
end

function record_notice(id)
	if not observations:record_told(id) then return false; end
	told = id;
	return true;
end

-------- the course of a stream --------

-- May this stream go on? Returns nil if so, else the stream error's condition and text.
local function objection(session, entry)
	local row, detail = projection:member(entry.name);
	if row == nil then
		module:log("error", "The projection cannot be read, so nobody can log in: %s", detail);
		return "internal-server-error", "Signing in is not possible at the moment";
	end
	local expires = row and projections.expiry(row, entry.device);
	if not expires then return "not-authorized", follower.revoked; end
	if expires ~= 0 and expires <= os.time() then return "not-authorized", follower.expired; end
	if detail and awaits_purge(detail) then return "internal-server-error", "Signing in is not possible at the moment"; end
	entry.expires = expires;
end

-- A device that was signed out between its proof and this moment must not get to say anything.
local function still_signed_in(session)
	local entry = sessions.entry(session);
	local condition, text = "not-authorized", "This stream belongs to no device";
	if entry then
		condition, text = objection(session, entry);
		if not condition then return true; end
	end
	sessions.remove(session);
	session.log("info", "Refusing to bind or resume for device %s: %s", entry and entry.device, text);
	session:close({ condition = condition, text = text });
	return false;
end

module:hook("pre-resource-bind", function (event)
	if still_signed_in(event.session) then return; end
	event.error = { type = "auth", condition = "not-authorized" };
	return false;
end, 1000);

local registry = module:shared("/*/smacks/resumption-tokens");
for _, xmlns in ipairs { "urn:xmpp:sm:2", "urn:xmpp:sm:3" } do
	module:hook_tag(xmlns, "resume", function (session, stanza)
		if session.type ~= "c2s_unbound" then return; end
		if not still_signed_in(session) then return true; end
		-- The stream that is to be resumed may belong to another device, which may have been signed out meanwhile.
		local id = stanza.attr.previd;
		local old = id and registry[jid_join(session.username, session.host, id)];
		local entry = old and sessions.entry(old);
		if not old then return; end
		local condition, text = "not-authorized", follower.revoked;
		if entry then condition, text = objection(old, entry); end
		if condition then close(old, text); end
	end, 1000);
end

module:hook("resource-bind", function (event)
	local session = event.session;
	local entry = sessions.entry(session);
	observations:connected(entry.device, entry.name, session.ip or "", os.time());
end);

module:hook("resource-unbind", function (event)
	local entry = sessions.remove(event.session);
	if entry then observations:touch(entry.device); end
end);

module:hook("smacks-hibernation-start", function (event)
	local entry = sessions.entry(event.origin);
	if entry then observations:touch(entry.device); end
end);

module:hook("smacks-hibernation-end", function (event)
	local entry, former = sessions.resume(event.origin, event.resumed);
	if former then observations:touch(former.device); end
	if entry then observations:connected(entry.device, entry.name, event.resumed.ip or "", os.time()); end
end);

module:hook("presence/initial", function (event)
	local session = event.origin;
	if not sessions.entry(session) then return; end
	ask_app(session, event.stanza, function (text)
		local entry = sessions.entry(session);
		if entry then observations:app(entry.device, text); end
	end);
end);

-------- the clock and the control socket --------

local readable = true;
local function look(force)
	relations:look_anew();
	local ended, err = follow:follow(force);
	if (err == nil) ~= readable then
		readable = err == nil;
		if readable then module:log("info", "The projection can be read again");
		else module:log("error", "The projection cannot be read: %s", err); end
	end
	if not done_purges then done_purges = observations:purged(); end
	if not err then module:fire_event("trunkline-followed"); end
	return ended, err;
end

local function flush()
	local online = sessions.census();
	local ok, err = observations:flush(function (device) return online[device] or 0; end);
	if ok then ok, err = journal:flush(); end
	if not ok then module:log("warn", "What was seen could not be written, it is kept: %s", err); end
end

module:add_timer(interval, function () look(false); return interval; end);
module:add_timer(write_interval, function () flush(); return write_interval; end);

-- The daemon's own connection: whether it stands, and since when that is so; at the most since Prosody started.
local function link()
	local host = prosody.hosts[module:get_option_string("trunkline_component", "")];
	local component = host and host.modules.component;
	if not component then return nil; end
	local _, _, since = component.module:get_status();
	return { connected = component.connected == true, since = math.floor(since or prosody.start_time) };
end

local stop = listen(required_path("trunkline_socket"), {
	follow = function ()
		local ended, err = look(true);
		if err then return "failed unreadable"; end
		local epoch, sequence = follow:position();
		return ("followed %s %d %d"):format(epoch, sequence, ended);
	end;
	status = function ()
		local _, totals = sessions.census();
		local epoch, sequence = follow:position();
		totals.epoch, totals.sequence, totals.readable = epoch or "", sequence or 0, readable;
		totals.unwritten, totals.purges = observations:size(), #pending_purges();
		totals.link = link();
		return json.encode(totals);
	end;
});

look(true);
flush();

function module.unload()
	flush();
	stop();
end

-- What keeps people out must be there: Prosody itself goes on without a module that cannot be loaded.
module:hook_global("server-started", function ()
	for _, name in ipairs { "blocks", "presence", "reach", "contacts" } do
		if not prosody.hosts[module.host].modules["trunkline_" .. name] then
			module:log("error", "mod_trunkline_%s could not be loaded, so Prosody ends: see the lines above", name);
			return prosody.shutdown("A module that guards members is missing", 1);
		end
	end
end);

module:hook_global("server-stopping", function ()
	stop();
end);
module:hook_global("server-stopped", flush);
