#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <vector>

namespace jackfield::log {
namespace {

struct Secrets {
  std::shared_mutex mutex;
  std::vector<std::string> values;
};

Secrets& secrets() {
  static auto* instance = new Secrets;  // outlives every thread that may still log
  return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
    case Level::off: return spdlog::level::off;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static auto* instance = [] {
    auto* made = new spdlog::logger("jackfield", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *instance;
}

// A line stays a line, whatever a customer or a provider wrote into it.
void one_line(std::string& text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
}

}  // namespace

void set_level(Level level) { logger().set_level(to_spdlog(level)); }
bool enabled(Level level) { return logger().should_log(to_spdlog(level)); }

void write(Level level, std::string_view part, std::string_view text) {
  if (!enabled(level)) return;
  std::string line = masked(text);
  one_line(line);
  logger().log(to_spdlog(level), "{}: {}", part, line);
}

void add_secret(std::string_view value) {
  if (value.size() < 6) return;
  std::unique_lock lock(secrets().mutex);
  for (const auto& known : secrets().values)
    if (known == value) return;
  secrets().values.emplace_back(value);
}

std::string masked(std::string_view text) {
  std::string out(text);
  std::shared_lock lock(secrets().mutex);
  for (const auto& secret : secrets().values)
    for (auto at = out.find(secret); at != std::string::npos; at = out.find(secret, at))
      out.replace(at, secret.size(), "***");
  return out;
}

}  // namespace jackfield::log
