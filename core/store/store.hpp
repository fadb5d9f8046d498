// Opening a store: one writer, any number of readers.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "store/backend.hpp"
#include "store/reader.hpp"

namespace jackfield::store {

struct StoreOptions {
  std::string url;                               // "sqlite:jackfield.db"; a relative path is below the working folder
  std::size_t wal_cap_bytes = 64 * 1024 * 1024;  // past it the writer waits for the checkpoint
  std::string vfs;  // name of an SQLite VFS, for tests that make the disk fail; empty: the default
};

class Store {
 public:
  virtual ~Store() = default;  // after the committer and the readers
  virtual Backend& backend() = 0;
  virtual Result<std::unique_ptr<Reader>> open_reader() = 0;
};

// Creates or migrates the schema. Errors say what is wrong with the file and what to do: no such folder,
// locked by another process, corrupt, made by a newer version.
Result<std::unique_ptr<Store>> open_store(const StoreOptions& options);

// A store to look ahead in: what is decided over `backend` is rolled back at the end, whatever it was, and a daemon
// that uses the file goes on beside it (its commits wait for as long as this lives: keep it short). Without the file:
// an empty store.
struct Trial {
  std::unique_ptr<Backend> backend;
  std::unique_ptr<Reader> reader;
  std::string folder;  // of an empty one
  Trial() = default;
  Trial(Trial&&) = default;
  Trial& operator=(Trial&&) = default;
  ~Trial();
};
// Errc::conflict: the file is of an older or newer version; the daemon brings it up to date when it starts.
Result<Trial> open_trial(const StoreOptions& options);

}  // namespace jackfield::store
