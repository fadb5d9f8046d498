#include "check/footprint.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstring>
#include <filesystem>

namespace jackfield::check {
namespace fs = std::filesystem;
namespace {

std::map<int, std::string> descriptors() {
  std::map<int, std::string> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd", error)) {
    const auto target = fs::read_symlink(entry.path(), error).string();
    if (!error && target.find("/proc/") != 0) out[std::stoi(entry.path().filename().string())] = target;
  }
  return out;
}

std::vector<std::string> environment() {
  std::vector<std::string> out;
  for (char** item = environ; item != nullptr && *item != nullptr; ++item) out.emplace_back(*item);
  std::sort(out.begin(), out.end());
  return out;
}

std::array<void*, 32> handlers() {
  std::array<void*, 32> out{};
  for (int number = 1; number < 32; ++number) {
    struct sigaction now {};
    if (::sigaction(number, nullptr, &now) == 0)
      out[static_cast<std::size_t>(number)] = reinterpret_cast<void*>(now.sa_handler);
  }
  return out;
}

mode_t mask() {
  const mode_t now = ::umask(0);
  ::umask(now);
  return now;
}

}  // namespace

std::size_t thread_count() {
  std::error_code error;
  std::size_t count = 0;
  for (auto it = fs::directory_iterator("/proc/self/task", error); it != fs::directory_iterator(); ++it) ++count;
  return count;
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) != -1; }

Footprint take_footprint() {
  std::error_code error;
  return {
      descriptors(), thread_count(), fs::current_path(error).string(), std::setlocale(LC_ALL, nullptr), environment(),
      mask(),        handlers()};
}

std::vector<std::string> trespasses(const Footprint& before, const Footprint& after) {
  std::vector<std::string> out;
  for (const auto& [number, target] : before.descriptors) {
    const auto now = after.descriptors.find(number);
    if (now == after.descriptors.end() || now->second != target)
      out.push_back("closes descriptor " + std::to_string(number) + ", which is not its own");
  }
  if (before.directory != after.directory) out.push_back("changes the working directory");
  if (before.environment != after.environment) out.push_back("changes the environment");
  if (before.locale != after.locale) out.push_back("changes the locale");
  if (before.mask != after.mask) out.push_back("changes the umask");
  for (std::size_t number = 1; number < before.handlers.size(); ++number)
    if (before.handlers[number] != after.handlers[number])
      out.push_back(std::string("changes how SIG") + ::sigabbrev_np(static_cast<int>(number)) + " is handled");
  return out;
}

}  // namespace jackfield::check
