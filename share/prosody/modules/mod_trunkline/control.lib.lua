-- SPDX-License-Identifier: AGPL-3.0-or-later
-- The control socket: a line in, a line out. It carries no content, only "look again" and counts, so it needs no secret;
-- who may connect is decided by the modes of its folder and itself.

local unix = require "socket.unix";
local server = require "net.server";
local pposix = require "util.pposix";

local longest = 256; -- bytes that may wait to be read
if type(unix) ~= "table" then unix = { stream = unix }; end

local function listener(commands)
	local buffers = {};
	local listeners = {};
	function listeners.onconnect(conn) buffers[conn] = ""; end
	function listeners.ondisconnect(conn) buffers[conn] = nil; end
	listeners.ondetach = listeners.ondisconnect;
	function listeners.onincoming(conn, data)
		local buffer = (buffers[conn] or "") .. data;
		if #buffer > longest then return conn:close(); end
		for line in buffer:gmatch("([^\n]*)\n") do
			local command = commands[line];
			conn:write((command and command() or "unknown") .. "\n");
		end
		buffers[conn] = buffer:match("[^\n]*$");
	end
	return listeners;
end

-- Listens at `path`; commands maps a line to a function that returns the answer's line. Returns a function that stops it.
return function (path, commands)
	os.remove(path); -- left behind by a process that was killed
	local socket = unix.stream();
	socket:settimeout(0);
	local old = pposix.umask("007");
	local ok, err = socket:bind(path);
	pposix.umask(old);
	if ok then ok, err = socket:listen(16); end
	if not ok then
		error(("cannot listen at %s (%s): give Prosody's user write access to its folder"):format(path, err), 0);
	end
	local listening = server.wrapserver(socket, path, 0, listener(commands), { read_size = "*a" });
	return function ()
		listening:close();
		os.remove(path);
	end
end
