// What leaves over the provider, and what it says of it.
#include "smpp_provider_fixture.hpp"

namespace jackfield::sms::smpp {
namespace {

TEST(SmppSending, ASendIsAcceptedUnderItsPlainId) {
  Running it;
  it.bind();
  it.send(1, "Hello");
  const auto submits = it.said();
  ASSERT_EQ(submits.size(), 1u);
  EXPECT_EQ(read_short_message(submits[0].body)->short_message, "Hello");
  it.answer(submits[0], ESME_ROK, write_c_string("00005F3A"));
  ASSERT_EQ(it.host.send_answers.size(), 1u);
  EXPECT_EQ(it.host.send_answers[0].outcome, JF_OUTCOME_ACCEPTED);
  EXPECT_EQ(it.host.send_answers[0].provider_ids, R"(["5f3a"])");
}

TEST(SmppSending, AnAnswerWithoutABodyIsAcceptedWithoutAnId) {
  Running it;
  it.bind();
  it.send(1, "Hello");
  it.answer(it.said().at(0), ESME_ROK);
  EXPECT_EQ(it.host.send_answers.at(0).outcome, JF_OUTCOME_ACCEPTED);
}

TEST(SmppSending, PartsGoOneAfterTheOtherAndAreDeliveredTogether) {
  Running it;
  it.bind();
  it.send(1, long_text(400));
  for (const char* id : {"1", "2", "3"}) {
    const auto submits = it.said();
    ASSERT_EQ(submits.size(), 1u);
    it.answer(submits[0], ESME_ROK, write_c_string(id));
  }
  EXPECT_EQ(it.host.send_answers.at(0).provider_ids, R"(["1","2","3"])");
  it.come(deliver_sm, 0, 1, receipt_body("2"));
  it.come(deliver_sm, 0, 2, receipt_body("1"));
  EXPECT_THAT(it.events(), IsEmpty());
  it.come(deliver_sm, 0, 3, receipt_body("3"));
  EXPECT_EQ(it.event(0), json::parse(R"({"id":"3","status":"delivered"})"));
  EXPECT_EQ(it.said().size(), 3u);
}

TEST(SmppSending, TooManySegmentsAreRefusedWithTheReason) {
  Running it;
  it.bind();
  it.send(1, long_text(1531));
  EXPECT_EQ(it.host.send_answers.at(0).outcome, JF_OUTCOME_REJECTED);
  EXPECT_THAT(it.host.send_answers.at(0).detail, HasSubstr("needs 11 short messages"));
}

TEST(SmppSending, ThrottlingSlowsTheChannelDownAndItRecovers) {
  Running it;
  it.bind();
  it.send(1, "Hello");
  it.answer(it.said().at(0), ESME_RTHROTTLED);
  const auto& answer = it.host.send_answers.at(0);
  EXPECT_EQ(answer.outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(answer.error_class, JF_ERROR_THROTTLED);
  EXPECT_EQ(answer.retry_scope, JF_SCOPE_CHANNEL);
  EXPECT_EQ(answer.retry_after_ms, 1000u);
  EXPECT_EQ(it.host.capacity, 0u);
  it.host.advance(1000);
  EXPECT_EQ(it.host.capacity, 1u);
  it.send(2, "Hello");
  it.answer(it.said().at(0), ESME_ROK, write_c_string("1"));
  EXPECT_EQ(it.host.capacity, 2u);
}

TEST(SmppSending, AThrottledLaterPartIsSentAgainByItself) {
  Running it;
  it.bind();
  it.send(1, long_text(200));
  it.answer(it.said().at(0), ESME_ROK, write_c_string("1"));
  const auto first = it.said();
  ASSERT_EQ(first.size(), 1u);
  it.answer(first[0], ESME_RTHROTTLED);
  EXPECT_THAT(it.host.send_answers, IsEmpty());
  EXPECT_THAT(it.said(), IsEmpty());
  it.host.advance(1000);
  const auto again = it.said();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].body, first[0].body);
  it.answer(again[0], ESME_ROK, write_c_string("2"));
  EXPECT_EQ(it.host.send_answers.at(0).provider_ids, R"(["1","2"])");
}

TEST(SmppSending, ARefusalIsRejectedWithItsClassAndCode) {
  Running it;
  it.bind();
  it.send(1, "Hello");
  it.answer(it.said().at(0), 0x0B);
  EXPECT_EQ(it.host.send_answers.at(0).outcome, JF_OUTCOME_REJECTED);
  EXPECT_EQ(it.host.send_answers.at(0).error_class, JF_ERROR_RECIPIENT);
  EXPECT_EQ(it.host.send_answers.at(0).code, "ESME_RINVDSTADR");
}

TEST(SmppSending, WhatIsOutWhenTheConnectionEndsIsUnknownAndNothingElse) {
  Running it;
  it.bind();
  it.send(1, "one");
  it.send(2, "two");
  const auto submits = it.said();
  it.answer(submits[0], ESME_ROK, write_c_string("1"));
  it.lose();
  ASSERT_EQ(it.host.send_answers.size(), 2u);
  EXPECT_EQ(it.host.send_answers[0].outcome, JF_OUTCOME_ACCEPTED);
  EXPECT_EQ(it.host.send_answers[1].outcome, JF_OUTCOME_UNKNOWN);
  EXPECT_EQ(it.host.capacity, 0u);
  EXPECT_EQ(it.host.state, JF_STATE_DEGRADED);
  it.reconnect();
  EXPECT_EQ(it.host.capacity, 2u);
  EXPECT_EQ(it.host.state, JF_STATE_READY);
  EXPECT_THAT(it.said(), IsEmpty());
}

TEST(SmppSending, AnAnswerAfterTheDeadlineSettlesTheMessage) {
  Running it;
  it.bind();
  it.send(1, "one");
  const auto submit = it.said().at(0);
  it.host.cancel(JF_ID_HOST + 1);
  EXPECT_EQ(it.host.send_answers.at(0).outcome, JF_OUTCOME_UNKNOWN);
  it.answer(submit, ESME_ROK, write_c_string("77"));
  EXPECT_EQ(it.event(0), json::parse(R"({"id":"77","status":"sent","correlation":"m1"})"));
}

TEST(SmppSending, WhatCannotBeBegunGoesBackToTheHost) {
  Running it;
  it.send(1, "before any bind");
  EXPECT_EQ(it.host.send_answers.at(0).outcome, JF_OUTCOME_RETRY);
  it.bind();
  for (std::uint64_t token = 2; token <= 4; ++token) it.send(token, "x");
  it.lose();
  ASSERT_EQ(it.host.send_answers.size(), 4u);
  std::map<std::uint64_t, std::uint32_t> outcomes;
  for (const auto& answer : it.host.send_answers) outcomes[answer.token - JF_ID_HOST] = answer.outcome;
  EXPECT_EQ(outcomes.at(2), JF_OUTCOME_UNKNOWN);
  EXPECT_EQ(outcomes.at(4), JF_OUTCOME_RETRY);
}

TEST(SmppSending, WhatWaitsForRoomIsCancelledAsNotSent) {
  Running it;
  it.bind();
  for (std::uint64_t token = 1; token <= 3; ++token) it.send(token, "x");
  EXPECT_EQ(it.said().size(), 2u);
  it.host.cancel(JF_ID_HOST + 3);
  EXPECT_EQ(it.host.send_answers.at(0).outcome, JF_OUTCOME_CANCELLED);
}

}  // namespace
}  // namespace jackfield::sms::smpp
