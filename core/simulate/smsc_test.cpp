#include "simulate/smsc.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "simulate/smsc_exchange.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

constexpr std::int64_t now = 1'800'000'000'000;

struct Peer {
  explicit Peer(SmscExchange& to, SmscExchange::Connection id = 1) : exchange(to), connection(id) {
    exchange.opened(connection);
  }
  void say(std::uint32_t command, std::uint32_t sequence, std::string body = {}, std::uint32_t status = 0) {
    exchange.received(connection, pdu_bytes({command, status, sequence, std::move(body)}), now);
  }
  void bind(std::uint32_t command = 9) {
    say(command, 1, std::string("jf\0pw\0\0\x34\0\0\0", 11));
    heard();
  }
  void submit(std::uint32_t sequence, const std::string& text = "hi") {
    SmscMessage message;
    message.from = "Acme", message.to = "447700900001", message.to_ton = message.to_npi = 1;
    message.registered = 1;
    message.text = text;
    say(4, sequence, message_body(message));
  }
  std::vector<SmscPdu> heard() {
    for (auto& [id, output] : exchange.take_output()) {
      if (id == connection) {
        input += output.bytes;
        closed = closed || output.close;
      }
    }
    std::vector<SmscPdu> pdus;
    bool broken = false;
    while (auto pdu = take_pdu(input, broken)) pdus.push_back(std::move(*pdu));
    return pdus;
  }

  SmscExchange& exchange;
  SmscExchange::Connection connection;
  std::string input;
  bool closed = false;
};

json::object object(std::string_view text) { return json::parse(text).as_object(); }

TEST(SmscExchange, AnswersASubmitAndSendsItsReceipt) {
  SmscExchange exchange({});
  Peer peer(exchange);
  peer.bind();
  peer.submit(2);
  const auto pdus = peer.heard();
  ASSERT_EQ(pdus.size(), 2u);
  EXPECT_EQ(pdus[0].command, 0x80000004u);
  EXPECT_EQ(pdus[0].body, std::string("1\0", 2));
  EXPECT_EQ(pdus[1].command, 5u);
  const auto receipt = parse_message(pdus[1].body);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->esm_class, 4u);
  EXPECT_TRUE(receipt->text.starts_with("id:1 sub:001 dlvrd:001"));
  EXPECT_EQ(receipt->from, "447700900001");
  EXPECT_EQ(receipt->to, "Acme");
}

TEST(SmscExchange, WritesIdsAndReceiptsAsItIsTold) {
  SmscExchange exchange({});
  Peer peer(exchange);
  peer.bind();
  ASSERT_TRUE(exchange.behave(object(R"({"ids":"HEX","receipt_ids":"padded","receipts":"before"})")));
  for (std::uint32_t i = 0; i < 31; ++i) peer.submit(2 + i);
  const auto pdus = peer.heard();
  EXPECT_EQ(pdus.at(60).command, 5u);  // before its answer
  EXPECT_TRUE(parse_message(pdus.at(60).body)->text.starts_with("id:00000000000000000031 "));
  EXPECT_EQ(pdus.at(61).body, std::string("1F\0", 3));
}

TEST(SmscExchange, ThrottlesRefusesAndDropsInTheMiddleOfAWindow) {
  SmscExchange exchange({});
  Peer peer(exchange);
  peer.bind();
  ASSERT_TRUE(exchange.behave(object(R"({"throttle":1,"refuse":1,"receipts":"none"})")));
  peer.submit(2);
  peer.submit(3);
  peer.submit(4);
  auto pdus = peer.heard();
  EXPECT_EQ(pdus.at(0).status, 0x58u);
  EXPECT_EQ(pdus.at(1).status, 0x0Bu);
  EXPECT_EQ(pdus.at(2).status, 0u);
  ASSERT_TRUE(exchange.behave(object(R"({"drop_after":2})")));
  peer.submit(5);
  EXPECT_TRUE(peer.heard().empty());
  EXPECT_FALSE(peer.closed);
  peer.submit(6);
  EXPECT_TRUE(peer.heard().empty());
  EXPECT_TRUE(peer.closed);
  EXPECT_EQ(exchange.submits(10).at("taken"), 3);
}

