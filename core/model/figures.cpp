#include "model/figures.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace jackfield {
namespace {

// Where a number is stored: counts from 0 on, then 32 places for each spread.
constexpr int kSpreads = 64, kPlaces = 32, kStepsFrom = 2;

template <class F>
auto spread_of(F& figures, int index) -> decltype(&figures.measures[0].wall) {
  auto& measured = figures.measures[static_cast<std::size_t>(index / 2)];
  return index % 2 == 0 ? &measured.wall : &measured.open;
}

// Null: no number of ours.
template <class F>
auto at(F& figures, int place) -> decltype(&figures.counts[0]) {
  if (place < 0) return nullptr;
  if (place < kSpreads)
    return place < static_cast<int>(kCounts) ? &figures.counts[static_cast<std::size_t>(place)] : nullptr;
  const int index = (place - kSpreads) / kPlaces, within = (place - kSpreads) % kPlaces;
  if (index >= static_cast<int>(2 * kMeasures)) return nullptr;
  auto* spread = spread_of(figures, index);
  if (within == 0) return &spread->total;
  if (within == 1) return &spread->longest;
  const auto step = static_cast<std::size_t>(within - kStepsFrom);
  return step < spread->steps.size() ? &spread->steps[step] : nullptr;
}

constexpr int kAllPlaces = kSpreads + kPlaces * static_cast<int>(2 * kMeasures);

// Reads a number and the character behind it, which must be one of `ends`, or the end.
bool take(std::string_view& text, std::int64_t& out, char end) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  if (text.empty()) return end == ' ';
  if (text.front() != end) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

void Spread::add(Millis duration) {
  const auto ms = std::max<std::int64_t>(0, duration.count());
  total += ms;
  longest = std::max(longest, ms);
  const auto end = std::lower_bound(kEnds.begin(), kEnds.end(), Millis{ms});
  ++steps[static_cast<std::size_t>(end - kEnds.begin())];
}

void Spread::add(const Spread& other) {
  total += other.total;
  longest = std::max(longest, other.longest);
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i] += other.steps[i];
}

std::int64_t Spread::count() const { return std::accumulate(steps.begin(), steps.end(), std::int64_t{0}); }

Millis Spread::percentile(double part) const {
  const double wanted = part * static_cast<double>(count());
  double below = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto here = static_cast<double>(steps[i]);
    if (here > 0 && below + here >= wanted) {
      const auto from = static_cast<double>(i == 0 ? 0 : kEnds[i - 1].count());
      const auto to = static_cast<double>(i < kEnds.size() ? std::min(kEnds[i].count(), longest) : longest);
      return Millis{static_cast<std::int64_t>(from + std::max(0.0, to - from) * (wanted - below) / here)};
    }
    below += here;
  }
  return Millis{0};
}

void Measured::add(const Measured& other) {
  wall.add(other.wall);
  open.add(other.open);
}

void Figures::add(const Figures& other) {
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
  for (std::size_t i = 0; i < measures.size(); ++i) measures[i].add(other.measures[i]);
}

std::string figures_to_text(const Figures& figures) {
  std::string out;
  for (int place = 0; place < kAllPlaces; ++place) {
    const std::int64_t* number = at(figures, place);
    if (!number || *number == 0) continue;
    if (!out.empty()) out += ' ';
    out += std::to_string(place) + ':' + std::to_string(*number);
  }
  return out;
}

Result<Figures> figures_from_text(std::string_view text) {
  Figures out;
  while (!text.empty()) {
    std::int64_t place = 0, value = 0;
    if (!take(text, place, ':') || !take(text, value, ' ')) return fail(Errc::corrupt, "figures that are none");
    if (place > kAllPlaces) continue;
    if (auto* number = at(out, static_cast<int>(place))) *number = value;
  }
  return out;
}

}  // namespace jackfield
