// A score in any text. What is sure takes at least what is not, and no more than five.
#include <cstdint>
#include <cstdlib>

#include "flow/score.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield::flow;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Scale scale{{"", {"Awful", "Bad", "Fair", "Good", "Great"}}};
  const auto bare = read_score(text, scale, false), sure = read_score(text, scale, true);
  if (bare && (!sure || sure->value != bare->value)) std::abort();
  if (sure && (sure->value < 1 || sure->value > kBestScore)) std::abort();
  return 0;
}
