#include "events.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace jackfield::sms {
namespace {

namespace json = boost::json;

class SmsEvents : public testing::Test {
 protected:
  json::array of(const Whole& whole) {
    std::string items;
    append_message(items, whole, {numbers_, words_});
    return json::parse('[' + items + ']').as_array();
  }
  json::array of(Inbound message) { return of(Whole{std::move(message), 1, {}}); }
  static Inbound message(const std::string& text, const std::string& from = "+33612345678") {
    Inbound out;
    out.id = "id1";
    out.from = from;
    out.to = "+33187654321";
    out.text = text;
    return out;
  }

  Numbers numbers_{"FR"};
  OptOutWords words_;
};

TEST_F(SmsEvents, SayWhatIsMissingOfAMessage) {
  const auto event = of(Whole{message("one […] four"), 4, {2, 3}}).at(0);
  EXPECT_EQ(event.at("extra").at("parts"), json::parse(R"({"total":4,"missing":[2,3]})"));
}

TEST_F(SmsEvents, OfWordsThatRefuseSayItOfTheContactAndStillBringTheMessage) {
  const auto events = of(message("Stop"));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].at("extra").at("keyword"), "stop");
  EXPECT_EQ(events[1].at("type"), "contact");
  EXPECT_EQ(events[1].at("from").at("address"), "tel:+33612345678");
  EXPECT_EQ(events[1].at("opted_out"), true);
  EXPECT_EQ(events[1].at("reason"), "they wrote Stop");
  EXPECT_EQ(events[1].at("dedupe"), "id1:stop");
}

TEST_F(SmsEvents, TakeNoWordFromWhatIsNotWhole) { EXPECT_EQ(of(Whole{message("STOP"), 2, {2}}).size(), 1u); }

TEST_F(SmsEvents, OnlyAFullNumberIsAttested) {
  EXPECT_EQ(of(message("x")).at(0).at("from").at("evidence"), "attested");
  for (const auto* from : {"Acme", "38200", ""})
    EXPECT_EQ(of(message("x", from)).at(0).at("from").at("evidence"), "asserted") << from;
}

TEST_F(SmsEvents, CarryOctetsThatAreNoTextAndMarks) {
  auto binary = message("");
  binary.binary = std::string("\x01\xff", 2);
  binary.suspected_redelivery = true;
  const auto event = of(binary).at(0);
  EXPECT_EQ(event.at("parts"), json::parse(R"([{"type":"unsupported","what":"binary"}])"));
  EXPECT_EQ(event.at("extra"), json::parse(R"({"binary":"01ff","suspected_redelivery":true})"));
}

TEST_F(SmsEvents, AreJsonWhateverTheBytes) {
  auto odd = message("\xff\xfe \"", "\xc3\x28");
  odd.id = "\xf0";
  odd.extra.emplace_back("\xff", "\xff");
  EXPECT_EQ(of(odd).size(), 1u);
}

TEST_F(SmsEvents, OfAReceiptThatSaysOptedOutSayItOfTheContact) {
  std::string items;
  Receipt receipt{"id1", "failed", sdk::ErrorClass::opted_out, "21610", "unsubscribed"};
  receipt.to = "+33612345678";
  append_receipt(items, receipt, {numbers_, words_});
  const auto events = json::parse('[' + items + ']').as_array();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].at("error").at("class"), "opted-out");
  EXPECT_EQ(events[1].at("opted_out"), true);
}

TEST(KeptSet, ComesBackFromJsonAsItWas) {
  KeptSet set{.since_ms = 7};
  auto part = Inbound{};
  part.id = "a", part.from = "b", part.to = "c", part.text = "d☺", part.binary = std::string("\x00\xfe", 2);
  part.part = PartOf{65535, 16, 255, 200};
  part.language = "fr", part.name = "Ana", part.sent_at = "2026-11-21T10:00:00Z", part.suspected_redelivery = true;
  part.extra = {{"x", "y"}};
  set.parts[200] = part;
  const auto back = kept_set_from(to_json(set));
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), to_json(set));
  EXPECT_TRUE(back->knows(part));
  const auto& same = back->parts.at(200);
  EXPECT_EQ(same.binary, part.binary);
  EXPECT_EQ(same.part->reference, 65535u);
  EXPECT_FALSE(kept_set_from("{}"));
  EXPECT_FALSE(kept_set_from("no json"));
}

}  // namespace
}  // namespace jackfield::sms
