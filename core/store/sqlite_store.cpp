#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "store/sqlite_backend.hpp"
#include "store/sqlite_checkpoint.hpp"
#include "store/sqlite_reader.hpp"
#include "store/sqlite_schema.hpp"
#include "store/store.hpp"

namespace jackfield::store {
namespace {

namespace fs = std::filesystem;

// Holds FILE.lock for this process, so that two of us never share a file. The kernel lets go of it when we die.
class FileLock {
 public:
  explicit FileLock(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640)) {
    if (fd_ < 0) throw Failure(fail(Errc::denied, std::string("cannot create ") + path + ": " + std::strerror(errno)));
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
    ::close(fd_);
    throw Failure(fail(Errc::conflict,
                       "another jackfield uses it (it holds " + path + "); stop that one, or set another store.url"));
  }
  ~FileLock() { ::close(fd_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

void check_place(const std::string& path) {
  fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) folder = ".";
  std::error_code ec;
  if (!fs::is_directory(folder, ec))
    throw Failure(fail(Errc::invalid, "there is no folder " + folder.string() + "; make it, or change store.url"));
  if (fs::is_directory(path, ec)) throw Failure(fail(Errc::invalid, "it is a folder; store.url names a file"));
  // SQLite needs the folder too, for the files beside the database.
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw Failure(
        fail(Errc::denied, "the folder " + folder.string() + " cannot be written to; change its owner or rights"));
  if (fs::exists(path, ec) && ::access(path.c_str(), R_OK | W_OK) != 0)
    throw Failure(fail(Errc::denied, "the file cannot be read and written; change its owner or rights"));
}

bool has_bytes(const std::string& path) {
  std::error_code ec;
  const auto size = fs::file_size(path, ec);
  return !ec && size > 0;
}

class SqliteStore final : public Store {
 public:
  SqliteStore(const std::string& path, const StoreOptions& options)
      : path_(path),
        vfs_(options.vfs),
        lock_(path + ".lock"),
        crashed_(has_bytes(path + "-wal")),
        backend_(path, options.vfs),
        checkpointer_(path, options.vfs, options.wal_cap_bytes) {
    backend_.set_checkpointer(checkpointer_);
    if (crashed_) checkpointer_.purge();  // an erasure may have been the last that it did
  }

  Backend& backend() override { return backend_; }

  Result<std::unique_ptr<Reader>> open_reader() override try {
    return std::unique_ptr<Reader>(std::make_unique<SqliteReader>(path_, vfs_));
  } catch (const Failure& failure) {
    return failure.error;
  }

 private:
  const std::string path_, vfs_;
  FileLock lock_;
  const bool crashed_;  // left a log behind
  SqliteBackend backend_;
  Checkpointer checkpointer_;
};

// SQLite's words for what is on disk mean little to an operator.
Error explained(const std::string& path, const Error& error) {
  std::string text = "store " + path + ": " + error.message;
  if (error.code == Errc::corrupt)
    text += "; it is damaged or no SQLite database: restore a backup, or name another file in store.url";
  return fail(error.code, std::move(text));
}

}  // namespace

Result<std::unique_ptr<Store>> open_store(const StoreOptions& options) {
  constexpr std::string_view kScheme = "sqlite:";
  if (!options.url.starts_with(kScheme) || options.url.size() == kScheme.size())
    return fail(Errc::invalid, "store.url: want sqlite:FILE, as in sqlite:jackfield.db");
  const std::string path = options.url.substr(kScheme.size());
  try {
    check_place(path);
    return std::unique_ptr<Store>(std::make_unique<SqliteStore>(path, options));
  } catch (const Failure& failure) {
    return explained(path, failure.error);
  }
}

Trial::~Trial() {
  if (backend) backend->rollback();
  backend.reset();
  reader.reset();
  std::error_code ec;
  if (!folder.empty()) fs::remove_all(folder, ec);
}

Result<Trial> open_trial(const StoreOptions& options) {
  constexpr std::string_view kScheme = "sqlite:";
  if (!options.url.starts_with(kScheme))
    return fail(Errc::invalid, "store.url: want sqlite:FILE, as in sqlite:jackfield.db");
  std::string path = options.url.substr(kScheme.size());
  Trial trial;
  try {
    if (!fs::exists(path)) {
      std::string folder = (fs::temp_directory_path() / "jackfield-trial-XXXXXX").string();
      if (!::mkdtemp(folder.data()))
        return fail(Errc::denied, "cannot make a folder in " + fs::temp_directory_path().string());
      trial.folder = folder;
      path = folder + "/empty.db";
    } else {
      Connection look(path, options.vfs, 2000);
      check_ours(look);
      if (!is_current(look))
        return fail(
            Errc::conflict,
            "store " + path + " is of another version of jackfield; start the daemon of this version on it first");
    }
    trial.backend = std::make_unique<SqliteBackend>(path, options.vfs);
    trial.backend->begin();
    trial.reader = std::make_unique<SqliteReader>(path, options.vfs);
  } catch (const Failure& failure) {
    return explained(path, failure.error);
  }
  return trial;
}

}  // namespace jackfield::store
