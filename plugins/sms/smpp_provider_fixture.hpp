// The SMPP provider against the SDK's fake host, with the SMSC played by the test.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "kv_store.hpp"
#include "smpp_provider.hpp"
#include "smpp_status.hpp"
#include "testkit/fake_host.hpp"

namespace jackfield::sms::smpp {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testkit::FakeHost;

inline constexpr const char* manifest = "{}";
inline constexpr const char* settings =
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

inline testkit::Options with(const std::string& text) {
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

inline std::string message_body(const std::string& text, std::uint8_t esm_class = 0) {
  ShortMessage message;
  message.source = {1, 1, "447700900001"};
  message.esm_class = esm_class;
  message.short_message = text;
  return write_short_message(message);
}

inline std::string receipt_body(const std::string& id, const std::string& stat = "DELIVRD") {
  return message_body("id:" + id + " sub:001 dlvrd:001 stat:" + stat + " err:000 text:", 0x04);
}

inline std::string long_text(std::size_t length) { return std::string(length, 'a'); }

}  // namespace jackfield::sms::smpp
