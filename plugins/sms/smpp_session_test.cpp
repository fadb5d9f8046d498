#include "smpp_session.hpp"

#include <gtest/gtest.h>

#include "smpp_status.hpp"

namespace jackfield::sms::smpp {
namespace {

struct Heard : SessionListener {
  std::vector<std::string> lines;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> messages;  // command, sequence
  void on_bound(std::string_view smsc) override { lines.push_back("bound to " + std::string(smsc)); }
  void on_bind_refused(std::uint32_t status) override { lines.push_back("refused " + status_name(status)); }
  void on_submit_answered(std::uint64_t ticket, std::uint32_t status, const std::string& id, bool late) override {
    lines.push_back(std::to_string(ticket) + " " + status_name(status) + " " + id + (late ? " late" : ""));
  }
  void on_submit_overdue(std::uint64_t ticket) override { lines.push_back(std::to_string(ticket) + " overdue"); }
  void on_message(std::uint32_t command, std::uint32_t sequence, ShortMessage&& message) override {
    lines.push_back("message " + message.short_message);
    messages.emplace_back(command, sequence);
  }
  void on_response_read(std::uint64_t ticket) override { lines.push_back("read " + std::to_string(ticket)); }
  void on_malformed(std::string_view reason, std::string_view pdu) override {
    lines.push_back("malformed: " + std::string(reason) + " " + hex(pdu, 16));
  }
  std::vector<std::string> take() { return std::exchange(lines, {}); }
};

class SmppSession : public testing::Test {
 protected:
  SmppSession() { open({}); }

  void open(SessionOptions options) {
    options.window = 2;
    options.most_unanswered = 3;
    session = std::make_unique<Session>(options, heard);
    session->start(at);
    const auto asked = said();
    ASSERT_EQ(asked.size(), 1u);
    bind_sequence = asked[0].sequence;
  }
  void bind() {
    answer(bind_transceiver, ESME_ROK, bind_sequence, write_c_string("SMSC1"));
    EXPECT_EQ(heard.take(), (std::vector<std::string>{"bound to SMSC1"}));
  }
  std::vector<Pdu> said() {
    Framer framer;
    framer.add(session->take_output());
    std::vector<Pdu> pdus;
    while (auto pdu = framer.next()) pdus.push_back(std::move(*pdu));
    return pdus;
  }
  void come(std::uint32_t command, std::uint32_t status, std::uint32_t sequence, std::string_view body = {}) {
    session->receive(write(command, status, sequence, body), at);
  }
  void answer(std::uint32_t command, std::uint32_t status, std::uint32_t sequence, std::string_view body = {}) {
    come(command | response_bit, status, sequence, body);
  }
  std::string message_body(const std::string& text) {
    ShortMessage message;
    message.short_message = text;
    return write_short_message(message);
  }
  void wait(std::int64_t ms) { session->tick(at += ms); }

  std::int64_t at = 1'800'000'000'000;
  Heard heard;
  std::unique_ptr<Session> session;
  std::uint32_t bind_sequence = 0;
};

TEST_F(SmppSession, SubmitsAreAnsweredByTheirSequence) {
  EXPECT_EQ(session->room(), 0u);
  bind();
  EXPECT_EQ(session->room(), 2u);
  session->submit(11, {}, at);
  session->submit(12, {}, at);
  EXPECT_EQ(session->room(), 0u);
  const auto submits = said();
  ASSERT_EQ(submits.size(), 2u);
  answer(submit_sm, ESME_ROK, submits[1].sequence, write_c_string("id-2"));
  answer(submit_sm, ESME_RTHROTTLED, submits[0].sequence);  // without a body
  EXPECT_EQ(heard.take(), (std::vector<std::string>{"12 ESME_ROK id-2", "11 ESME_RTHROTTLED "}));
  EXPECT_EQ(session->room(), 2u);
}

TEST_F(SmppSession, ARefusedBindEndsIt) {
  answer(bind_transceiver, ESME_RINVPASWD, bind_sequence);
  EXPECT_TRUE(session->is_over());
  EXPECT_EQ(heard.take(), (std::vector<std::string>{"refused ESME_RINVPASWD"}));
}

TEST_F(SmppSession, AnUnansweredBindEndsIt) {
  wait(14999);
  EXPECT_FALSE(session->is_over());
  wait(1);
  EXPECT_TRUE(session->is_over());
}

TEST_F(SmppSession, AnswersEnquireLinkAndAsksWhenItIsSilent) {
  bind();
  come(enquire_link, 0, 7);
  auto pdus = said();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].command, enquire_link | response_bit);
  EXPECT_EQ(pdus[0].sequence, 7u);
  wait(29999);
  EXPECT_TRUE(said().empty());
  wait(1);
  pdus = said();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].command, enquire_link);
  answer(enquire_link, 0, pdus[0].sequence);
  wait(30000);
  ASSERT_EQ(said().size(), 1u);
  wait(30000);  // now nobody answers
  EXPECT_TRUE(session->is_over());
}

TEST_F(SmppSession, AnOverdueSubmitFreesTheWindowAndALateAnswerIsTold) {
  bind();
  session->submit(11, {}, at);
  const auto submit = said().at(0);
  wait(30000);
  EXPECT_EQ(heard.take(), (std::vector<std::string>{"11 overdue"}));
  EXPECT_EQ(session->room(), 2u);
  answer(submit_sm, ESME_ROK, submit.sequence, write_c_string("id-1"));
  EXPECT_EQ(heard.take(), (std::vector<std::string>{"11 ESME_ROK id-1 late"}));
  EXPECT_EQ(session->room(), 2u);
}

