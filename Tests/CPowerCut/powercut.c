// SPDX-License-Identifier: AGPL-3.0-or-later

#include "powercut.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  sqlite3_file base;
  const char *path;   // SQLite keeps it alive until the file is closed; NULL for temporary files
  int syncs_folder;   // the system's VFS syncs the folder with this file's next sync
  sqlite3 *database;  // the connection, if this is its database's file
  sqlite3_file *real; // lies right behind this struct
} shim_file;

static sqlite3_vfs shim;
static sqlite3_vfs *real_vfs;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  char *root, *folder, *where;
  int pages, fault, recording;
  powercut_entry *entries;
  int64_t count, room;
} state;

// MARK: the log

static int below(const char *path, const char *folder) {
  return path && folder && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_below_root(const char *path) {
  pthread_mutex_lock(&lock);
  int result = below(path, state.root);
  pthread_mutex_unlock(&lock);
  return result;
}

static int has_fault(const char *path, int fault) {
  pthread_mutex_lock(&lock);
  int result = state.recording && state.fault == fault && below(path, state.folder) && strstr(path, state.where);
  pthread_mutex_unlock(&lock);
  return result;
}

static void note(int kind, const char *path, int folder, int64_t offset, int64_t size, const void *data) {
  pthread_mutex_lock(&lock);
  if (state.recording && below(path, state.folder)) {
    if (state.count == state.room) {
      state.room = state.room ? state.room * 2 : 1024;
      state.entries = realloc(state.entries, (size_t)state.room * sizeof *state.entries);
      if (!state.entries) abort();
    }
    unsigned char *copy = NULL;
    if (data && size > 0) {
      copy = malloc((size_t)size);
      if (!copy) abort();
      memcpy(copy, data, (size_t)size);
    }
    powercut_entry entry = {kind, folder, offset, size, strdup(path), copy};
    state.entries[state.count++] = entry;
  }
  pthread_mutex_unlock(&lock);
}

// MARK: files

#define REAL(file) (((shim_file *)(file))->real)
#define PATH(file) (((shim_file *)(file))->path)

static int shim_close(sqlite3_file *file) { return REAL(file)->pMethods->xClose(REAL(file)); }

static int shim_read(sqlite3_file *file, void *data, int size, sqlite3_int64 offset) {
  return REAL(file)->pMethods->xRead(REAL(file), data, size, offset);
}

static int shim_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 offset) {
  int result = REAL(file)->pMethods->xWrite(REAL(file), data, size, offset);
  if (result == SQLITE_OK) note(POWERCUT_WRITE, PATH(file), 0, offset, size, data);
  return result;
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size) {
  int result = REAL(file)->pMethods->xTruncate(REAL(file), size);
  if (result == SQLITE_OK) note(POWERCUT_CUT, PATH(file), 0, 0, size, NULL);
  return result;
}

static int shim_sync(sqlite3_file *file, int flags) {
  shim_file *self = (shim_file *)file;
  int result = is_below_root(self->path) ? SQLITE_OK : self->real->pMethods->xSync(self->real, flags);
  if (result != SQLITE_OK || has_fault(self->path, POWERCUT_FORGETFUL)) return result;
  note(POWERCUT_SYNC, self->path, self->syncs_folder, 0, 0, NULL);
  self->syncs_folder = 0;
  return result;
}

static int shim_file_size(sqlite3_file *file, sqlite3_int64 *size) {
  return REAL(file)->pMethods->xFileSize(REAL(file), size);
}

static int shim_lock(sqlite3_file *file, int level) { return REAL(file)->pMethods->xLock(REAL(file), level); }

static int shim_unlock(sqlite3_file *file, int level) { return REAL(file)->pMethods->xUnlock(REAL(file), level); }

static int shim_check_reserved_lock(sqlite3_file *file, int *result) {
  return REAL(file)->pMethods->xCheckReservedLock(REAL(file), result);
}

static int shim_file_control(sqlite3_file *file, int operation, void *argument) {
  shim_file *self = (shim_file *)file;
  if (operation == SQLITE_FCNTL_PDB) self->database = *(sqlite3 **)argument;
  if (operation == SQLITE_FCNTL_PRAGMA) {
    // Whoever opens a database with a WAL sets it by a pragma; earlier, SQLite would set its own number over this.
    int pages = is_below_root(self->path) ? state.pages : 0;
    if (self->database && pages > 0) sqlite3_wal_autocheckpoint(self->database, pages);
    char **words = argument;
    int wants_full =
        words[2] && sqlite3_stricmp(words[1], "synchronous") == 0 && sqlite3_stricmp(words[2], "FULL") == 0;
    if (wants_full && has_fault(self->path, POWERCUT_NORMAL)) return SQLITE_OK;  // “done”
  }
  return REAL(file)->pMethods->xFileControl(REAL(file), operation, argument);
}

