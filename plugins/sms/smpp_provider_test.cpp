// The provider against the SDK's fake host, with the SMSC played by the test.
#include "smpp_provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "kv_store.hpp"
#include "smpp_status.hpp"
#include "testkit/fake_host.hpp"

namespace jackfield::sms::smpp {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testkit::FakeHost;

constexpr const char* manifest = "{}";
constexpr const char* settings =
    R"({"provider":"smpp","host":"smsc.example.net","port":2775,"tls":false,"system_id":"jackfield","window":2,
        "source":{"address":"Acme"}})";

// As small a connector as can be around the provider.
class SmppOnly : public sdk::Connector, Inbox {
 public:
  explicit SmppOnly(const sdk::Setup& setup) : Connector(setup), provider_(setup.host, *this, setup.settings) {}
  void start() override { provider_.start(); }
  void send(sdk::Send&& send) override {
    Outbound message;
    message.id = send.key();
    message.to = "+447700900001";
    message.text = send.message();
    provider_.send(std::move(send), std::move(message));
  }
  void cancel(std::uint64_t token) override { provider_.cancel(token); }
  void drain(std::int64_t deadline_ms) override { provider_.drain(deadline_ms); }

 private:
  void deliver(const json::object& event, const KvWrites& writes, sdk::Host::Done done) {
    host().deliver(json::serialize(event), json_of(writes), std::move(done));
  }
  void receive(Inbound&& message, KvWrites&& writes, sdk::Host::Done done) override {
    json::object event{{"id", message.id}, {"from", message.from}, {"text", message.text}};
    if (message.suspected_redelivery) event["suspected"] = true;
    deliver(event, writes, std::move(done));
  }
  void receive(Receipt&& receipt, KvWrites&& writes, sdk::Host::Done done) override {
    json::object event{{"id", receipt.id}, {"status", receipt.status}};
    if (!receipt.correlation.empty()) event["correlation"] = receipt.correlation;
    deliver(event, writes, std::move(done));
  }
  void opted_out(std::string_view, std::string_view) override {}
  void undecodable(std::string_view reason, std::string_view raw, sdk::Host::Done done) override {
    deliver({{"undecodable", reason}, {"raw", raw}}, {}, std::move(done));
  }

  SmppProvider provider_;
};

testkit::Options with(const std::string& text) {
  testkit::Options options;
  options.settings = text;
  options.secrets["/password"] = {"secret"};
  return options;
}

struct Running {
  explicit Running(const std::string& text = settings, const std::map<std::string, std::string>& kv = {})
      : host(module, with(text)) {
    host.kv = kv;
    EXPECT_EQ(host.start(), JF_OK) << host.error().message;
    host.settle();
  }
  ~Running() {
    host.stop();
    host.check_end();
    EXPECT_THAT(host.violations, IsEmpty()) << testing::PrintToString(host.log);
  }

  std::uint64_t stream() const { return host.stream_order.back(); }
  std::vector<Pdu> said() { return said_on(stream()); }
  std::vector<Pdu> said_on(std::uint64_t id) {
    host.settle();
    host.advance(0);
    Framer framer;
    framer.add(std::exchange(host.streams.at(id).written, {}));
    std::vector<Pdu> pdus;
    while (auto pdu = framer.next()) pdus.push_back(std::move(*pdu));
    return pdus;
  }
  void come(std::uint32_t command, std::uint32_t status, std::uint32_t sequence, std::string_view body = {}) {
    host.feed(stream(), write(command, status, sequence, body));
    host.settle();
    host.advance(0);
  }
  void answer(const Pdu& pdu, std::uint32_t status, std::string_view body = {}) {
    come(pdu.command | response_bit, status, pdu.sequence, body);
  }
  void bind() { bind_on(stream()); }
  void bind_on(std::uint64_t id) {
    host.connected(id, "192.0.2.1:2775");
    const auto asked = said_on(id);
    ASSERT_EQ(asked.size(), 1u);
    host.feed(id, write(asked[0].command | response_bit, 0, asked[0].sequence, write_c_string("SMSC")));
    host.settle();
  }
  void send(std::uint64_t token, const std::string& text) {
    EXPECT_EQ(host.send(JF_ID_HOST + token, "m" + std::to_string(token), text), JF_OK);
  }
  void lose() {
    host.close(stream(), JF_OK, "the peer closed");
    host.settle();
  }
  void reconnect() {
    host.advance(1000);
    bind();
  }
  // Of those that bring something: others only store state.
  json::value event(std::size_t at) { return json::parse(events().at(at)); }
  std::vector<std::string> events() {
    auto brought = host.deliveries;
    std::erase(brought, "[]");
    return brought;
  }

  static inline const jf_module module = sdk::module<SmppOnly>(manifest);
  FakeHost host;
};

std::string message_body(const std::string& text, std::uint8_t esm_class = 0) {
  ShortMessage message;
  message.source = {1, 1, "447700900001"};
  message.esm_class = esm_class;
  message.short_message = text;
  return write_short_message(message);
}

