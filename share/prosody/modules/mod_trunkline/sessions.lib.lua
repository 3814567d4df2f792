-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Which stream belongs to which device, and how a stream ends. Survives a reload of the module.

local c2s_sessions = module:shared("/*/c2s/sessions");
local live = module:shared("live"); -- session -> { device, expires, name }

local sessions = {};
local by_name = {};

local function index(session, entry)
	by_name[entry.name] = by_name[entry.name] or {};
	by_name[entry.name][session] = entry;
end
for session, entry in pairs(live) do index(session, entry); end

function sessions.add(session, entry)
	live[session] = entry;
	index(session, entry);
end

function sessions.entry(session) return live[session]; end

function sessions.remove(session)
	local entry = live[session];
	if not entry then return nil; end
	live[session] = nil;
	local siblings = by_name[entry.name];
	siblings[session] = nil;
	if not next(siblings) then by_name[entry.name] = nil; end
	return entry;
end

-- XEP-0198: the old stream goes on over the new connection, and belongs from now on to the device that signed in on it.
function sessions.resume(new, old)
	local entry, former = sessions.remove(new), sessions.remove(old);
	if entry then sessions.add(old, entry); end
	return entry, former;
end

-- Ends a stream with a reason: the connection closes at once, and the stream cannot be resumed.
function sessions.close(session, text)
	local entry = sessions.remove(session);
	session.log("info", "Closing the stream of device %s: %s", entry and entry.device, text);
	local ok, err = pcall(session.close, session, { condition = "not-authorized", text = text });
	if not ok then session.log("error", "The stream could not be closed: %s", err); end
	return entry;
end

-- All streams of a name, as a list that may be closed while it is walked.
function sessions.of(name)
	local list = {};
	for session in pairs(by_name[name] or {}) do list[#list + 1] = session; end
	return list;
end

function sessions.names()
	local list = {};
	for name in pairs(by_name) do list[#list + 1] = name; end
	return list;
end

-- Streams whose device expired; forgets connections that were lost before they were bound.
function sessions.expired(at)
	local list = {};
	for session, entry in pairs(live) do
		if session.destroyed or not session.full_jid and c2s_sessions[session.conn or false] ~= session then
			sessions.remove(session);
		elseif entry.expires ~= 0 and entry.expires <= at then
			list[#list + 1] = session;
		end
	end
	return list;
end

-- How many connected streams each device has, and totals.
function sessions.census()
	local online, totals = {}, { sessions = 0, hibernating = 0, devices = 0 };
	local devices = {};
	for session, entry in pairs(live) do
		if session.full_jid then
			totals.sessions = totals.sessions + 1;
			if not devices[entry.device] then devices[entry.device], totals.devices = true, totals.devices + 1; end
			if session.hibernating then
				totals.hibernating = totals.hibernating + 1;
			else
				online[entry.device] = (online[entry.device] or 0) + 1;
			end
		end
	end
	return online, totals;
end

return sessions;