static int shim_sector_size(sqlite3_file *file) { return REAL(file)->pMethods->xSectorSize(REAL(file)); }

static int shim_characteristics(sqlite3_file *file) {
  return REAL(file)->pMethods->xDeviceCharacteristics(REAL(file));
}

// The shared memory of a WAL is memory: no disk has to keep it.
static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out) {
  return REAL(file)->pMethods->xShmMap(REAL(file), page, size, extend, out);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
  return REAL(file)->pMethods->xShmLock(REAL(file), offset, n, flags);
}

static void shim_shm_barrier(sqlite3_file *file) { REAL(file)->pMethods->xShmBarrier(REAL(file)); }

static int shim_shm_unmap(sqlite3_file *file, int delete) {
  return REAL(file)->pMethods->xShmUnmap(REAL(file), delete);
}

// Version 2: without xFetch SQLite never maps a file, and every change passes xWrite.
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_file_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_check_reserved_lock,
    .xFileControl = shim_file_control,
    .xSectorSize = shim_sector_size,
    .xDeviceCharacteristics = shim_characteristics,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

// MARK: the VFS

static int shim_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags) {
  (void)vfs;
  shim_file *self = (shim_file *)file;
  self->base.pMethods = NULL;
  self->path = path;
  self->database = NULL;
  self->real = (sqlite3_file *)&self[1];
  // As the system's VFS does it: whoever may have made a journal or a WAL syncs the folder with its first sync.
  self->syncs_folder = (flags & SQLITE_OPEN_CREATE) && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0;
  int result = real_vfs->xOpen(real_vfs, path, self->real, flags, out_flags);
  if (self->real->pMethods) self->base.pMethods = &methods;
  if (result == SQLITE_OK && (flags & SQLITE_OPEN_CREATE)) note(POWERCUT_OPEN, path, 0, 0, 0, NULL);
  return result;
}

static int shim_delete(sqlite3_vfs *vfs, const char *path, int sync_folder) {
  (void)vfs;
  int skip = sync_folder && is_below_root(path);
  int result = real_vfs->xDelete(real_vfs, path, skip ? 0 : sync_folder);
  if (result == SQLITE_OK) {
    note(POWERCUT_DELETE, path, sync_folder && !has_fault(path, POWERCUT_FORGETFUL), 0, 0, NULL);
  }
  return result;
}

int powercut_install(void) {
  pthread_mutex_lock(&lock);
  int result = SQLITE_OK;
  if (!real_vfs) {
    sqlite3_vfs *found = sqlite3_vfs_find(NULL);
    shim = *found;
    shim.zName = "powercut";
    shim.pNext = NULL;
    shim.szOsFile = (int)sizeof(shim_file) + found->szOsFile;
    shim.xOpen = shim_open;
    shim.xDelete = shim_delete;
    real_vfs = found;
    result = sqlite3_vfs_register(&shim, 1);
  }
  pthread_mutex_unlock(&lock);
  return result;
}

void powercut_root(const char *folder, int pages) {
  pthread_mutex_lock(&lock);
  free(state.root);
  state.root = strdup(folder);
  state.pages = pages;
  pthread_mutex_unlock(&lock);
}

void powercut_record(const char *folder, int fault, const char *where) {
  pthread_mutex_lock(&lock);
  for (int64_t index = 0; index < state.count; index++) {
    free((void *)state.entries[index].path);
    free((void *)state.entries[index].data);
  }
  free(state.folder);
  free(state.where);
  state.count = 0;
  state.folder = strdup(folder);
  state.where = strdup(where);
  state.fault = fault;
  state.recording = 1;
  pthread_mutex_unlock(&lock);
}

void powercut_stop(void) {
  pthread_mutex_lock(&lock);
  state.recording = 0;
  pthread_mutex_unlock(&lock);
}

int64_t powercut_count(void) {
  pthread_mutex_lock(&lock);
  int64_t count = state.count;
  pthread_mutex_unlock(&lock);
  return count;
}

int powercut_entry_at(int64_t index, powercut_entry *entry) {
  pthread_mutex_lock(&lock);
  int found = index >= 0 && index < state.count;
  if (found) *entry = state.entries[index];
  pthread_mutex_unlock(&lock);
  return found;
}
