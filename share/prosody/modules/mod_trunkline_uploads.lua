-- SPDX-License-Identifier: AGPL-3.0-or-later
-- How much one member may have stored at the uploads' host, all files together. (mod_http_file_share itself counts a day.)
-- What is older than the retention goes by itself and makes room.

local jid = require "util.jid";
local st = require "util.stanza";
local cache = require "util.cache";
local lfs = require "lfs";
local getpath = require "core.storagemanager".olddm.getpath;

local quota = module:get_option_number("trunkline_upload_quota"); -- bytes
local members = module:get_option_set("http_file_share_access", {});
if not quota then error("trunkline_upload_quota must be set", 0); end

local least = 4096;    -- bytes that a file counts for at least, so that small ones are bounded in number
local claim = 900;     -- seconds that a slot counts for before anything is put into it
local recount_after = 10; -- seconds

local uploads = module:open_store("uploads", "archive");
local counted = cache.new(1024); -- uploader -> { total, at }; never less than what is stored

local function weight(size) return math.max(size, least); end

-- What is stored of an uploader, or nil and the reason.
local function count(uploader)
	local now, total = os.time(), 0;
	local slots, err = uploads:find(nil, { with = uploader });
	if not slots then return nil, err; end
	for slot, request, when in slots do
		if now - when < claim or lfs.attributes(getpath(slot, module.host, "http_file_share", "bin"), "mode") then
			total = total + weight(tonumber(request.attr.size) or 0);
		end
	end
	return { total = total, at = now };
end

local function room_for(uploader, size)
	local entry = counted:get(uploader);
	if not entry or entry.total + size > quota and os.time() - entry.at >= recount_after then
		local err;
		entry, err = count(uploader);
		if not entry then return nil, err; end
		counted:set(uploader, entry);
	end
	if entry.total + size > quota then return false; end
	entry.total = entry.total + size;
	return true;
end

module:hook("iq-get/host/urn:xmpp:http:upload:0:request", function (event)
	local origin, stanza = event.origin, event.stanza;
	local uploader = jid.bare(stanza.attr.from);
	local size = tonumber(stanza.tags[1].attr.size);
	-- Whoever may not upload, and sizes that make no sense, get mod_http_file_share's own answer.
	if not members:contains(jid.host(uploader)) or not size or size < 0 then return; end
	local fits, err = room_for(uploader, weight(size));
	if fits then return; end
	if err then
		module:log("error", "What %s has stored cannot be counted: %s", uploader, err);
		origin.send(st.error_reply(stanza, "wait", "internal-server-error"));
	else
		origin.send(st.error_reply(stanza, "wait", "resource-constraint", "You have stored as many files as you may"));
	end
	return true;
end, 100);

-- A member's files were removed.
function forget(uploader) counted:set(uploader, nil); end
