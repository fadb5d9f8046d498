// A score from 1 to 5 as people write it: "5", "4/5", "★★★★", "five", "4 out of 5 - thanks", or what the scale calls
// it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::flow {

inline constexpr int kBestScore = 5;

struct Score {
  int value = 0;
  bool words = false;  // it says more than that
};

// By language: what 1 to 5 are called.
using Scale = std::map<std::string, std::vector<std::string>>;

// What begins with a score. `surely` it is an answer to the question: then words may follow as they like; else only
// after a line break or a mark of punctuation, since "5 parcels are missing" is no score. [any thread]
std::optional<Score> read_score(std::string_view text, const Scale& scale, bool surely);

}  // namespace jackfield::flow
