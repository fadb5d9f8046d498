#include "store/media_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include "base/crypto.hpp"

namespace jackfield::store {
namespace {

namespace fs = std::filesystem;

using Steady = std::chrono::steady_clock;

constexpr std::size_t kRemembered = 10'000;  // files known to be on disk, so that sync is cheap
constexpr std::chrono::hours kHeld{1};       // no delivery takes longer from its files to its row

// Ids come from outside: only what a SHA-256 in hex looks like may become part of a path.
bool is_digest(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Error disk_error(std::string_view what, const std::string& path) {
  const int code = errno;
  return fail(code == ENOENT ? Errc::not_found : Errc::unavailable,
              "media: " + std::string(what) + " " + path + ": " + std::strerror(code));
}

class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  bool write_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

 private:
  int fd_;
};

Result<void> sync_path(const std::string& path) {
  const File file(path, O_RDONLY);
  if (!file.is_open()) return disk_error("open", path);
  if (::fsync(file.fd()) != 0) return disk_error("sync", path);
  return {};
}

}  // namespace

struct MediaStore::State {
  std::string folder;
  std::atomic<std::uint64_t> temporary{0};
  std::mutex mutex;
  std::unordered_set<std::string> on_disk;

  struct Hold {
    std::size_t puts = 0;
    Steady::time_point last{};
  };
  std::unordered_map<std::string, Hold> held;
  std::size_t look_again_at = 1000;  // so many are held: look which of them are over

  std::string folder_of(std::string_view digest) const { return folder + "/" + std::string(digest.substr(0, 2)); }
  std::string path_of(std::string_view digest) const { return folder_of(digest) + "/" + std::string(digest); }

