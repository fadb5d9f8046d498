// Media files by content: media/ab/abcdef… (SHA-256). The same bytes are kept once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace jackfield::store {

// [any thread]
class MediaStore {
 public:
  static Result<std::unique_ptr<MediaStore>> open(std::string folder);
  ~MediaStore();

  // Writes the bytes under a temporary name and renames; not yet synced. Returns the SHA-256 in hex.
  Result<std::string> put(std::string_view bytes);
  // File and folder on disk for sure, or an Error. Cheap when it was done before.
  Result<void> sync(const std::vector<std::string>& sha256);
  bool has(std::string_view sha256) const;
  Result<std::string> read(std::string_view sha256, std::uint64_t offset, std::uint64_t most) const;
  Result<std::int64_t> size(std::string_view sha256) const;
  std::string path(std::string_view sha256) const;
  void remove(std::string_view sha256);

 private:
  explicit MediaStore(std::string folder);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::store