std::string receipt_body(const std::string& id, const std::string& stat = "DELIVRD") {
  return message_body("id:" + id + " sub:001 dlvrd:001 stat:" + stat + " err:000 text:", 0x04);
}

std::string long_text(std::size_t length) { return std::string(length, 'a'); }

TEST(SmppProvider, BindsAndSaysThatItIsReady) {
  Running it;
  EXPECT_EQ(it.host.capacity, 0u);
  it.host.connected(it.stream(), "192.0.2.1:2775");
  const auto asked = it.said();
  ASSERT_EQ(asked.size(), 1u);
  const auto bind = read_bind(asked[0].body);
  ASSERT_TRUE(bind);
  EXPECT_EQ(bind->system_id, "jackfield");
  EXPECT_EQ(bind->password, "secret");
  it.answer(asked[0], ESME_ROK);
  EXPECT_EQ(it.host.state, JF_STATE_READY);
  EXPECT_EQ(it.host.capacity, 2u);
}

TEST(SmppProvider, ARefusedBindIsToldAndTriedAgainLater) {
  Running it;
  it.host.connected(it.stream(), "192.0.2.1:2775");
  it.answer(it.said().at(0), ESME_RINVPASWD);
  EXPECT_TRUE(it.host.streams.at(it.stream()).closed);
  it.lose();
  EXPECT_EQ(it.host.state, JF_STATE_DEGRADED);
  EXPECT_THAT(it.host.state_detail, HasSubstr("ESME_RINVPASWD"));
  it.host.advance(29'000);
  EXPECT_EQ(it.host.stream_order.size(), 1u);
  it.host.advance(10'000);
  EXPECT_EQ(it.host.stream_order.size(), 2u);
  for (const auto& line : it.host.log) EXPECT_THAT(line, testing::Not(HasSubstr("secret")));
}

TEST(SmppProvider, ASendIsAcceptedUnderItsPlainId) {
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

TEST(SmppProvider, AnAnswerWithoutABodyIsAcceptedWithoutAnId) {
  Running it;
  it.bind();
  it.send(1, "Hello");
  it.answer(it.said().at(0), ESME_ROK);
  EXPECT_EQ(it.host.send_answers.at(0).outcome, JF_OUTCOME_ACCEPTED);
}

TEST(SmppProvider, PartsGoOneAfterTheOtherAndAreDeliveredTogether) {
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

TEST(SmppProvider, AReceiptOfAPartBeforeTheNextIsTakenDoesNotSpeakForTheWhole) {
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

TEST(SmppProvider, TooManySegmentsAreRefusedWithTheReason) {
  Running it;
  it.bind();
  it.send(1, long_text(1531));
  EXPECT_EQ(it.host.send_answers.at(0).outcome, JF_OUTCOME_REJECTED);
  EXPECT_THAT(it.host.send_answers.at(0).detail, HasSubstr("needs 11 short messages"));
}

TEST(SmppProvider, ThrottlingSlowsTheChannelDownAndItRecovers) {
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

TEST(SmppProvider, AThrottledLaterPartIsSentAgainByItself) {
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

TEST(SmppProvider, ARefusalIsRejectedWithItsClassAndCode) {
  Running it;
  it.bind();
  it.send(1, "Hello");
  it.answer(it.said().at(0), 0x0B);
  EXPECT_EQ(it.host.send_answers.at(0).outcome, JF_OUTCOME_REJECTED);
  EXPECT_EQ(it.host.send_answers.at(0).error_class, JF_ERROR_RECIPIENT);
  EXPECT_EQ(it.host.send_answers.at(0).code, "ESME_RINVDSTADR");
}

TEST(SmppProvider, WhatIsOutWhenTheConnectionEndsIsUnknownAndNothingElse) {
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

TEST(SmppProvider, AnAnswerAfterTheDeadlineSettlesTheMessage) {
  Running it;
  it.bind();
  it.send(1, "one");
  const auto submit = it.said().at(0);
  it.host.cancel(JF_ID_HOST + 1);
  EXPECT_EQ(it.host.send_answers.at(0).outcome, JF_OUTCOME_UNKNOWN);
  it.answer(submit, ESME_ROK, write_c_string("77"));
  EXPECT_EQ(it.event(0), json::parse(R"({"id":"77","status":"sent","correlation":"m1"})"));
}

TEST(SmppProvider, WhatCannotBeBegunGoesBackToTheHost) {
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

TEST(SmppProvider, WhatWaitsForRoomIsCancelledAsNotSent) {
  Running it;
  it.bind();
  for (std::uint64_t token = 1; token <= 3; ++token) it.send(token, "x");
  EXPECT_EQ(it.said().size(), 2u);
  it.host.cancel(JF_ID_HOST + 3);
  EXPECT_EQ(it.host.send_answers.at(0).outcome, JF_OUTCOME_CANCELLED);
}

TEST(SmppProvider, AMessageIsAnsweredOnlyOnceItIsDurable) {
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

TEST(SmppProvider, WhatTheHostDoesNotTakeIsToComeAgain) {
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

TEST(SmppProvider, ALikeOfWhatWasOpenAtADisconnectIsMarkedAndNotDropped) {
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

TEST(SmppProvider, SuspicionSurvivesTheProcessButNotThePeersProofThatItHasRead) {
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

TEST(SmppProvider, AReceiptBeforeItsAnswerWaitsWhereTheIdsAreWrittenDifferently) {
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

TEST(SmppProvider, AReceiptThatNobodyKnowsIsHandedUpInTheEnd) {
  Running it;
  it.bind();
  it.send(1, "one");
  it.said();
  it.come(deliver_sm, 0, 1, receipt_body("24378", "EXPIRED"));
  EXPECT_THAT(it.events(), IsEmpty());
  it.host.advance(3000);
  EXPECT_EQ(it.event(0), json::parse(R"({"id":"24378","status":"failed"})"));
}

TEST(SmppProvider, AMalformedMessageIsLoggedInHexKeptAndRefused) {
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

TEST(SmppProvider, SeveralBindsShareTheLoadAndOneLostLeavesTheOthers) {
  Running it(
      R"({"host":"smsc.example.net","tls":false,"system_id":"j","window":2,"binds":2,"bind":"transmitter_receiver"})");
  ASSERT_EQ(it.host.stream_order.size(), 4u);
  const auto streams = it.host.stream_order;
  for (const auto id : streams) it.bind_on(id);
  EXPECT_EQ(it.host.state, JF_STATE_READY);
  EXPECT_EQ(it.host.capacity, 4u);  // of two transmitters
  for (std::uint64_t token = 1; token <= 4; ++token) it.send(token, "x");
  EXPECT_EQ(it.said_on(streams[0]).size(), 2u);
  EXPECT_EQ(it.said_on(streams[1]).size(), 0u);
  EXPECT_EQ(it.said_on(streams[2]).size(), 2u);
  it.host.close(streams[0], JF_OK, "gone");
  it.host.settle();
  EXPECT_EQ(it.host.send_answers.size(), 2u);
  EXPECT_EQ(it.host.capacity, 2u);
  EXPECT_THAT(it.host.state_detail, HasSubstr("3 of 4 binds are up"));
}

TEST(SmppProvider, DrainTakesLeaveOnceAllIsAnswered) {
  Running it;
  it.bind();
  it.send(1, "one");
  const auto submit = it.said().at(0);
  it.host.drain(it.host.now_ms() + 10'000);
  EXPECT_THAT(it.said(), IsEmpty());
  it.answer(submit, ESME_ROK, write_c_string("1"));
  const auto pdus = it.said();
  ASSERT_EQ(pdus.size(), 1u);
  EXPECT_EQ(pdus[0].command, unbind);
  it.answer(pdus[0], ESME_ROK);
  EXPECT_TRUE(it.host.streams.at(it.stream()).closed);
}

TEST(SmppProvider, WhileItDrainsWhatComesIsToComeAgain) {
  Running it;
  it.bind();
  it.send(1, "one");
  const auto submit = it.said().at(0);
  it.host.drain(it.host.now_ms() + 10'000);
  it.come(deliver_sm, 0, 1, message_body("hi"));
  EXPECT_EQ(it.said().at(0).status, ESME_RTHROTTLED);
  EXPECT_THAT(it.events(), IsEmpty());
  it.answer(submit, ESME_ROK, write_c_string("1"));
  EXPECT_EQ(it.said().at(0).command, unbind);
}

TEST(SmppProvider, DataSmIsAMessageToo) {
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

TEST(SmppProvider, TlsIsOnUnlessSwitchedOff) {
  Running it(R"({"host":"smsc.example.net","system_id":"j"})");
  EXPECT_EQ(it.host.streams.at(it.stream()).tls, JF_TLS_NOW);
  Running unverified(R"({"host":"smsc.example.net","system_id":"j","tls_verify":false})");
  EXPECT_EQ(unverified.host.streams.at(unverified.stream()).tls, JF_TLS_NOW | JF_TLS_INSECURE);
}

TEST(SmppProvider, PreviewTellsEncodingSegmentsAndCost) {
  FakeHost host(Running::module, with(settings));
  ASSERT_EQ(host.create(), JF_OK);
  // The connector hands previews to the provider; here it is asked by itself.
  struct Nobody : Inbox {
    void receive(Inbound&&, KvWrites&&, sdk::Host::Done) override {}
    void receive(Receipt&&, KvWrites&&, sdk::Host::Done) override {}
    void opted_out(std::string_view, std::string_view) override {}
    void undecodable(std::string_view, std::string_view, sdk::Host::Done) override {}
  } nobody;
  sdk::Host services(host.api());
  const SmppProvider provider(services, nobody, settings);
  Outbound message;
  message.text = long_text(161) + "ç";
  const auto preview = json::parse(provider.preview(message));
  EXPECT_EQ(preview.at("sendable"), true);
  EXPECT_EQ(preview.at("encoding"), "ucs2");
  EXPECT_EQ(preview.at("segments"), 3);
  EXPECT_EQ(preview.at("first_outside_gsm"), "ç");
  message.text = long_text(2000);
  EXPECT_EQ(json::parse(provider.preview(message)).at("sendable"), false);
}

}  // namespace
}  // namespace jackfield::sms::smpp
