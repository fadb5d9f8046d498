// What the SDK offers for JSON.
#include <gtest/gtest.h>

#include <jackfield/json_read.hpp>
#include <jackfield/json_write.hpp>

namespace jackfield::sdk {
namespace {

namespace json = boost::json;

TEST(JsonWrite, WhatIsQuotedReadsBackAsItWas) {
  const std::string text = std::string("\"\\\b\f\n\r\t\x01\x7f", 9) + '\0' + "é😀/";
  std::string out;
  append_quoted(out, text);
  EXPECT_EQ(json::parse(out).as_string(), text);
}

TEST(JsonWrite, AnEmptyFieldIsLeftOutOnlyWhereThatIsAsked) {
  std::string out;
  append_field(out, "a", "");
  append_field_if(out, "b", "");
  append_field_if(out, "c", "x");
  EXPECT_EQ(out, R"(,"a":"","c":"x")");
}

TEST(JsonWrite, CutsBetweenCharacters) {
  EXPECT_EQ(cut("aé", 3), "aé");
  EXPECT_EQ(cut("aé", 2), "a");
  EXPECT_EQ(cut("😀", 3), "");
}

TEST(JsonWrite, TimesAreUtcWithMilliseconds) {
  std::string out;
  append_time(out, 0);
  append_time(out, 1795255200);
  EXPECT_EQ(out, R"("1970-01-01T00:00:00.000Z""2026-11-21T10:00:00.000Z")");
}

TEST(JsonRead, WhatIsMissingOrOfAnotherTypeIsNotThere) {
  const auto in = parsed_object(R"({"text": "x", "number": 7, "true": true, "list": [1], "null": null})");
  EXPECT_EQ(text_at(in, "text"), "x");
  EXPECT_EQ(text_at(in, "number"), "");
  EXPECT_EQ(number_at(in, "number"), 7);
  EXPECT_EQ(number_at(in, "text", -1), -1);
  EXPECT_TRUE(true_at(in, "true"));
  EXPECT_FALSE(true_at(in, "text"));
  EXPECT_TRUE(array_at(in, "list"));
  EXPECT_FALSE(object_at(in, "null"));
  EXPECT_TRUE(parsed_object("[1]").empty());
}

TEST(JsonRead, HalvesOfSurrogatePairsAreReplacedAndNothingElseIs) {
  EXPECT_EQ(without_lone_surrogates(R"(["\ud83d"])"), R"(["\ufffd"])");
  EXPECT_EQ(without_lone_surrogates(R"(["\uDE00x"])"), R"(["\ufffdx"])");
  EXPECT_EQ(without_lone_surrogates(R"(["\ud83d\ud83d\ude00"])"), R"(["\ufffd\ud83d\ude00"])");
  for (const char* same :
       {R"(["\ud83d\ude00"])", R"(["\\ud83d"])", R"(["\u00e9\n\"\\"])", R"("\u12)", R"(\)", R"(\u-123)"})
    EXPECT_EQ(without_lone_surrogates(same), same);
}

TEST(JsonRead, ABodyWithHalfAPairIsReadAndOtherFaultsKeepTheirReason) {
  boost::system::error_code error;
  EXPECT_EQ(parse_provider_json(R"({"text": "cut \ud83d"})", error).at("text"), "cut \xEF\xBF\xBD");
  EXPECT_FALSE(error);
  parse_provider_json(R"({"text": "cut \ud83d)", error);
  EXPECT_TRUE(error);
}

TEST(JsonRead, Utf8IsToldFromOtherBytes) {
  EXPECT_TRUE(is_utf8("é \"q\" \n"));
  EXPECT_FALSE(is_utf8("\xff"));
}

}  // namespace
}  // namespace jackfield::sdk
