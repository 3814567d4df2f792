-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Channel bindings (RFC 5929, RFC 9266) of a client's stream: only where this process itself ends TLS.
-- Returns a table from the binding's name to a function that gives its data.

return function (session)
	local bindings = {};
	if not (session and session.encrypted and session.conn) or session.websocket_request then return bindings; end
	local socket = session.conn:socket();
	local info = socket.info and socket:info();
	if type(info) ~= "table" then return bindings; end
	if info.protocol == "TLSv1.3" then
		if socket.exportkeyingmaterial then
			bindings["tls-exporter"] = function ()
				return socket:exportkeyingmaterial("EXPORTER-Channel-Binding", 32, "");
			end;
		end
	elseif socket.getpeerfinished and socket:getpeerfinished() then
		-- Undefined in TLS 1.3, and the client's Finished is the first one unless a TLS 1.2 session was resumed,
		-- which Prosody's servers do not do.
		bindings["tls-unique"] = function () return socket:getpeerfinished(); end;
	end
	return bindings;
end
