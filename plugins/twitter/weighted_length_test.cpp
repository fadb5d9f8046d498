#include "weighted_length.hpp"

#include <chrono>

#include "testdata.hpp"

namespace jackfield::twitter {
namespace {

// testdata/weighted_length.tsv is what npm's twitter-text 3.1.0 answers: what its documentation tells, and 4000 made
// of pieces that are awkward beside each other (generate_text_rules.mjs).
TEST(WeightedLength, IsThatOfTwitterTextForEveryVector) {
  std::ifstream in(std::string(TWITTER_TESTDATA) + "/weighted_length.tsv");
  std::size_t count = 0, wrong = 0;
  for (std::string line; std::getline(in, line); ++count) {
    const auto tab = line.find('\t');
    const auto text = std::string(json::parse(line.substr(tab + 1)).as_string());
    if (weighted_length(text) == std::stoul(line)) continue;
    if (++wrong <= 20) ADD_FAILURE() << line << "\n" << text << " is " << weighted_length(text);
  }
  EXPECT_GT(count, 3000u);
  EXPECT_EQ(wrong, 0u);
}

// X counts by today's Unicode; twitter-text 3.1.0 ends with that of 2018.
TEST(WeightedLength, OfAnEmojiYoungerThanTwitterTextIsTwoAsWell) {
  EXPECT_EQ(weighted_length("🧑‍💻"), 2u);          // technologist, 2019
  EXPECT_EQ(weighted_length("🫱🏼‍🫲🏿"), 2u);  // handshake of two tones, 2021
  EXPECT_EQ(weighted_length("🫠"), 2u);
}

TEST(WeightedLength, OfNothingIsNone) { EXPECT_EQ(weighted_length(""), 0u); }

TEST(WeightedLength, OfWhatIsNoUtf8IsStillANumber) { EXPECT_GT(weighted_length("a\xff\xfe z"), 0u); }

TEST(WeightedLength, OfATextMadeToTakeForeverComesWithinASecond) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "a.(";
  for (int i = 0; i < 3000; ++i) text += "http://a.com/((((((((((";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_GT(weighted_length(text), 280u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(WeightedLength, GrowsByTheWeightOfWhatIsAppendedAfterASpace) {
  for (const std::string start : {"hello", "漢字", "👋", "see example.com", "http://example.com/x"})
    for (const auto& [end, weight] :
         {std::pair<std::string, std::size_t>{"a", 1}, {"漢", 2}, {"👍🏽", 2}, {"https://example.com/long", 23}})
      EXPECT_EQ(weighted_length(start + " " + end), weighted_length(start) + 1 + weight) << start << " " << end;
}

}  // namespace
}  // namespace jackfield::twitter
