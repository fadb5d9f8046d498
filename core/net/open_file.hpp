// A file that is read from its start to its end in pieces. One thread's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace jackfield::net {

class OpenFile {
 public:
  OpenFile() = default;
  explicit OpenFile(const std::string& path);  // see ok()
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(OpenFile&& other) noexcept;
  ~OpenFile();

  bool ok() const { return ok_; }  // it is there, can be read and is no folder
  std::uint64_t size() const { return size_; }
  std::uint64_t left() const { return left_; }
  bool next(std::string& chunk, std::size_t most);  // false: the file is shorter than it was

 private:
  int fd_ = -1;
  bool ok_ = false;
  std::uint64_t size_ = 0, left_ = 0;
};

}  // namespace jackfield::net