TEST(SmscExchange, DelaysWhatItIsToldTo) {
  SmscExchange exchange({});
  Peer peer(exchange);
  peer.bind();
  ASSERT_TRUE(exchange.behave(object(R"({"delay_ms":50,"receipt_delay_ms":100})")));
  peer.submit(2);
  EXPECT_TRUE(peer.heard().empty());
  EXPECT_EQ(exchange.next_tick_ms(), now + 50);
  exchange.tick(now + 50);
  EXPECT_EQ(peer.heard().size(), 1u);
  exchange.tick(now + 100);
  EXPECT_EQ(peer.heard().size(), 1u);
  EXPECT_EQ(exchange.next_tick_ms(), 0);
}

TEST(SmscExchange, DeliversAgainWhatWasNotAnswered) {
  SmscExchange exchange({}, 2);
  Peer first(exchange, 1);
  first.bind();
  ASSERT_TRUE(exchange.add_messages(object(R"({"from":"+447700900001","to":"1234","text":"hi","count":3})"), now));
  auto pdus = first.heard();
  ASSERT_EQ(pdus.size(), 2u);  // its window
  first.say(0x80000005, pdus[0].sequence, std::string("\0", 1));
  EXPECT_EQ(first.heard().size(), 1u);
  exchange.closed(1);
  Peer second(exchange, 2);
  second.bind();
  Peer sender(exchange, 3);
  sender.bind(2);
  EXPECT_EQ(exchange.state().at("messages").at("redelivered"), 2);
  EXPECT_EQ(exchange.state().at("messages").at("open"), 2);
}

TEST(SmscExchange, WhatIsThrottledComesAgain) {
  SmscExchange exchange({});
  Peer peer(exchange);
  peer.bind();
  ASSERT_TRUE(exchange.add_messages(object(R"({"from":"1","to":"2","text":"hi"})"), now));
  const auto pdus = peer.heard();
  peer.say(0x80000005, pdus.at(0).sequence, {}, 0x58);
  EXPECT_TRUE(peer.heard().empty());
  exchange.tick(now + 200);
  EXPECT_EQ(peer.heard().size(), 1u);
}

TEST(SmscExchange, RefusesAStranger) {
  SmscExchange exchange({"jf", "other"});
  Peer peer(exchange);
  peer.say(9, 1, std::string("jf\0pw\0\0\x34\0\0\0", 11));
  EXPECT_EQ(peer.heard().at(0).status, 0x0Eu);
  peer.submit(2);
  EXPECT_EQ(peer.heard().at(0).status, 4u);
}

TEST(SmscExchange, ChangesNothingWhenOneMemberIsWrong) {
  SmscExchange exchange({});
  EXPECT_FALSE(exchange.behave(object(R"({"throttle":1,"colour":"red"})")));
  EXPECT_FALSE(exchange.behave(object(R"({"ids":"roman"})")));
  Peer peer(exchange);
  peer.bind();
  peer.submit(2);
  EXPECT_EQ(peer.heard().at(0).status, 0u);
}

TEST(Smsc, ListensAndStopsWhateverIsOpen) {
  Smsc smsc({.listen = "127.0.0.1:0", .http_listen = "127.0.0.1:0", .quiet = true});
  const auto addresses = smsc.start();
  ASSERT_TRUE(addresses) << addresses.error().message;
  EXPECT_FALSE(addresses->smpp.empty());
  EXPECT_EQ(smsc.state().at("bound"), 0);
  smsc.stop();
  smsc.stop();
}

}  // namespace
}  // namespace jackfield::simulate
