-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Whether anybody has written to the projection, without asking SQLite, for which that is a question like any other (PRAGMA data_version).
--
-- The index of the projection's write-ahead log (https://www.sqlite.org/walformat.html, section 2.2) begins with a header of 48 bytes, among
-- them how many commits there have been and the checksum of the last. Writing it is the last step of a commit, and the first thing that any
-- reader looks at: while these bytes are the same, all would read the same. The file is opened once in each process and never closed: a
-- close would take away the locks that SQLite holds there (fcntl(2)).
local index, seen
local looked = 0

-- Leaves in $var(version) a number that is another one than before if anybody has written since this process looked last, or if that
-- cannot be said.
function look()
	if not index then
		index = io.open(KSR.pv.get("$var(index)"), "rb")
		if index then index:setvbuf("no") end
	end
	local now = index and index:seek("set", 0) and index:read(48)
	if not now or #now ~= 48 or now ~= seen then
		seen = now
		looked = looked + 1
		KSR.pv.seti("$var(version)", looked)
	end
end
