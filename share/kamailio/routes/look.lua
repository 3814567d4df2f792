-- SPDX-License-Identifier: AGPL-3.0-or-later
-- Whether anybody has written to the projection, without asking SQLite, for which that is a question like any other (PRAGMA data_version).
--
-- The index of the projection's write-ahead log begins with a header of 48 bytes (https://www.sqlite.org/walformat.html, section 2.1), among
-- them how many commits there have been, the checksum of the last frame and the salts of the log. A second copy of it follows. A commit
-- writes that copy and then, as its last step, these bytes: while they are the same, no commit has come to its end. Whoever reads them half
-- written finds that they are others, and others again at the next look. The file is opened once in each process and never closed: a close
-- would take away the locks that SQLite holds there in this process (fcntl(2)).
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
