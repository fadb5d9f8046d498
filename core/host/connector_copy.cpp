#include "host/connector_copy.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/crypto.hpp"
#include "base/log.hpp"

namespace jackfield::host {
namespace {

namespace fs = std::filesystem;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

bool write_file(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  return out.good() && ::chmod(path.c_str(), S_IRUSR | S_IXUSR) == 0;
}

Error cannot(const std::string& what) { return fail(Errc::unavailable, what + ": " + std::strerror(errno)); }

}  // namespace

std::string digest_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return "";
  Sha256Stream digest;
  char buffer[65536];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0)
    digest.add({buffer, static_cast<std::size_t>(in.gcount())});
  return in.bad() ? "" : digest.hex();
}

Result<std::string> copy_connector(const PluginFile& plugin, const std::string& folder) {
  const auto path = (fs::path(folder) / (plugin.manifest.id + "-" + plugin.sha256 + ".so")).string();
  if (digest_of_file(path) == plugin.sha256) return path;
  const auto bytes = read_file(plugin.path);
  if (sha256_hex(bytes) != plugin.sha256) return fail(Errc::conflict, "changed while it was looked at");
  if (bytes.find("$ORIGIN") != std::string::npos) return plugin.path;
  std::error_code error;
  fs::create_directories(folder, error);
  const auto fresh = path + ".new";
  fs::remove(fresh, error);
  if (!write_file(fresh, bytes)) return cannot("cannot be copied to " + folder);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return cannot("cannot be copied to " + path);
  return path;
}

void remove_other_copies(const std::string& folder, const std::set<std::string>& keep) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (!keep.contains(entry.path().string())) fs::remove(entry.path(), error);
}

}  // namespace jackfield::host
