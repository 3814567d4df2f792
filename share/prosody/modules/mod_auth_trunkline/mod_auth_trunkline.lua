-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Authentication provider: several passwords behind one name, one for each device. The projection is asked at every step
-- of every login; no verifier is kept between two logins.

local trunkline = module:depends("trunkline");
local now = require "util.time".now;
local mechanisms = module:require "mechanisms";
local decoy = module:require "decoy";
local throttle = module:require "throttle";
local bindings_of = module:require "binding";

local judge = {};

local function unreadable(reason)
	module:log("error", "The projection cannot be read, so nobody can log in: %s", reason);
	return nil;
end

-- The salt and iterations of a name; of an unknown name, made-up ones. Nothing if the projection cannot be read.
function judge.parameters(name, family)
	local made_up = decoy(family, name);
	local parameters, err = trunkline.parameters(name, family);
	if parameters == nil then return unreadable(err); end
	return parameters or made_up;
end

-- The text of the name's live devices, empty for an unknown name; its row, and the purges against it. Nothing at all if the
-- projection cannot be read: then nobody gets in.
function judge.devices(name)
	local row, purges = trunkline.member(name);
	if row == nil then return unreadable(purges); end
	if not row then return ""; end
	return row.devices, row, purges;
end

-- Says why a login with this device fails, or lets it through by returning nothing. Whoever proved the right password may
-- be told more than a guesser.
function judge.verdict(handler, device, row, purges)
	if device == nil then
		unreadable("the devices of a member are damaged");
		return "temporary-auth-failure";
	end
	if not device then return "not-authorized"; end
	handler.device = device.id;
	if device.expires ~= 0 and device.expires <= os.time() then
		return "credentials-expired", "This password has expired";
	end
	if purges and trunkline.awaits_purge(purges) then return "temporary-auth-failure"; end
	handler.device_expires = device.expires;
end

local handler = {};
handler.__index = handler;

local function new_handler(session, bindings)
	return setmetatable({ session = session, bindings = bindings }, handler);
end

-- What is offered depends on two things only: whether the stream is encrypted, and whether it can be bound to its channel.
local offers = {};
for _, secure in ipairs { true, false } do
	offers[secure] = {};
	for _, bindable in ipairs { true, false } do
		local names = {};
		for name in pairs(mechanisms) do
			if (secure or name ~= "PLAIN") and (bindable or not name:find("-PLUS", 1, true)) then names[name] = true; end
		end
		offers[secure][bindable] = names;
	end
end

function handler:mechanisms()
	return offers[self.session ~= nil and self.session.secure == true][next(self.bindings) ~= nil];
end

function handler:select(name)
	if self.selected or not self:mechanisms()[name] then return nil; end
	self.selected = name;
	return true;
end

function handler:process(message)
	local started, ip = now(), self.session and self.session.ip;
	throttle.admit(ip);
	local status, data, text = mechanisms[self.selected](self, message, judge);
	if status == "success" then
		throttle.succeed(ip, self.username);
	elseif data == "not-authorized" or data == "credentials-expired" then
		throttle.refuse(ip, self.username, started);
	end
	return status, data, text;
end

function handler:clean_clone()
	return new_handler(self.session, self.bindings);
end

local provider = { name = "trunkline" };

function provider.get_sasl_handler(session)
	return new_handler(session, bindings_of(session));
end

function provider.user_exists(name)
	local row, err = trunkline.member(name);
	if row == nil then return nil, err; end
	return row ~= false or trunkline.is_being_purged(name);
end

function provider.users()
	local names, i = trunkline.names() or {}, 0;
	return function () i = i + 1; return names[i]; end
end

local function elsewhere() return nil, "Accounts and passwords are managed by Trunkline"; end
provider.get_password, provider.test_password = elsewhere, elsewhere; -- would make sessions that belong to no device
provider.set_password, provider.create_user, provider.delete_user = elsewhere, elsewhere, elsewhere;

module:hook("authentication-success", function (event)
	local session, used = event.session, event.session.sasl_handler;
	if not (used and used.device) then return; end
	trunkline.signed_in(session, used.device, used.device_expires);
	session.log("info", "Signed in by %s with device %s", used.selected, used.device);
end);

module:hook("authentication-failure", function (event)
	local used = event.session.sasl_handler;
	event.session.log("info", "Sign-in refused: %s%s", event.condition,
		used and used.device and " (device " .. used.device .. ")" or "");
end);

-- XEP-0440: tells clients which channel bindings work.
module:hook("stream-features", function (event)
	local used = event.origin.sasl_handler;
	if event.origin.username or not (used and used.bindings and next(used.bindings)) then return; end
	event.features:tag("sasl-channel-binding", { xmlns = "urn:xmpp:sasl-cb:0" });
	for name in pairs(used.bindings) do event.features:tag("channel-binding", { type = name }):up(); end
	event.features:up();
end, -1);

module:provides("auth", provider);