  bool known(const std::string& digest) {
    std::lock_guard lock(mutex);
    return on_disk.count(digest) != 0;
  }
  void remember(const std::string& digest) {
    std::lock_guard lock(mutex);
    if (on_disk.size() >= kRemembered) on_disk.clear();
    on_disk.insert(digest);
  }
  void hold(const std::string& digest) {
    std::lock_guard lock(mutex);
    const auto now = Steady::now();
    if (held.size() >= look_again_at) {
      std::erase_if(held, [&](const auto& each) { return now - each.second.last > kHeld; });
      look_again_at = std::max<std::size_t>(1000, 2 * held.size());
    }
    Hold& mine = held[digest];
    ++mine.puts;
    mine.last = now;
  }
  void settle(const std::string& digest) {
    std::lock_guard lock(mutex);
    const auto at = held.find(digest);
    if (at != held.end() && --at->second.puts == 0) held.erase(at);
  }
  // With the lock until it is gone: who puts it again afterwards writes it again.
  bool remove(const std::string& digest) {
    std::lock_guard lock(mutex);
    const auto at = held.find(digest);
    if (at != held.end() && Steady::now() - at->second.last <= kHeld) return false;
    on_disk.erase(digest);
    ::unlink(path_of(digest).c_str());
    return true;
  }
};

MediaStore::MediaStore(std::string folder) : state_(std::make_unique<State>()) { state_->folder = std::move(folder); }
MediaStore::~MediaStore() = default;

Result<std::unique_ptr<MediaStore>> MediaStore::open(std::string folder) {
  std::error_code ec;
  fs::create_directories(folder, ec);
  if (ec)
    return fail(Errc::invalid, "cannot make the media folder " + folder + ": " + ec.message() +
                                   "; set store.media to one that can be written");
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return fail(Errc::denied, "cannot write to the media folder " + folder + "; change its owner or set store.media");
  // What a crash left half-written was never named by a row.
  for (const auto& entry : fs::directory_iterator(folder, ec))
    if (entry.path().filename().string().starts_with("tmp-")) fs::remove(entry.path(), ec);
  return std::unique_ptr<MediaStore>(new MediaStore(std::move(folder)));
}

Result<std::string> MediaStore::put(std::string_view bytes) {
  std::string digest = sha256_hex(bytes);
  state_->hold(digest);
  // A power cut may leave a file's name without its bytes: what is not whole is written again.
  if (const auto known = size(digest); known && *known == static_cast<std::int64_t>(bytes.size())) return digest;
  const std::string target = state_->path_of(digest);
  const std::string temporary = state_->folder + "/tmp-" + std::to_string(state_->temporary++);
  if (::mkdir(state_->folder_of(digest).c_str(), 0750) != 0 && errno != EEXIST) {
    const Error error = disk_error("make folder of", target);
    state_->settle(digest);
    return error;
  }
  File file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
  if (file.is_open() && file.write_all(bytes) && ::rename(temporary.c_str(), target.c_str()) == 0) return digest;
  const Error error = disk_error("write", target);
  ::unlink(temporary.c_str());
  state_->settle(digest);
  return error;
}

Result<void> MediaStore::sync(const std::vector<std::string>& sha256) {
  std::unordered_set<std::string> folders;
  for (const std::string& digest : sha256) {
    if (!is_digest(digest)) return fail(Errc::invalid, "media: not a SHA-256: " + digest);
    if (state_->known(digest)) continue;
    if (auto done = sync_path(state_->path_of(digest)); !done) return done.error();
    folders.insert(state_->folder_of(digest));
  }
  if (folders.empty()) return {};
  folders.insert(state_->folder);  // which may have got new folders
  for (const std::string& folder : folders)
    if (auto done = sync_path(folder); !done) return done.error();
  for (const std::string& digest : sha256) state_->remember(digest);
  return {};
}

bool MediaStore::has(std::string_view sha256) const {
  return is_digest(sha256) && ::access(state_->path_of(sha256).c_str(), R_OK) == 0;
}

Result<std::string> MediaStore::read(std::string_view sha256, std::uint64_t offset, std::uint64_t most) const {
  const auto bytes = size(sha256);
  if (!bytes) return bytes.error();
  const auto total = static_cast<std::uint64_t>(*bytes);
  const std::string from = state_->path_of(sha256);
  const File file(from, O_RDONLY);
  if (!file.is_open()) return disk_error("open", from);
  std::string out(offset < total ? std::min(most, total - offset) : 0, '\0');
  for (std::size_t at = 0; at < out.size();) {
    const ssize_t n = ::pread(file.fd(), out.data() + at, out.size() - at, static_cast<off_t>(offset + at));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return disk_error("read", from);
    at += static_cast<std::size_t>(n);
  }
  return out;
}

Result<std::int64_t> MediaStore::size(std::string_view sha256) const {
  if (!is_digest(sha256)) return fail(Errc::invalid, "media: not a SHA-256");
  struct stat found {};
  const std::string at = state_->path_of(sha256);
  if (::stat(at.c_str(), &found) != 0) return disk_error("find", at);
  return static_cast<std::int64_t>(found.st_size);
}

std::string MediaStore::path(std::string_view sha256) const {
  return is_digest(sha256) ? state_->path_of(sha256) : std::string();
}

void MediaStore::settled(const std::vector<std::string>& sha256) {
  for (const auto& digest : sha256) state_->settle(digest);
}

bool MediaStore::remove(std::string_view sha256) { return !is_digest(sha256) || state_->remove(std::string(sha256)); }

std::vector<std::string> MediaStore::older_than(Time time, std::uint8_t subfolder) const {
  static constexpr char kHex[] = "0123456789abcdef";
  std::vector<std::string> out;
  std::error_code ec;
  for (const auto& entry :
       fs::directory_iterator(state_->folder + "/" + kHex[subfolder >> 4] + kHex[subfolder & 15], ec)) {
    struct stat found {};
    const auto name = entry.path().filename().string();
    if (!is_digest(name) || ::stat(entry.path().c_str(), &found) != 0) continue;
    if (found.st_mtime < to_ms(time) / 1000) out.push_back(name);
  }
  return out;
}

}  // namespace jackfield::store