TEST_F(SmppSession, OpenSubmitsAreGivenBackAtTheEnd) {
  bind();
  session->submit(11, {}, at);
  session->submit(12, {}, at);
  EXPECT_EQ(session->take_open_submits(), (std::vector<std::uint64_t>{11, 12}));
}

TEST_F(SmppSession, MessagesAreAnsweredOnlyWhenTold) {
  bind();
  come(deliver_sm, 0, 5, message_body("one"));
  EXPECT_TRUE(said().empty());
  session->respond(deliver_sm, 5, ESME_ROK, 1);
  const auto pdus = said();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(hex(write(pdus[0].command, pdus[0].status, pdus[0].sequence, pdus[0].body)),
            "0000001180000005000000000000000500");
}

TEST_F(SmppSession, PastTheBoundThePeerIsThrottled) {
  bind();
  for (std::uint32_t i = 1; i <= 4; ++i) come(deliver_sm, 0, i, message_body("x"));
  const auto pdus = said();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].status, ESME_RTHROTTLED);
  EXPECT_EQ(pdus[0].sequence, 4u);
}

TEST_F(SmppSession, AnAnswerToWhatWasSaidLaterShowsThatAResponseWasRead) {
  bind();
  session->submit(11, {}, at);
  const auto before = said().at(0);
  come(deliver_sm, 0, 5, message_body("one"));
  session->respond(deliver_sm, 5, ESME_ROK, 1);
  said();
  heard.take();
  answer(submit_sm, ESME_ROK, before.sequence);  // was said before the response
  EXPECT_EQ(heard.take(), (std::vector<std::string>{"11 ESME_ROK "}));
  wait(2000);
  const auto enquiry = said().at(0);
  answer(enquire_link, 0, enquiry.sequence);
  EXPECT_EQ(heard.take(), (std::vector<std::string>{"read 1"}));
  wait(2000);
  EXPECT_TRUE(said().empty());
}

TEST_F(SmppSession, ManyResponsesMakeItAskAtOnce) {
  bind();
  for (std::uint32_t i = 1; i <= 100; ++i) {
    come(deliver_sm, 0, i, message_body("x"));
    session->respond(deliver_sm, i, ESME_ROK, i);
  }
  std::size_t enquiries = 0;
  for (const auto& pdu : said()) enquiries += pdu.command == enquire_link;
  EXPECT_EQ(enquiries, 1u);  // until that one is answered
}

TEST_F(SmppSession, AMalformedMessageIsRefusedAndTheSessionLives) {
  bind();
  come(deliver_sm, 0, 5, "no layout at all");
  auto pdus = said();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].command, generic_nack);
  EXPECT_EQ(pdus[0].sequence, 5u);
  EXPECT_EQ(
      heard.take(),
      (std::vector<std::string>{"malformed: its fields do not fit its length 00000020000000050000000000000005…"}));
  come(deliver_sm, 0, 6, message_body("next"));
  EXPECT_EQ(heard.take(), (std::vector<std::string>{"message next"}));
}

TEST_F(SmppSession, AnUnknownRequestIsRefusedAndTheSessionLives) {
  bind();
  come(0x777, 0, 5);
  const auto pdus = said();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].status, ESME_RINVCMDID);
  EXPECT_FALSE(session->is_over());
}

TEST_F(SmppSession, AnImpossibleLengthEndsIt) {
  bind();
  session->receive(std::string("\0\0\0\x0F\0\0\0\5\0\0\0\0\0\0\0\1", 16), at);
  EXPECT_TRUE(session->is_over());
  const auto pdus = said();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].command, generic_nack);
  EXPECT_EQ(pdus[0].status, ESME_RINVCMDLEN);
}

TEST_F(SmppSession, AGenericNackAnswersTheSubmitItNames) {
  bind();
  session->submit(11, {}, at);
  come(generic_nack, ESME_RINVCMDLEN, said().at(0).sequence);
  EXPECT_EQ(heard.take(), (std::vector<std::string>{"11 ESME_RINVCMDLEN "}));
}

TEST_F(SmppSession, AnAnswerOfAnotherKindLeavesTheSubmitOpen) {
  bind();
  session->submit(11, {}, at);
  answer(enquire_link, 0, said().at(0).sequence);
  EXPECT_EQ(session->open_submits(), 1u);
}

TEST_F(SmppSession, LeavesInOrder) {
  bind();
  session->leave(at);
  EXPECT_EQ(session->room(), 0u);
  const auto pdus = said();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].command, unbind);
  answer(unbind, 0, pdus[0].sequence);
  EXPECT_TRUE(session->is_over());
}

TEST_F(SmppSession, APeerThatTakesLeaveStillGetsWhatIsOpen) {
  bind();
  come(deliver_sm, 0, 5, message_body("one"));
  come(unbind, 0, 6);
  EXPECT_FALSE(session->is_over());
  EXPECT_EQ(said().at(0).command, unbind | response_bit);
  session->respond(deliver_sm, 5, ESME_ROK, 0);
  EXPECT_TRUE(session->is_over());
  EXPECT_EQ(said().at(0).command, deliver_sm | response_bit);
}

TEST_F(SmppSession, APeerThatNeverEndsItsLeaveIsLeft) {
  bind();
  session->submit(11, {}, at);
  come(unbind, 0, 6);
  wait(5000);
  EXPECT_TRUE(session->is_over());
}

}  // namespace
}  // namespace jackfield::sms::smpp
