#include "flow/score.hpp"

#include <gtest/gtest.h>

namespace jackfield::flow {
namespace {

const Scale kNone;

int bare(std::string_view text, const Scale& scale = kNone) {
  const auto score = read_score(text, scale, false);
  return score && !score->words ? score->value : 0;
}

// The score of what says more than that; 0: it is no score, or says no more.
int with_words(std::string_view text, bool surely = false) {
  const auto score = read_score(text, kNone, surely);
  return score && score->words ? score->value : 0;
}

TEST(Score, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(bare("5"), 5);
  EXPECT_EQ(bare(" 4 \n"), 4);
  EXPECT_EQ(bare("4/5"), 4);
  EXPECT_EQ(bare("3 / 5"), 3);
  EXPECT_EQ(bare("2 sur 5."), 2);
  EXPECT_EQ(bare("4 out of 5!"), 4);
  EXPECT_EQ(bare("5 stars"), 5);
  EXPECT_EQ(bare("1 étoile"), 1);
  EXPECT_EQ(bare("★★★★"), 4);
  EXPECT_EQ(bare("★★★☆☆"), 3);
  EXPECT_EQ(bare("⭐⭐⭐⭐⭐"), 5);
  EXPECT_EQ(bare("⭐️⭐️"), 2);
  EXPECT_EQ(bare("5️⃣"), 5);
  EXPECT_EQ(bare("５"), 5);
  EXPECT_EQ(bare("٤"), 4);
}

TEST(Score, IsReadFromWords) {
  EXPECT_EQ(bare("five"), 5);
  EXPECT_EQ(bare("Cinq !"), 5);
  EXPECT_EQ(bare("Fünf."), 5);
  EXPECT_EQ(bare("pięć"), 5);
  EXPECT_EQ(bare("quatre sur cinq"), 4);
  EXPECT_EQ(bare("cuatro estrellas"), 4);
}

TEST(Score, IsReadFromTheNamesOfTheScale) {
  const Scale scale{{"", {"Awful", "Bad", "Fair", "Good", "Very good"}},
                    {"fr", {"Nul", "Mauvais", "Moyen", "Bien", "Très bien"}}};
  EXPECT_EQ(bare("very GOOD", scale), 5);
  EXPECT_EQ(bare("tres bien", scale), 5);
  EXPECT_EQ(bare("Mauvais.", scale), 2);
  EXPECT_EQ(bare("goodness", scale), 0);
}

TEST(Score, MayBeFollowedByMoreAfterABreak) {
  EXPECT_EQ(with_words("5, thank you Ana"), 5);
  EXPECT_EQ(with_words("2\n\nNobody called back"), 2);
  EXPECT_EQ(with_words("1 - never again"), 1);
  EXPECT_EQ(with_words("4/5. Merci"), 4);
  EXPECT_EQ(bare("5 :-)"), 5) << "a face is no words";
}

TEST(Score, IsNotWhatOnlyBeginsWithANumber) {
  for (const auto* text : {"5 parcels are missing",
                           "4.5",
                           "5:30 tomorrow",
                           "10",
                           "10/10",
                           "4/10",
                           "0",
                           "6",
                           "-1",
                           "5%",
                           "room 5",
                           "52",
                           "one more question",
                           "un problème",
                           "★★★★★★",
                           "☆☆☆☆☆",
                           "",
                           "   ",
                           "?",
                           "5e",
                           "n°5",
                           "five parcels are missing",
                           "1er mai"})
    EXPECT_FALSE(read_score(text, kNone, false)) << text;
}

TEST(Score, OfASureAnswerMayRunOn) {
  EXPECT_EQ(with_words("5 because you were quick", true), 5);
  EXPECT_EQ(with_words("4/5 merci beaucoup", true), 4);
  EXPECT_FALSE(read_score("because you were quick: 5", kNone, true));
}

TEST(Score, IsLookedForInHostileTextsWithinBounds) {
  EXPECT_FALSE(read_score(std::string(1 << 20, '5'), kNone, true));
  EXPECT_FALSE(read_score("\xff\xfe\xfd", kNone, true));
  EXPECT_FALSE(read_score(std::string(1 << 20, ' '), kNone, true));
}

}  // namespace
}  // namespace jackfield::flow
