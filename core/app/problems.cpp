#include "app/problems.hpp"

#include <algorithm>
#include <numeric>

namespace jackfield::app {
namespace {

// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = above;
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace

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
  if (written.size() > 100) return {};
  const std::string* nearest = nullptr;
  // A third of the letters may differ, so that short words are not turned into any other.
  std::size_t least = written.size() / 3 + 1;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(written, candidate);
    if (distance >= std::min(least + 1, candidate.size())) continue;
    if (nearest != nullptr && distance >= least) continue;
    nearest = &candidate;
    least = distance;
  }
  return nearest == nullptr ? std::string{} : " (did you mean \"" + *nearest + "\"?)";
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
