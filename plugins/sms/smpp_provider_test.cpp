// The provider as a whole: its binds, their ends, what it tells.
#include "smpp_provider_fixture.hpp"

namespace jackfield::sms::smpp {
namespace {

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
