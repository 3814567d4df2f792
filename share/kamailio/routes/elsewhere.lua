-- SPDX-License-Identifier: AGPL-3.0-or-later
-- What elsewhere.cfg cannot judge by itself: addresses, certificates, routes and SDPs of other domains.

-- Tables of bits: {first bytes, how many bits}. As Sources/Discovery has them (IANA's registries of special-purpose addresses, RFC 6890).
local closed4 = {
	{{0}, 8}, {{10}, 8}, {{100, 64}, 10}, {{127}, 8}, {{169, 254}, 16}, {{172, 16}, 12}, {{192, 0, 0}, 24}, {{192, 0, 2}, 24},
	{{192, 88, 99}, 24}, {{192, 168}, 16}, {{198, 18}, 15}, {{198, 51, 100}, 24}, {{203, 0, 113}, 24}, {{224}, 4}, {{240}, 4},
}
local closed6 = {{{0x20, 0x01, 0, 0}, 23}, {{0x20, 0x01, 0x0d, 0xb8}, 32}, {{0x20, 0x02}, 16}, {{0x3f, 0xff, 0}, 20}}

local function has(bytes, prefix, length)
	local i = 1
	while length > 0 do
		local bits = math.min(length, 8)
		local unit = 2 ^ (8 - bits)
		if math.floor(bytes[i] / unit) ~= math.floor((prefix[i] or 0) / unit) then return false end
		length = length - bits
		i = i + 1
	end
	return true
end

local function four(text)
	local bytes = {text:match("^(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)%.(%d%d?%d?)$")}
	if #bytes ~= 4 then return nil end
	for i = 1, 4 do
		if #bytes[i] > 1 and bytes[i]:sub(1, 1) == "0" or tonumber(bytes[i]) > 255 then return nil end
		bytes[i] = tonumber(bytes[i])
	end
	return bytes
end

local function groups(text)
	local bytes = {}
	if text == "" then return bytes end
	for group in (text .. ":"):gmatch("([^:]*):") do
		if not group:match("^%x%x?%x?%x?$") then return nil end
		local number = tonumber(group, 16)
		bytes[#bytes + 1] = math.floor(number / 256)
		bytes[#bytes + 1] = number % 256
	end
	return bytes
end

-- RFC 4291, section 2.2; no zones.
local function six(text)
	local last = text:match(":(%d+%.%d+%.%d+%.%d+)$")
	if last then
		local bytes = four(last)
		if not bytes then return nil end
		text = text:sub(1, -#last - 1) .. string.format("%02x%02x:%02x%02x", bytes[1], bytes[2], bytes[3], bytes[4])
	end
	local front, back = text, nil
	local at = text:find("::", 1, true)
	if at then front, back = text:sub(1, at - 1), text:sub(at + 2) end
	local bytes = groups(front)
	local rest = back and groups(back)
	if not bytes or back and not rest then return nil end
	if not back then return #bytes == 16 and bytes or nil end
	if #bytes + #rest > 14 then return nil end
	for _ = 1, 16 - #bytes - #rest do bytes[#bytes + 1] = 0 end
	for _, byte in ipairs(rest) do bytes[#bytes + 1] = byte end
	return bytes
end

local function address(text) return four(text) or six(text) end

-- The well-known prefix of NAT64 (RFC 6052): on a network without IPv4 this is how it is reached.
local nat64 = {0, 0x64, 0xff, 0x9b}

local function everywhere(bytes)
	if #bytes == 4 then
		for _, closed in ipairs(closed4) do if has(bytes, closed[1], closed[2]) then return false end end
		return true
	end
	if has(bytes, nat64, 96) then return everywhere({bytes[13], bytes[14], bytes[15], bytes[16]}) end
	if not has(bytes, {0x20}, 3) then return false end
	for _, closed in ipairs(closed6) do if has(bytes, closed[1], closed[2]) then return false end end
	return true
end

local function listed(list, bytes)
	for one in list:gmatch("%S+") do
		local other = address(one)
		if other and table.concat(other, ".") == table.concat(bytes, ".") then return true end
	end
	return false
end

-- May we be led to this address? Exceptions are for trials.
local function open(text)
	local bytes = address(text)
	if not bytes then return false end
	local exceptions = KSR.pv.get("$var(exceptions)")
	if exceptions == "*" or listed(exceptions, bytes) then return true end
	local own = KSR.pv.get("$var(ownAddresses)")
	if #bytes == 16 and has(bytes, nat64, 96) and listed(own, {bytes[13], bytes[14], bytes[15], bytes[16]}) then return false end
	return everywhere(bytes) and not listed(own, bytes)
end

-- $var(address) => $var(open): may we connect to it, and can we?
function address_open()
	local text = KSR.pv.gete("$var(address)")
	local family = text:find(":", 1, true) and "6" or "4"
	KSR.pv.seti("$var(open)", KSR.pv.gete("$var(families)"):find(family, 1, true) and open(text) and 1 or 0)
end

local letters = {}
for i, letter in ipairs({("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"):byte(1, 64)}) do letters[letter] = i - 1 end

local function decoded(text)
	local bytes, value, bits = {}, 0, 0
	for i = 1, #text do
		local letter = letters[text:byte(i)]
		if letter then
			value, bits = value * 64 + letter, bits + 6
			if bits >= 8 then
				bits = bits - 8
				bytes[#bytes + 1] = string.char(math.floor(value / 2 ^ bits))
				value = value % 2 ^ bits
			end
		end
	end
	return table.concat(bytes)
end

-- The element of DER at a place: its tag, where its content begins and ends (ITU-T X.690, section 8.1).
local function element(der, at, limit)
	local tag, length = der:byte(at, at + 1)
	if not length or at + 1 > limit then return nil end
	local first = at + 2
	if length >= 128 then
		local size = length - 128
		if size < 1 or size > 3 then return nil end
		length = 0
		for i = first, first + size - 1 do length = length * 256 + (der:byte(i) or 0) end
		first = first + size
	end
	if first + length - 1 > limit then return nil end
	return tag, first, first + length - 1
end

local function find(der, first, last, wanted)
	while first <= last do
		local tag, from, to = element(der, first, last)
		if not tag then return nil end
		if wanted(tag, from, to) then return from, to end
		first = to + 1
	end
end

local function is(number) return function(tag) return tag == number end end

-- Is a certificate one of the domain's? By its subjectAltName alone, and to the letter: a wildcard is no SIP domain (RFC 5922, section 7.2).
local function names(der, domain)
	local from, to = find(der, 1, #der, is(0x30))                                    -- Certificate
	if from then from, to = find(der, from, to, is(0x30)) end                        -- TBSCertificate
	if from then from, to = find(der, from, to, is(0xA3)) end                        -- extensions (RFC 5280, section 4.1)
	if from then from, to = find(der, from, to, is(0x30)) end
	if not from then return false end
	local inner = "\6\3\85\29\17"                                                    -- id-ce-subjectAltName
	from, to = find(der, from, to, function(tag, a) return tag == 0x30 and der:sub(a, a + 4) == inner end)
	if from then from, to = find(der, from, to, is(0x04)) end
	if from then from, to = find(der, from, to, is(0x30)) end
	if not from then return false end
	return find(der, from, to, function(tag, a, b)
		local name = der:sub(a, b):lower()
		return tag == 0x82 and name == domain or tag == 0x86 and name == "sip:" .. domain
	end) ~= nil
end

local lastPEM, lastDomain, lastAnswer

-- Was what is read now sent by $var(domain)? => $var(certified). OpenSSL has judged the chain; the name it has not.
function certified()
	local pem, domain = KSR.pv.gete("$tls_peer_raw_cert"), KSR.pv.gete("$var(domain)")
	if pem ~= lastPEM or domain ~= lastDomain then
		local body = pem:match("BEGIN CERTIFICATE%-+(.-)%-+END CERTIFICATE")
		lastPEM, lastDomain = pem, domain
		lastAnswer = body ~= nil and domain ~= "" and names(decoded(body), domain)
	end
	KSR.pv.seti("$var(certified)", lastAnswer and tostring(KSR.pv.get("$tls_peer_verified")) == "1" and 1 or 0)
end

-- What is about to leave ($snd(buf)) => $var(transaction), by which tm will know the answer: the middle of our Via's branch, which stands in front; and
-- $var(leavesAs), its Call-ID. "" if there is none.
function transaction()
	local head = KSR.pv.gete("$snd(buf)"):match("^(.-\r\n)\r\n") or ""
	KSR.pv.sets("$var(transaction)", head:match("\r\nVia: [^\r\n;]*;branch=z9hG4bK%x+%.(%x+)%.%x+[;\r]") or "")
	KSR.pv.sets("$var(leavesAs)", head:match("\r\nCall%-ID: (%S+)\r\n") or "")
end

-- The Record-Routes $var(recorded) of an answer => $var(ours), those with $var(word) in them, in their order, and $var(theirs), the others in the
-- order in which a request goes through them; "-" if there are none, or more than anybody has.
function routes()
	local ours, theirs = {}, {}
	for route in (KSR.pv.gete("$var(recorded)") .. ","):gmatch("%s*([^<,]*<[^>]*>[^,]*),") do
		if route:find(";w=" .. KSR.pv.gete("$var(word)"), 1, true) then ours[#ours + 1] = route else table.insert(theirs, 1, route) end
	end
	local way = table.concat(theirs, ", ")
	if way == "" or #theirs > 8 or #way > 1500 or way:find("[%c|]") then way = "-" end
	KSR.pv.sets("$var(ours)", table.concat(ours, ", "))
	KSR.pv.sets("$var(theirs)", way)
end

-- The SDP of another domain => $var(direct): 1 if all addresses that it names may be sent to. What would have rtpengine try others (candidates of
-- ICE, which we do not offer there) is taken out: then $var(stripped) is 1, and $var(sdp) is what is left.
function sdp()
	local body = KSR.pv.gete("$rb")
	local kept, direct, stripped = {}, 1, 0
	for line in body:gmatch("[^\r\n]*[\r\n]*") do
		local word = line:lower()
		local keep = true
		if word:match("^c=") then
			if not open((word:match("^c=in ip[46] ([^%s/]+)") or "")) then direct = 0 end
		elseif word:match("^a=rtcp:") then
			-- What we read otherwise than rtpengine would lead it where it likes: nothing else than what RFC 3605 has is kept.
			keep = word:match("^a=rtcp:%d+[\r\n]*$") ~= nil or open(word:match("^a=rtcp:%d+ in ip[46] (%S+)[\r\n]*$") or "")
		elseif word:match("^a=candidate") or word:match("^a=remote%-candidates") or word:match("^a=ice%-") or word:match("^a=end%-of%-candidates") then
			keep = false
		end
		if keep then kept[#kept + 1] = line else stripped = 1 end
	end
	KSR.pv.seti("$var(direct)", direct)
	KSR.pv.seti("$var(stripped)", stripped)
	if stripped == 1 then KSR.pv.sets("$var(sdp)", table.concat(kept)) end
end
