#include "receipts.hpp"

#include <gtest/gtest.h>

#include "part_receipts.hpp"
#include "receipt_ids.hpp"

namespace jackfield::sms::smpp {
namespace {

using namespace std::string_literals;

TEST(ReceiptText, OfTheSpecificationIsRead) {
  const auto receipt = read_receipt_text(
      "id:5f3a sub:001 dlvrd:001 submit date:2611211000 done date:2611211001 stat:DELIVRD err:000 text:Hi @ 5");
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "5f3a");
  EXPECT_EQ(receipt->state, MessageState::delivered);
  EXPECT_EQ(receipt->state_text, "DELIVRD");
  EXPECT_EQ(receipt->error, "000");
}

TEST(ReceiptText, OfCarriersIsReadInAnyOrderAndCase) {
  const auto receipt =
      read_receipt_text("ID: 0012AB STAT:undeliv Submit Date:20261121100000 Done date:261121100100 ERR:0A3 Text:");
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "0012AB");
  EXPECT_EQ(receipt->state, MessageState::undeliverable);
  EXPECT_EQ(receipt->error, "0A3");
  const auto turned = read_receipt_text("stat:REJECTD err:65 id:77");
  ASSERT_TRUE(turned);
  EXPECT_EQ(turned->id, "77");
  EXPECT_EQ(turned->state, MessageState::rejected);
}

TEST(ReceiptText, InsideTheCustomersTextIsNotLookedFor) {
  const auto receipt = read_receipt_text("id:1 stat:DELIVRD err:000 text:id:2 stat:UNDELIV");
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "1");
  EXPECT_EQ(receipt->state, MessageState::delivered);
}

TEST(ReceiptText, WithoutIdOrStatIsNone) {
  EXPECT_FALSE(read_receipt_text("id:1 sub:001"));
  EXPECT_FALSE(read_receipt_text("stat:DELIVRD"));
  EXPECT_FALSE(read_receipt_text("My id is 7, what is the stat?"));
  EXPECT_FALSE(read_receipt_text(""));
}

TEST(Receipt, ParametersComeBeforeTheText) {
  ShortMessage message;
  message.short_message = "id:1 stat:ENROUTE err:000 text:";
  message.tlvs = {{receipted_message_id, "5f3a\0"s}, {message_state, "\x02"}};
  const auto receipt = read_receipt(message);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->id, "5f3a");
  EXPECT_EQ(receipt->state, MessageState::delivered);
  EXPECT_EQ(receipt->state_text, "DELIVRD");
}

TEST(Receipt, NeedsNoTextWhereTheParametersSayIt) {
  ShortMessage message;
  message.tlvs = {{receipted_message_id, "77"}, {message_state, "\x05"}, {network_error_code, "\x03\x01\x02"}};
  const auto receipt = read_receipt(message);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->state_text, "UNDELIV");
  EXPECT_EQ(receipt->error, "258");
  EXPECT_FALSE(read_receipt({}));
}

TEST(Receipt, IsToldByBitsTwoToFiveOnly) {
  for (const int with : {0x00, 0x03, 0x40, 0x80, 0xC3}) {
    EXPECT_TRUE(is_receipt(static_cast<std::uint8_t>(with | 0x04)));
    EXPECT_TRUE(is_receipt(static_cast<std::uint8_t>(with | 0x20)));
    EXPECT_FALSE(is_receipt(static_cast<std::uint8_t>(with)));
    EXPECT_FALSE(is_receipt(static_cast<std::uint8_t>(with | 0x08)));
    EXPECT_FALSE(is_receipt(static_cast<std::uint8_t>(with | 0x18)));
  }
}

TEST(Ids, AreRewrittenOverTheirWholeLength) {
  EXPECT_EQ(hex_to_decimal("5F3A"), "24378");
  EXPECT_EQ(decimal_to_hex("24378"), "5f3a");
  EXPECT_EQ(decimal_to_hex("00024378"), "5f3a");
  EXPECT_EQ(hex_to_decimal("ffffffffffffffffffff"), "1208925819614629174706175");
  EXPECT_EQ(decimal_to_hex("1208925819614629174706175"), "ffffffffffffffffffff");
  EXPECT_EQ(hex_to_decimal("0"), "0");
  EXPECT_FALSE(decimal_to_hex("5f3a"));
  EXPECT_FALSE(hex_to_decimal("msg-1"));
  EXPECT_EQ(plain_id("000A1"), "a1");
  EXPECT_EQ(plain_id("000"), "0");
  EXPECT_EQ(plain_id("MSG-1"), "MSG-1");
}

TEST(ReceiptIdMatcher, LearnsFromTheFirstReceiptThatFitsOneWay) {
  ReceiptIdMatcher matcher(ReceiptIds::automatic);
  matcher.taken("5f3a");
  EXPECT_EQ(matcher.match("24378").id, "5f3a");
  EXPECT_EQ(matcher.way(), ReceiptIds::response_hex_receipt_decimal);
  EXPECT_EQ(matcher.match("24379").id, "5f3b");  // of a message it never saw
}

