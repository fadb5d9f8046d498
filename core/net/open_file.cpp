#include "net/open_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace jackfield::net {

OpenFile::OpenFile(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  struct stat info {};
  if (fd_ < 0 || ::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) return;
  left_ = size_ = static_cast<std::uint64_t>(info.st_size);
  ok_ = true;
}

OpenFile& OpenFile::operator=(OpenFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(ok_, other.ok_);
  std::swap(size_, other.size_);
  std::swap(left_, other.left_);
  return *this;
}

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

bool OpenFile::next(std::string& chunk, std::size_t most) {
  chunk.resize(std::min<std::uint64_t>(left_, most));
  const auto got = ::read(fd_, chunk.data(), chunk.size());
  if (got <= 0) return false;
  chunk.resize(static_cast<std::size_t>(got));
  left_ -= static_cast<std::uint64_t>(got);
  return true;
}

}  // namespace jackfield::net
