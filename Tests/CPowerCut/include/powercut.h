// SPDX-License-Identifier: AGPL-3.0-or-later
// An SQLite VFS that writes down what databases do to their files, so that a test can ask what a disk might hold
// after a power cut. Everything is passed on to the system's own VFS.

#ifndef POWERCUT_H
#define POWERCUT_H

#include <stdint.h>

enum {
  POWERCUT_OPEN = 0,    // of a file that may be made by this
  POWERCUT_WRITE = 1,   // `size` bytes at `offset`
  POWERCUT_CUT = 2,     // the file is now `size` bytes long
  POWERCUT_SYNC = 3,    // what was written to the file before is on the disk
  POWERCUT_DELETE = 4,  // the file's name is gone
};

typedef struct {
  int kind;
  // For sync and delete: the names in the file's folder are on the disk too.
  int folder;
  int64_t offset;
  int64_t size;
  const char *path;
  const unsigned char *data;
} powercut_entry;

// How the disk, or the program, fails to do what it should; to see that a test notices.
enum {
  POWERCUT_HONEST = 0,
  POWERCUT_NORMAL = 1,     // “PRAGMA synchronous = FULL” is swallowed: connections stay at NORMAL
  POWERCUT_FORGETFUL = 2,  // syncs do nothing
};

// Makes this the VFS of all databases that are opened from now on. Returns SQLite's result.
int powercut_install(void);

// Nothing below this folder is really synced, which makes tests fast. Databases opened there fold their WAL back
// after `pages` pages, so that this happens often.
void powercut_root(const char *folder, int pages);

// Begins to write down what happens to files below this folder, forgetting what was written down before.
// The fault hits files whose path contains `where`.
void powercut_record(const char *folder, int fault, const char *where);

// Ends it; what was written down stays until the next begin.
void powercut_stop(void);

int64_t powercut_count(void);

// The entry's pointers hold until the next begin. Returns 0 if there is no such entry.
int powercut_entry_at(int64_t index, powercut_entry *entry);

#endif