TEST(ReceiptIdMatcher, FindsEveryWayOfWriting) {
  for (const auto& [taken, receipt] : std::vector<std::pair<std::string, std::string>>{
           {"24378", "5F3A"}, {"5f3a", "24378"}, {"5f3a", "00005F3A"}, {"MSG-1", "MSG-1"}}) {
    ReceiptIdMatcher matcher(ReceiptIds::automatic);
    matcher.taken(plain_id(taken));
    const auto match = matcher.match(receipt);
    EXPECT_EQ(match.id, plain_id(taken));
    EXPECT_TRUE(match.certain);
  }
}

TEST(ReceiptIdMatcher, IsNotCertainOfWhatItDoesNotKnow) {
  ReceiptIdMatcher matcher(ReceiptIds::automatic);
  matcher.taken("77");
  EXPECT_FALSE(matcher.match("78").certain);
  ReceiptIdMatcher told(ReceiptIds::response_hex_receipt_decimal);
  told.taken("5f3a");
  EXPECT_TRUE(told.match("24378").certain);
  EXPECT_FALSE(told.match("24379").certain);
}

TEST(ReceiptIdMatcher, LearnsNothingFromWhatFitsSeveralWays) {
  ReceiptIdMatcher matcher(ReceiptIds::automatic);
  matcher.taken("10");
  matcher.taken("a");
  EXPECT_EQ(matcher.match("10").id, "10");
  EXPECT_EQ(matcher.way(), ReceiptIds::automatic);
}

KvWrites take_all(PartReceipts& receipts, const std::string& message, const std::vector<std::string>& ids) {
  KvWrites writes;
  for (const auto& id : ids) writes = receipts.taken(message, id, ids.size());
  return writes;
}

TEST(PartReceipts, DeliveredIsSaidOnceAllPartsAre) {
  PartReceipts receipts;
  take_all(receipts, "m1", {"a", "b", "c"});
  EXPECT_FALSE(receipts.on_receipt("b", "delivered").tell);
  EXPECT_FALSE(receipts.on_receipt("a", "delivered").tell);
  EXPECT_TRUE(receipts.on_receipt("x", "delivered").tell);  // of one part
  EXPECT_TRUE(receipts.on_receipt("c", "sent").tell);
  EXPECT_TRUE(receipts.on_receipt("c", "delivered").tell);
}

TEST(PartReceipts, AReceiptBeforeTheNextPartIsTakenIsNotOfTheWhole) {
  PartReceipts receipts;
  receipts.taken("m1", "a", 2);
  EXPECT_FALSE(receipts.on_receipt("a", "delivered").tell);
  receipts.taken("m1", "b", 2);
  EXPECT_TRUE(receipts.on_receipt("b", "delivered").tell);
}

TEST(PartReceipts, OneFailedPartFailsTheWhole) {
  PartReceipts receipts;
  take_all(receipts, "m1", {"a", "b"});
  EXPECT_TRUE(receipts.on_receipt("a", "failed").tell);
  EXPECT_FALSE(receipts.on_receipt("b", "delivered").tell);
}

TEST(PartReceipts, AReceiptThatCouldNotBeStoredMayComeAgain) {
  PartReceipts receipts;
  take_all(receipts, "m1", {"a", "b"});
  EXPECT_FALSE(receipts.on_receipt("a", "delivered").tell);
  receipts.take_back(receipts.on_receipt("b", "delivered"));
  EXPECT_TRUE(receipts.on_receipt("b", "delivered").tell);
  take_all(receipts, "m2", {"c", "d"});
  receipts.take_back(receipts.on_receipt("c", "delivered"));
  EXPECT_FALSE(receipts.on_receipt("d", "delivered").tell);
  EXPECT_TRUE(receipts.on_receipt("c", "delivered").tell);
}

TEST(PartReceipts, SurviveARestart) {
  PartReceipts before, after;
  ASSERT_EQ(take_all(before, "m1", {"a", "b", "c"}).size(), 1u);
  const auto step = before.on_receipt("a", "delivered");
  ASSERT_EQ(step.writes.size(), 1u);
  for (std::size_t shelf = 0; shelf < PartReceipts::shelves; ++shelf)
    if (PartReceipts::key_of(shelf) == step.writes[0].first) after.load(shelf, *step.writes[0].second);
  EXPECT_FALSE(after.on_receipt("b", "delivered").tell);
  EXPECT_TRUE(after.on_receipt("c", "delivered").tell);
}

TEST(PartReceipts, StayBounded) {
  PartReceipts receipts;
  std::size_t longest = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::string id = std::to_string(i);
    longest = std::max(longest, take_all(receipts, id, {id + "a", id + "b"}).at(0).second->size());
  }
  EXPECT_LT(longest, 8000u);
}

}  // namespace
}  // namespace jackfield::sms::smpp
