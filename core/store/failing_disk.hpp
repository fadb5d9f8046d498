// A disk that fails on purpose: an SQLite VFS over the default one whose n-th write, sync or truncation fails, or which
// is full until told otherwise. For tests.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <string>

namespace jackfield::store {

class FailingDisk {
 public:
  // Name of the VFS; one for the process, registered at the first use.
  static const char* name() {
    static const bool registered = [] {
      static sqlite3_vfs vfs = *sqlite3_vfs_find(nullptr);
      vfs.zName = "failing";
      vfs.szOsFile += static_cast<int>(sizeof(File));
      vfs.xOpen = &open;
      return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
    }();
    return registered ? "failing" : "";
  }

  // The n-th step from now fails, once. 0: none.
  static void fail_step(int n) {
    steps() = 0;
    failing_step() = n;
  }
  // From the n-th step from now on all fail, as of a machine that is no more, until heal().
  static void fail_from(int n) {
    steps() = 0;
    failing_from() = n;
  }
  static void heal() { failing_from() = 0; }
  static void fail_always(bool on) { always() = on; }
  static void fill(bool on) { full() = on; }
  static int steps_done() { return steps(); }
  static bool failed() { return failing_step() != 0 && steps() >= failing_step(); }

 private:
  struct File {
    sqlite3_file base;
    sqlite3_io_methods methods;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  static std::atomic<int>& steps() {
    static std::atomic<int> n{0};
    return n;
  }
  static std::atomic<int>& failing_step() {
    static std::atomic<int> n{0};
    return n;
  }
  static std::atomic<int>& failing_from() {
    static std::atomic<int> n{0};
    return n;
  }
  static std::atomic<bool>& always() {
    static std::atomic<bool> on{false};
    return on;
  }
  static std::atomic<bool>& full() {
    static std::atomic<bool> on{false};
    return on;
  }
  static bool fails() {
    const int step = ++steps(), from = failing_from();
    return step == failing_step() || (from != 0 && step >= from) || always();
  }
  static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

  static int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out) {
    sqlite3_vfs* under = sqlite3_vfs_find(nullptr);
    auto* self = reinterpret_cast<File*>(file);
    self->base.pMethods = nullptr;
    const int code = under->xOpen(under, path, self->real(), flags, out);
    if (code != SQLITE_OK) return code;
    self->methods = methods_over(self->real()->pMethods->iVersion);
    self->base.pMethods = &self->methods;
    return code;
  }

  static int write(sqlite3_file* f, const void* bytes, int n, sqlite3_int64 at) {
    if (full()) return SQLITE_FULL;
    return fails() ? SQLITE_IOERR_WRITE : real(f)->pMethods->xWrite(real(f), bytes, n, at);
  }
  static int sync(sqlite3_file* f, int flags) {
    return fails() ? SQLITE_IOERR_FSYNC : real(f)->pMethods->xSync(real(f), flags);
  }
  static int truncate(sqlite3_file* f, sqlite3_int64 size) {
    return fails() ? SQLITE_IOERR_TRUNCATE : real(f)->pMethods->xTruncate(real(f), size);
  }

  static sqlite3_io_methods methods_over(int version) {
    sqlite3_io_methods m{};
    m.iVersion = version < 2 ? version : 2;  // no memory-mapped reads
    m.xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); };
    m.xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
      return real(f)->pMethods->xRead(real(f), to, n, at);
    };
    m.xWrite = &write;
    m.xTruncate = &truncate;
    m.xSync = &sync;
    m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) { return real(f)->pMethods->xFileSize(real(f), size); };
    m.xLock = [](sqlite3_file* f, int lock) { return real(f)->pMethods->xLock(real(f), lock); };
    m.xUnlock = [](sqlite3_file* f, int lock) { return real(f)->pMethods->xUnlock(real(f), lock); };
    m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
      return real(f)->pMethods->xCheckReservedLock(real(f), out);
    };
    m.xFileControl = [](sqlite3_file* f, int op, void* arg) {
      return real(f)->pMethods->xFileControl(real(f), op, arg);
    };
    m.xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); };
    m.xDeviceCharacteristics = [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); };
    m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
    };
    m.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
      return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
    };
    m.xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); };
    m.xShmUnmap = [](sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); };
    return m;
  }
};

}  // namespace jackfield::store
