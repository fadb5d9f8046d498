#include "numbers.hpp"

#include <gtest/gtest.h>

namespace jackfield::sms {
namespace {

std::string read(std::string_view text, const std::string& region = "") { return Numbers(region).read(text).text; }
NumberKind kind(std::string_view text, const std::string& region = "") { return Numbers(region).read(text).kind; }

TEST(Numbers, WithTheirCountryAreBroughtToE164) {
  for (const auto* written : {"+33612345678", "+33 6 12 34 56 78", "+33 (0)6 12 34 56 78", "+33.6.12.34.56.78"})
    EXPECT_EQ(read(written), "+33612345678") << written;
  EXPECT_EQ(kind("+33612345678"), NumberKind::international);
}

TEST(Numbers, WithoutTheirCountryTakeTheRegions) {
  EXPECT_EQ(read("06 12 34 56 78", "FR"), "+33612345678");
  EXPECT_EQ(read("0033612345678", "FR"), "+33612345678");
  EXPECT_EQ(read("07400 123456", "GB"), "+447400123456");
  EXPECT_EQ(read("(415) 555-2671", "US"), "+14155552671");
}

TEST(Numbers, WithoutTheirCountryAndWithoutARegionStayAsTheyAre) {
  EXPECT_EQ(read("0612345678"), "0612345678");
  EXPECT_NE(kind("0612345678"), NumberKind::international) << "it may be anybody's";
}

TEST(Numbers, LoseNothingWhenOnlyThePlusIsMissing) {
  EXPECT_EQ(read("33612345678"), "+33612345678");
  EXPECT_EQ(read("447400123456", "FR"), "+447400123456");
  EXPECT_EQ(read("0033612345678"), "+33612345678");
}

TEST(Numbers, ThatTheLibraryDoesNotKnowAreTakenAsWritten) {
  EXPECT_EQ(read("+15005550006"), "+15005550006");
  EXPECT_EQ(kind("+15005550006"), NumberKind::international);
  EXPECT_EQ(read("+883510001234567"), "+883510001234567");
}

TEST(Numbers, ShortCodesStayAsTheyAre) {
  for (const auto* code : {"12345", "38200", "611", "888888"}) {
    EXPECT_EQ(read(code, "FR"), code);
    EXPECT_EQ(kind(code, "FR"), NumberKind::short_code);
  }
}

TEST(Numbers, NamesOfSendersStayAsTheyAre) {
  for (const auto* name : {"Acme", "Info-24", "LA POSTE", "Société", "7Eleven"}) {
    EXPECT_EQ(read(name, "FR"), name);
    EXPECT_EQ(kind(name, "FR"), NumberKind::name);
  }
}

TEST(Numbers, WhatIsNoNumberIsStillAnAddress) {
  EXPECT_EQ(read(""), "unknown");
  EXPECT_EQ(read("  "), "unknown");
  EXPECT_EQ(read("a\r\nb"), "ab");
  EXPECT_EQ(read(std::string(300, 'x')).size(), 64u);
  EXPECT_EQ(read("a\xff"), "a\uFFFD") << "an address is UTF-8";
  EXPECT_EQ(read(std::string(63, 'x') + "é"), std::string(63, 'x')) << "no character is cut in two";
  EXPECT_EQ(kind("+123"), NumberKind::short_code);
  EXPECT_EQ(kind("*100#"), NumberKind::name);
}

TEST(Numbers, KnowsRegions) {
  EXPECT_TRUE(is_region("FR"));
  EXPECT_FALSE(is_region("XX"));
}

TEST(Numbers, RememberFewOfMany) {
  Numbers numbers;
  for (int i = 0; i < 10000; ++i) numbers.read("+3361234" + std::to_string(1000 + i % 9000));
  EXPECT_EQ(numbers.read("+33612345678").text, "+33612345678");
}

}  // namespace
}  // namespace jackfield::sms
