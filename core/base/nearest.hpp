// What somebody meant who mistyped a name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jackfield {

// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

// How many edits a mistyped word may have: a third of its letters, one in a short word, none in one or two letters,
// which would become any other.
std::size_t tolerated_edits(std::string_view word);

// The nearest of the candidates (a range of texts), the first of several; empty when none is near.
template <class Candidates>
std::string nearest(std::string_view word, const Candidates& candidates) {
  std::string best;
  if (word.size() > 100) return best;
  std::size_t least = tolerated_edits(word) + 1;
  for (const auto& candidate : candidates)
    if (const auto distance = edit_distance(word, candidate); distance < least) least = distance, best = candidate;
  return best;
}

}  // namespace jackfield
