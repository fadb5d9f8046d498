// Media files by content: media/ab/abcdef… (SHA-256). The same bytes are kept once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace jackfield::store {

// [any thread]
class MediaStore {
 public:
  static Result<std::unique_ptr<MediaStore>> open(std::string folder);
  ~MediaStore();

  // Writes the bytes under a temporary name and renames; not yet synced. Returns the SHA-256 in hex. The file is held,
  // so that remove() leaves it, until settled() says that a row names it; for an hour at most.
  Result<std::string> put(std::string_view bytes);
  void settled(const std::vector<std::string>& sha256);  // one put() of each
  // File and folder on disk for sure, or an Error. Cheap when it was done before.
  Result<void> sync(const std::vector<std::string>& sha256);
  bool has(std::string_view sha256) const;
  Result<std::string> read(std::string_view sha256, std::uint64_t offset, std::uint64_t most) const;
  Result<std::int64_t> size(std::string_view sha256) const;
  std::string path(std::string_view sha256) const;
  bool remove(std::string_view sha256);  // false: not now, it is held
  // Those of one of the 256 subfolders that were written before that time.
  std::vector<std::string> older_than(Time time, std::uint8_t subfolder) const;

 private:
  explicit MediaStore(std::string folder);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::store
