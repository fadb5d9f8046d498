#include "smpp_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "smpp_status.hpp"

namespace jackfield::sms::smpp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> problems_of(std::string_view json) {
  std::vector<std::string> pointers;
  read_smpp_settings(json, [&](std::string_view pointer, std::string_view) { pointers.emplace_back(pointer); });
  return pointers;
}

TEST(SmppSettings, HaveTheSafeDefaults) {
  const auto settings = read_smpp_settings(R"({"host":"h","system_id":"s"})", [](auto, auto) { FAIL(); });
  EXPECT_TRUE(settings.tls);
  EXPECT_TRUE(settings.tls_verify);
  EXPECT_EQ(settings.port, 2775);
  EXPECT_EQ(settings.window, 10u);
  EXPECT_EQ(settings.registered_delivery, 1);
  EXPECT_EQ(settings.receipt_ids, ReceiptIds::automatic);
  EXPECT_EQ(settings.source, Address{});
}

TEST(SmppSettings, ReadWhatIsWritten) {
  const auto settings = read_smpp_settings(
      R"({"host":"h","system_id":"s","tls":false,"bind":"transmitter_receiver","source":{"address":"+4477009","npi":8},
          "window":50,"enquire_link":"1m","dlr":"all","charset":"latin1","long_messages":"sar",
          "receipt_ids":"resp_hex_receipt_dec"})",
      [](auto, auto) { FAIL(); });
  EXPECT_FALSE(settings.tls);
  EXPECT_FALSE(settings.transceiver);
  EXPECT_EQ(settings.source, (Address{1, 8, "4477009"}));
  EXPECT_EQ(settings.enquire_link_ms, 60'000);
  EXPECT_EQ(settings.registered_delivery, 0x11);
  EXPECT_EQ(settings.charset, DefaultAlphabet::latin1);
  EXPECT_EQ(settings.long_messages, LongMessages::sar);
  EXPECT_EQ(settings.receipt_ids, ReceiptIds::response_hex_receipt_decimal);
}

TEST(SmppSettings, TellWhereTheyAreWrong) {
  EXPECT_THAT(problems_of(R"({"host":"h","system_id":"s"})"), IsEmpty());
  EXPECT_THAT(problems_of("[]"), ElementsAre(""));
  EXPECT_THAT(problems_of(R"({"system_id":"s"})"), ElementsAre("/host"));
  EXPECT_THAT(problems_of(R"({"host":"h","system_id":"sixteen-letters!"})"), ElementsAre("/system_id"));
  EXPECT_THAT(problems_of(R"({"host":"h","enquire_link":"0s"})"), ElementsAre("/enquire_link"));
  EXPECT_THAT(problems_of(R"({"host":"h","source":{"address":"Twelve Chars"}})"), ElementsAre("/source/address"));
}

TEST(Durations, HaveAUnit) {
  EXPECT_EQ(parse_duration_ms("500ms"), 500);
  EXPECT_EQ(parse_duration_ms("2h"), 7'200'000);
  for (const auto* wrong : {"", "s", "10", "-1s", "1d", "1 s"}) EXPECT_FALSE(parse_duration_ms(wrong)) << wrong;
}

TEST(Addresses, HaveTheTypeTheyLookLike) {
  EXPECT_EQ(address_of("+447700900001"), (Address{1, 1, "447700900001"}));
  EXPECT_EQ(address_of("12345"), (Address{3, 0, "12345"}));
  EXPECT_EQ(address_of("07700900001"), (Address{0, 0, "07700900001"}));
  EXPECT_EQ(address_of("Acme"), (Address{5, 0, "Acme"}));
}

TEST(Statuses, DecideWhatBecomesOfAMessage) {
  EXPECT_EQ(meaning_of(0, 1).verdict, Verdict::accepted);
  EXPECT_EQ(meaning_of(0x58, 99).verdict, Verdict::throttled);
  EXPECT_EQ(meaning_of(0x14, 1).verdict, Verdict::throttled);
  EXPECT_EQ(meaning_of(0x08, 99).verdict, Verdict::retry);
  EXPECT_EQ(meaning_of(0x45, 4).verdict, Verdict::retry);
  EXPECT_EQ(meaning_of(0x45, 5).verdict, Verdict::rejected);
  EXPECT_EQ(meaning_of(0x0B, 1).error, sdk::ErrorClass::recipient);
  EXPECT_EQ(meaning_of(0x412, 1).verdict, Verdict::rejected);
  EXPECT_EQ(status_name(0x58), "ESME_RTHROTTLED");
  EXPECT_EQ(status_name(0x412), "0x00000412");
}

}  // namespace
}  // namespace jackfield::sms::smpp
