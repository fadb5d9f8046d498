#include "health.hpp"

namespace jackfield::email {

void Health::starting(const std::string& part) { parts_[part] = {}; }
void Health::well(const std::string& part) { set(part, State::well, {}); }
void Health::ill(const std::string& part, std::string_view why) { set(part, State::ill, why); }

void Health::set(const std::string& part, State state, std::string_view why) {
  const auto [at, fresh] = parts_.try_emplace(part);
  if (!fresh && at->second.state == state && at->second.why == why) return;
  at->second = {state, std::string(why)};
  tell();
}

void Health::tell() {
  std::string problems;
  bool starting = false;
  for (const auto& [name, part] : parts_) {
    starting = starting || part.state == State::starting;
    if (part.state == State::ill) problems += (problems.empty() ? "" : "; ") + name + ": " + part.why;
  }
  if (!problems.empty()) return host_.set_state(sdk::State::degraded, problems);
  if (!starting) host_.set_state(sdk::State::ready);
}

}  // namespace jackfield::email
