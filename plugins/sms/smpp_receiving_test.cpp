// Messages and receipts that come over the provider.
#include "smpp_provider_fixture.hpp"

namespace jackfield::sms::smpp {
namespace {

TEST(SmppReceiving, AReceiptOfAPartBeforeTheNextIsTakenDoesNotSpeakForTheWhole) {
  Running it;
  it.bind();
  it.send(1, long_text(200));
  it.answer(it.said().at(0), ESME_ROK, write_c_string("91"));
  it.come(deliver_sm, 0, 1, receipt_body("91"));
  EXPECT_THAT(it.events(), IsEmpty());
  const auto pdus = it.said();
  ASSERT_EQ(pdus.size(), 2u);  // the next part, and the receipt's answer
  it.come(deliver_sm, 0, 2, receipt_body("92"));
  EXPECT_THAT(it.events(), IsEmpty());
  it.answer(pdus[0], ESME_ROK, write_c_string("92"));
  EXPECT_EQ(it.event(0), json::parse(R"({"id":"92","status":"delivered"})"));
  EXPECT_EQ(it.events().size(), 1u);
}

TEST(SmppReceiving, AMessageIsAnsweredOnlyOnceItIsDurable) {
  Running it;
  it.bind();
  it.host.feed(it.stream(), write(deliver_sm, 0, 9, message_body("hi")));
  EXPECT_EQ(it.host.deliveries.size(), 1u);
  EXPECT_EQ(it.event(0).at("from"), "+447700900001");
  EXPECT_THAT(it.host.streams.at(it.stream()).written, IsEmpty());
  const auto pdus = it.said();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].command, deliver_sm | response_bit);
  EXPECT_EQ(pdus[0].status, ESME_ROK);
  EXPECT_EQ(pdus[0].sequence, 9u);
}

TEST(SmppReceiving, WhatTheHostDoesNotTakeIsToComeAgain) {
  Running it;
  it.bind();
  it.host.busy_deliveries = 1;
  it.come(deliver_sm, 0, 1, message_body("hi"));
  EXPECT_EQ(it.said().at(0).status, ESME_RTHROTTLED);
  it.host.failing_deliveries = 1;
  it.come(deliver_sm, 0, 2, message_body("hi"));
  EXPECT_EQ(it.said().at(0).status, ESME_RX_T_APPN);
  it.come(deliver_sm, 0, 3, message_body("hi"));
  EXPECT_EQ(it.said().at(0).status, ESME_ROK);
  EXPECT_EQ(it.host.deliveries.size(), 1u);
  EXPECT_FALSE(it.event(0).as_object().contains("suspected"));
}

TEST(SmppReceiving, ALikeOfWhatWasOpenAtADisconnectIsMarkedAndNotDropped) {
  Running it;
  it.bind();
  it.come(deliver_sm, 0, 1, message_body("hi"));
  it.lose();
  it.reconnect();
  it.come(deliver_sm, 0, 1, message_body("hi"));
  it.come(deliver_sm, 0, 2, message_body("hi"));
  ASSERT_EQ(it.events().size(), 3u);
  EXPECT_NE(it.event(0).at("id"), it.event(1).at("id"));
  EXPECT_FALSE(it.event(0).as_object().contains("suspected"));
  EXPECT_TRUE(it.event(1).as_object().contains("suspected"));
  EXPECT_FALSE(it.event(2).as_object().contains("suspected"));
}

TEST(SmppReceiving, SuspicionSurvivesTheProcessButNotThePeersProofThatItHasRead) {
  std::map<std::string, std::string> kv;
  {
    Running it;
    it.bind();
    it.come(deliver_sm, 0, 1, message_body("read"));
    it.said();
    it.host.advance(3000);
    const auto enquiry = it.said();
    ASSERT_EQ(enquiry.size(), 1u);
    it.answer(enquiry[0], ESME_ROK);
    it.come(deliver_sm, 0, 2, message_body("open"));
    kv = it.host.kv;
  }
  Running it(settings, kv);
  it.bind();
  it.come(deliver_sm, 0, 1, message_body("read"));
  it.come(deliver_sm, 0, 2, message_body("open"));
  EXPECT_FALSE(it.event(0).as_object().contains("suspected"));
  EXPECT_TRUE(it.event(1).as_object().contains("suspected"));
}

TEST(SmppReceiving, AReceiptBeforeItsAnswerWaitsWhereTheIdsAreWrittenDifferently) {
  Running it;
  it.bind();
  it.send(1, "one");
  const auto submit = it.said().at(0);
  it.come(deliver_sm, 0, 1, receipt_body("24378"));
  EXPECT_THAT(it.events(), IsEmpty());
  it.answer(submit, ESME_ROK, write_c_string("5F3A"));
  EXPECT_EQ(it.event(0), json::parse(R"({"id":"5f3a","status":"delivered"})"));
  EXPECT_EQ(it.said().at(0).status, ESME_ROK);
  EXPECT_EQ(it.host.kv.at("smpp/receipt_ids"), "resp_hex_receipt_dec");
}

TEST(SmppReceiving, AReceiptThatNobodyKnowsIsHandedUpInTheEnd) {
  Running it;
  it.bind();
  it.send(1, "one");
  it.said();
  it.come(deliver_sm, 0, 1, receipt_body("24378", "EXPIRED"));
  EXPECT_THAT(it.events(), IsEmpty());
  it.host.advance(3000);
  EXPECT_EQ(it.event(0), json::parse(R"({"id":"24378","status":"failed"})"));
}

TEST(SmppReceiving, AMalformedMessageIsLoggedInHexKeptAndRefused) {
  Running it;
  it.bind();
  it.come(deliver_sm, 0, 7, "no layout");
  const auto pdus = it.said();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].command, generic_nack);
  EXPECT_EQ(pdus[0].sequence, 7u);
  EXPECT_THAT(it.host.log, testing::Contains(HasSubstr("6e6f206c61796f7574")));
  EXPECT_TRUE(it.event(0).as_object().contains("undecodable"));
  it.come(deliver_sm, 0, 8, message_body("next"));
  EXPECT_EQ(it.said().at(0).status, ESME_ROK);
}

TEST(SmppReceiving, DataSmIsAMessageToo) {
  Running it;
  it.bind();
  ShortMessage message;
  message.source = {1, 1, "447700900001"};
  message.data_coding = 8;
  message.tlvs = {{message_payload, std::string("\x04\x1F\x04\x40", 4)}};
  it.come(data_sm, 0, 4, write_data_sm(message));
  EXPECT_EQ(it.event(0).at("text"), "Пр");
  const auto pdus = it.said();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].command, data_sm | response_bit);
  EXPECT_EQ(pdus[0].status, ESME_ROK);
}

}  // namespace
}  // namespace jackfield::sms::smpp
