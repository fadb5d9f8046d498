#include "app/problems.hpp"

#include <algorithm>

#include "base/nearest.hpp"

namespace jackfield::app {

bool Problems::has_errors() const {
  return std::any_of(all_.begin(), all_.end(), [](const Problem& problem) { return !problem.warning; });
}

std::string Problems::text() const {
  auto sorted = all_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.place < b.place; });
  // An alias is read once for every use of it, and so are its problems.
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::string out;
  for (const auto& [place, warning, message] : sorted) {
    out += file_;
    if (place.line > 0) out += ':' + std::to_string(place.line) + ':' + std::to_string(place.column);
    out += warning ? ": warning: " : ": error: ";
    out += message + '\n';
  }
  return out;
}

std::string suggestion(std::string_view written, const std::vector<std::string>& candidates) {
  const std::string near = nearest(written, candidates);
  return near.empty() ? near : " (did you mean \"" + near + "\"?)";
}

std::string one_of(const std::vector<std::string>& choices) {
  std::string out;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) out += i + 1 == choices.size() ? " or " : ", ";
    out += choices[i];
  }
  return out;
}

}  // namespace jackfield::app
