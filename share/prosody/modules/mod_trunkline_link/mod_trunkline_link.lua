-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What the daemon asks and says over its link beyond XEP-0356: see docs/link.md. Only the component is answered, and only
-- about members of this domain. Everything may be said again after a crash, on either side, and does no harm.

local trunkline = module:depends("trunkline");
local reach = module:depends("trunkline_reach");

local st = require "util.stanza";
local subscriptions = module:require "subscriptions";
local state = module:require "state";
local privilege = module:require "privilege";

local xmlns = "urn:trunkline:link:1";
local most_names = 500; -- in one answer
local component = module:get_option_string("trunkline_component");
if not component then error("trunkline_component must be set", 0); end

-- What went wrong, as it is answered.
local function refusal(kind, condition, text)
	return { kind = kind, condition = condition, text = text };
end
local function bad(text) error(refusal("modify", "bad-request", text), 0); end
local function broken(reason)
	module:log("error", "The daemon's question could not be answered: %s", reason);
	error(refusal("wait", "internal-server-error"), 0);
end

-- The name of a member, as it stands in the question.
local function member_of(question)
	local name = question.attr.name or bad("A name is missing");
	local row, err = trunkline.member(name);
	if row == nil then broken(err); end
	if not row then error(refusal("cancel", "item-not-found", "There is no such member"), 0); end
	return name;
end

local operations = { get = {}, set = {} };

function operations.get.changes(question, answer)
	local after = question.attr.after or "0";
	if not after:match("^%d+$") or #after > 15 then bad("after is no number"); end
	local found, err = trunkline.journal:since(question.attr.epoch or "", math.tointeger(tonumber(after)), most_names);
	if not found then broken(err); end
	answer:tag("changes", {
		xmlns = xmlns, epoch = found.epoch, upto = string.format("%d", found.upto),
		more = found.more and "1" or nil, all = found.all and "1" or nil,
	});
	for _, name in ipairs(found.names) do answer:tag("member", { name = name }):up(); end
end

function operations.get.standing(question, answer)
	local standing, err = state.standing(member_of(question));
	if not standing then broken(err); end
	answer:tag("standing", { xmlns = xmlns });
	for _, one in ipairs(standing.asking) do
		answer:tag("asking", { address = one.address, at = string.format("%d", one.at) }):up();
	end
	for _, address in ipairs(standing.blocked) do answer:tag("blocked", { address = address }):up(); end
end

function operations.get.sight(question, answer)
	local sight = state.sight(member_of(question));
	answer:tag("sight", { xmlns = xmlns, online = string.format("%d", #sight.streams) });
	for _, one in ipairs(sight.streams) do answer:tag("stream", { device = one.device, show = one.show }):up(); end
	for _, address in ipairs(sight.seen_by) do answer:tag("seen-by", { address = address }):up(); end
end

function operations.get.requests(question, answer)
	local requests, err = reach.requests(member_of(question));
	if not requests then broken(err); end
	answer:tag("requests", { xmlns = xmlns });
	for _, one in ipairs(requests) do
		answer:tag("request", {
			from = one.from, first = string.format("%d", one.first), last = string.format("%d", one.last),
			count = string.format("%d", #one.said),
		});
		for _, said in ipairs(one.said) do
			answer:tag("said", { at = string.format("%d", said.at), kind = said.kind, id = said.id, room = said.room })
				:text(said.text):up();
		end
		answer:up();
	end
end

function operations.set.contact(question)
	local name, attr = member_of(question), question.attr;
	local act = subscriptions.acts[attr["do"] or ""] or bad("do must be ask, remove, accept, decline or block");
	local address = subscriptions.address(attr.address, name) or bad("The address is none of a contact");
	local ok, err = act(name, address);
	if not ok then broken(err); end
end

function operations.set.request(question)
	local name, attr = member_of(question), question.attr;
	local act = ({ accept = reach.accept, refuse = reach.refuse })[attr["do"] or ""] or bad("do must be accept or refuse");
	local from = subscriptions.address(attr.from, name) or bad("The address is none of a sender");
	local ok, err = act(name, from);
	if not ok then broken(err); end
end

module:hook("iq/host", function (event)
	local origin, stanza = event.origin, event.stanza;
	local question, kind = stanza.tags[1], stanza.attr.type;
	if not question or question.attr.xmlns ~= xmlns or kind ~= "get" and kind ~= "set" then return; end
	if origin.type ~= "component" or stanza.attr.from ~= component then
		origin.send(st.error_reply(stanza, "auth", "forbidden"));
		return true;
	end
	local answer = st.reply(stanza);
	local operation = operations[kind][question.name];
	local ok, err = xpcall(operation or bad, function (problem)
		return type(problem) == "table" and problem or { trace = debug.traceback(tostring(problem), 2) };
	end, operation and question or "This is not understood", answer);
	if ok then
		answer:reset();
	else
		if err.trace then module:log("error", "A question of the daemon's failed: %s", err.trace); end
		answer = st.error_reply(stanza, err.kind or "wait", err.condition or "internal-server-error", err.text);
	end
	origin.send(answer);
	return true;
end, 100);

privilege.narrow(component);

-------- hints: look at this name again --------

local delay, interval = 0.1, 1; -- seconds: until what was announced has been done; between two hints about one name
local hinting = {};

local function hint(name)
	local link = prosody.hosts[component];
	if not (link and link.modules.component and link.modules.component.connected) then return; end
	module:send(st.message({ from = module.host, to = component }):tag("changed", { xmlns = xmlns, name = name }));
end

module:hook("trunkline-touched", function (event)
	local name = event.name;
	if hinting[name] ~= nil then
		hinting[name] = true;
		return;
	end
	hinting[name] = true;
	module:add_timer(delay, function ()
		if not hinting[name] then
			hinting[name] = nil;
			return;
		end
		hinting[name] = false; -- said, and nothing new since
		hint(name);
		return interval;
	end);
end);
