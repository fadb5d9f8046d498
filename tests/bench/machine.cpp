#include "machine.hpp"

#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "table.hpp"

namespace jackfield::bench {
namespace {

// The first "key : value" line of a file of /proc.
std::string value_of(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const auto at = line.find_first_not_of(" \t:", key.size());
    return at == std::string::npos ? "" : line.substr(at);
  }
  return "unknown";
}

// "ext4 on /dev/vda": of the mount that is deepest above the folder.
std::string file_system(const std::string& folder) {
  const std::string path = std::filesystem::canonical(folder).string() + '/';
  std::ifstream mounts("/proc/mounts");
  std::string device, where, type, rest, found, deepest;
  while (mounts >> device >> where >> type && std::getline(mounts, rest)) {
    const std::string prefix = where == "/" ? where : where + '/';
    if (!path.starts_with(prefix) || prefix.size() < deepest.size()) continue;
    deepest = prefix;
    found = type + " on " + device;
  }
  return found;
}

double durable_write_ms(const std::string& folder) {
  const std::string file = folder + "/durable-write";
  const int fd = open(file.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
  const std::vector<char> page(4096, 'x');
  std::vector<double> took;
  for (int i = 0; i < 200 && fd >= 0; ++i) {
    const auto start = std::chrono::steady_clock::now();
    if (write(fd, page.data(), page.size()) < 0 || fdatasync(fd) != 0) break;
    took.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  close(fd);
  unlink(file.c_str());
  return took.empty() ? 0 : median(took);
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d", std::gmtime(&now));
  return text;
}

}  // namespace

double load_average() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : 0;
}

std::string machine(const std::string& folder) {
  utsname kernel{};
  uname(&kernel);
  const double memory = std::strtod(value_of("/proc/meminfo", "MemTotal").c_str(), nullptr) / 1048576;
  return std::to_string(std::thread::hardware_concurrency()) + " cores (" + value_of("/proc/cpuinfo", "model name") +
         "), " + decimal(memory, 0) + " GiB, " + kernel.sysname + ' ' + kernel.release + ", " + file_system(folder) +
         " (a durable write of 4 KiB takes " + decimal(durable_write_ms(folder), 2) + " ms), load before it " +
         decimal(load_average(), 1) + ", " + today();
}

}  // namespace jackfield::bench
