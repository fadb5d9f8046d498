#include "segments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "gsm_alphabet.hpp"
#include "unicode.hpp"

namespace jackfield::sms {
namespace {

std::string times(std::size_t count, std::string_view text) {
  std::string all;
  while (count-- > 0) all += text;
  return all;
}

std::size_t parts(const std::string& text) { return segment(text).segments.size(); }

std::string joined(const Segmented& segmented) {
  std::string text;
  for (const auto& each : segmented.segments) text += each.text;
  return text;
}

TEST(Segments, HoldWhatCarriersCount) {
  EXPECT_EQ(parts(""), 1u);
  EXPECT_EQ(parts(times(160, "a")), 1u);
  EXPECT_EQ(parts(times(161, "a")), 2u);
  EXPECT_EQ(parts(times(306, "a")), 2u);
  EXPECT_EQ(parts(times(307, "a")), 3u);
  EXPECT_EQ(parts(times(80, "€")), 1u);
  EXPECT_EQ(parts(times(81, "€")), 2u);
  EXPECT_EQ(parts(times(70, "ж")), 1u);
  EXPECT_EQ(parts(times(71, "ж")), 2u);
  EXPECT_EQ(parts(times(134, "ж")), 2u);
  EXPECT_EQ(parts(times(135, "ж")), 3u);
  EXPECT_EQ(parts(times(35, "😀")), 1u);
  EXPECT_EQ(parts(times(36, "😀")), 2u);
}

TEST(Segments, NeverSplitAnEscapeFromItsCode) {
  const auto result = segment(times(152, "a") + "€" + times(10, "a"));
  ASSERT_EQ(result.segments.size(), 2u);
  EXPECT_EQ(result.segments[0].text, times(152, "a"));
  EXPECT_EQ(result.segments[1].text, "€" + times(10, "a"));
}

TEST(Segments, NeverSplitASurrogatePair) {
  const auto result = segment(times(66, "ж") + "😀" + times(10, "ж"));
  ASSERT_EQ(result.segments.size(), 2u);
  EXPECT_EQ(result.segments[0].units, 66u);
  EXPECT_EQ(result.segments[1].text, "😀" + times(10, "ж"));
}

TEST(Segments, TellWhichCharacterLeavesTheGsmAlphabet) {
  EXPECT_EQ(segment("Ça va").encoding, Encoding::gsm7);
  const auto small = segment("ça va");
  EXPECT_EQ(small.encoding, Encoding::ucs2);
  EXPECT_EQ(small.first_outside_gsm, "ç");
  EXPECT_EQ(segment("naïve").first_outside_gsm, "ï");
  EXPECT_EQ(segment("déjà").encoding, Encoding::gsm7);
}

TEST(Segments, HaveLessRoomBesideAWideReference) {
  const SegmentOptions wide{.concatenation = Concatenation::udh16};
  EXPECT_EQ(segment(times(304, "a"), wide).segments.size(), 2u);
  EXPECT_EQ(segment(times(305, "a"), wide).segments.size(), 3u);
  EXPECT_EQ(segment(times(132, "ж"), wide).segments.size(), 2u);
  EXPECT_EQ(segment(times(133, "ж"), wide).segments.size(), 3u);
}

TEST(Transliteration, KeepsATextInTheGsmAlphabet) {
  const auto result = segment("“It’s – well…”\u00A0", {.transliterate = true});
  EXPECT_EQ(result.encoding, Encoding::gsm7);
  EXPECT_TRUE(result.transliterated);
  EXPECT_EQ(joined(result), "\"It's - well...\" ");
}

TEST(Transliteration, LeavesATextAloneThatNeedsUnicodeAnyway) {
  const auto result = segment("“привет”", {.transliterate = true});
  EXPECT_FALSE(result.transliterated);
  EXPECT_EQ(joined(result), "“привет”");
}

TEST(Transliteration, IsOffUnlessAskedFor) { EXPECT_EQ(segment("it’s").encoding, Encoding::ucs2); }

TEST(Preview, SaysEncodingSegmentsAndWhatIsLeft) {
  EXPECT_EQ(preview_members(segment("ça")),
            R"("encoding":"ucs2","segments":1,"units":2,"units_per_segment":70,"units_left":68,"cost_units":1,)"
            R"("transliterated":false,"first_outside_gsm":"ç")");
  EXPECT_THAT(preview_members(segment(times(161, "a"))),
              testing::HasSubstr(R"("segments":2,"units":161,"units_per_segment":153,"units_left":145,)"));
}

std::string random_text(std::mt19937& random, bool gsm) {
  static const std::vector<std::u32string> alphabets = {U"abc @€[]{}|~^\\ÄÖÑΔ\n", U"aж€😀\u00E7\u0301漢\U0001F468"};
  const auto& alphabet = alphabets[gsm ? 0 : 1];
  std::string text;
  for (std::size_t count = random() % 500; count > 0; --count) append_utf8(text, alphabet[random() % alphabet.size()]);
  return text;
}

TEST(Segments, GiveTheTextBackWhateverItIs) {
  std::mt19937 random(5);
  for (int round = 0; round < 2000; ++round) {
    const std::string text = random_text(random, round % 2 == 0);
    const auto concatenation = static_cast<Concatenation>(round % 3);
    const auto result = segment(text, {.concatenation = concatenation});
    ASSERT_EQ(joined(result), text);
    for (const auto& each : result.segments) ASSERT_LE(each.units, result.capacity);
  }
}

TEST(GsmAlphabet, GivesEveryCharacterBack) {
  for (char32_t character = 0; character < 0x30000; ++character) {
    std::string septets, text;
    if (!append_gsm(septets, character)) continue;
    append_utf8(text, character);
    EXPECT_EQ(gsm_to_utf8(septets), text);
    EXPECT_EQ(septets.size(), gsm_width(character));
  }
}

TEST(GsmAlphabet, HasTheTrapsRight) {
  EXPECT_EQ(gsm_to_utf8(std::string("Hi \0 \x1b\x65", 7) + "5"), "Hi @ €5");
  EXPECT_EQ(gsm_to_utf8("\x1b"), " ");
  EXPECT_EQ(gsm_to_utf8("\x1b\x61"), "a");
  EXPECT_EQ(gsm_to_utf8("\x09"), "Ç");
  EXPECT_EQ(gsm_width(U'ç'), 0u);
  EXPECT_EQ(gsm_width(U'`'), 0u);
  EXPECT_EQ(gsm_width(U'é'), 1u);
  EXPECT_EQ(gsm_width(U'\0'), 0u);
}

TEST(Utf16, GivesTheTextBack) {
  std::mt19937 random(6);
  for (int round = 0; round < 500; ++round) {
    const std::string text = random_text(random, false);
    ASSERT_EQ(utf16be_to_utf8(utf8_to_utf16be(text)), text);
  }
}

TEST(Utf16, BearsHalvesOfPairsAndOfUnits) {
  EXPECT_EQ(utf16be_to_utf8(std::string("\xD8\x3D\0a", 4)), "\uFFFDa");
  EXPECT_EQ(utf16be_to_utf8(std::string("\xDE\0\0a\0", 5)), "\uFFFDa\uFFFD");
}

TEST(Utf8, BrokenBytesBecomeOneReplacementEach) {
  EXPECT_EQ(segment("a\xFF\xC3").segments[0].text, "a\uFFFD\uFFFD");
  EXPECT_EQ(segment("\xED\xA0\x80").first_outside_gsm, "\uFFFD");  // a surrogate in UTF-8
}

}  // namespace
}  // namespace jackfield::sms
