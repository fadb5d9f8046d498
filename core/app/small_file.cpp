#include "app/small_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace jackfield::app {

Result<std::string> read_small_file(const std::string& path, std::size_t most_bytes) {
  const auto why = [&](const char* what) {
    return fail(Errc::not_found, "the file " + path + " cannot be " + what + ": " + std::strerror(errno));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
  if (!file) return why("opened");
  std::string bytes(most_bytes + 1, '\0');
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
  if (std::ferror(file.get()) != 0) return why("read");
  if (bytes.size() > most_bytes) {
    return fail(Errc::too_large, "the file " + path + " has more than " + std::to_string(most_bytes / 1024) + " KiB");
  }
  return bytes;
}

}  // namespace jackfield::app
