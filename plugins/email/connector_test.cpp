// The whole connector against the SDK's fake host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "jackfield/jackfield.h"
#include "scripted_smtp_server.hpp"
#include "testkit/fake_host.hpp"

namespace jackfield::email {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testkit::FakeHost;

constexpr const char* lmtp_settings =
    R"({"from":"Support <support@example.org>","max_size":1000000,"listen":{"address":"127.0.0.1:0","protocol":"lmtp"}})";

testkit::Options with(std::string settings) {
  testkit::Options options;
  options.channel = "support-mail";
  options.settings = std::move(settings);
  return options;
}

struct Listening {
  explicit Listening(const std::string& settings = lmtp_settings) : host(*jackfield_plugin_v0(), with(settings)) {
    EXPECT_EQ(host.start(), JF_OK) << host.error().message;
    host.settle();
    listener = host.stream_order.front();
    stream = connect("127.0.0.1:50000");
  }
  ~Listening() {
    host.stop();
    host.check_end();
    EXPECT_THAT(host.violations, testing::IsEmpty()) << testing::PrintToString(host.log);
  }
  std::uint64_t connect(const char* peer) {
    const std::uint64_t id = host.accept(listener, peer);
    host.settle();
    return id;
  }
  std::string say(const std::string& bytes) {
    host.feed(stream, bytes);
    host.settle();
    return std::exchange(host.streams.at(stream).written, {});
  }
  std::string send_mail(const std::string& body) {
    say("LHLO c\r\nMAIL FROM:<ana@example.net>\r\nRCPT TO:<support@example.org>\r\nRCPT "
        "TO:<support+x@example.org>\r\nDATA\r\n");
    return say("From: Ana <ana@example.net>\r\nMessage-ID: <1@example.net>\r\nSubject: Hi\r\n\r\n" + body +
               "\r\n.\r\n");
  }
  FakeHost host;
  std::uint64_t listener = 0, stream = 0;
};

constexpr const char* two_times_250 = "250 2.0.0 taken and stored\r\n250 2.0.0 taken and stored\r\n";

TEST(EmailConnector, MailBecomesAnEventAndIsAnsweredOncePerRecipient) {
  Listening it;
  EXPECT_EQ(it.host.state, JF_STATE_READY);
  EXPECT_EQ(it.send_mail("hello"), two_times_250);
  ASSERT_EQ(it.host.deliveries.size(), 1u);
  const json::value event = json::parse(it.host.deliveries[0]);
  EXPECT_EQ(event.at("id"), "1@example.net");
  EXPECT_EQ(event.at("from").at("address"), "mailto:ana@example.net");
  EXPECT_EQ(event.at("extra").at("envelope").at("to").as_array().size(), 2u);
}

TEST(EmailConnector, LargeMailIsReadOffTheStrandWithTheSameEnd) {
  Listening it;
  std::string body;
  for (int i = 0; i < 5000; ++i) body += "This is line number " + std::to_string(i) + "\r\n";
  EXPECT_EQ(it.send_mail(body), two_times_250);
  EXPECT_EQ(it.host.deliveries.size(), 1u);
}

TEST(EmailConnector, WhatWasNotCommittedIsAskedForAgain) {
  Listening it;
  it.host.failing_deliveries = 1;
  EXPECT_THAT(it.send_mail("hello"), HasSubstr("451 4.3.0"));
  it.host.busy_deliveries = 1;
  EXPECT_THAT(it.send_mail("hello"), HasSubstr("452 4.3.1"));
  EXPECT_EQ(it.send_mail("hello"), two_times_250);
}

TEST(EmailConnector, MailThatCannotBeDecodedIsKeptAndReplayed) {
  Listening it;
  it.say("LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<support@example.org>\r\nDATA\r\n");
  EXPECT_THAT(it.say("Subject: who\r\n\r\nhello\r\n.\r\n"), HasSubstr("250 2.0.0"));
  const json::value event = json::parse(it.host.deliveries.at(0));
  EXPECT_EQ(event.at("type"), "undecodable");
  std::string events;
  EXPECT_EQ(it.host.replay(event.at("raw").as_string(), events), JF_UNSUPPORTED);
  EXPECT_EQ(it.host.replay(R"({"envelope":{"from":"a@example.net","to":[]},"mail":"Subject: x\r\n\r\nhi"})", events),
            JF_OK);
  EXPECT_EQ(json::parse(events).as_array().size(), 1u);
}

TEST(EmailConnector, StrangersAreTurnedAway) {
  Listening it;
  const std::uint64_t stranger = it.connect("203.0.113.9:4000");
  EXPECT_THAT(it.host.streams.at(stranger).written, testing::StartsWith("554 "));
  EXPECT_TRUE(it.host.streams.at(stranger).closed);
}

TEST(EmailConnector, AnAddressHasSoManyConnectionsAtOnce) {
  Listening it(
      R"({"from":"support@example.org","listen":{"address":"127.0.0.1:0","protocol":"lmtp","connections_each":2}})");
  const std::uint64_t second = it.connect("127.0.0.1:50001"), third = it.connect("127.0.0.1:50002");
  EXPECT_THAT(it.host.streams.at(second).written, testing::StartsWith("220 "));
  EXPECT_THAT(it.host.streams.at(third).written, testing::StartsWith("421 4.7.0"));
  it.host.close(second, JF_OK, "");
  it.host.settle();
  EXPECT_THAT(it.host.streams.at(it.connect("127.0.0.1:50003")).written, testing::StartsWith("220 "));
}

TEST(EmailConnector, SilenceEndsAConnection) {
  Listening it;
  it.host.advance(4 * 60 * 1000);
  EXPECT_FALSE(it.host.streams.at(it.stream).closed);
  it.host.advance(2 * 60 * 1000);
  EXPECT_TRUE(it.host.streams.at(it.stream).closed);
  EXPECT_THAT(it.host.streams.at(it.stream).written, HasSubstr("421 "));
}

TEST(EmailConnector, ByteNowAndThenIsSilenceToo) {
  Listening it;
  it.say("LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<support@example.org>\r\nDATA\r\n");
  for (int minutes = 0; minutes < 4; ++minutes) {
    it.host.advance(60 * 1000);
    EXPECT_EQ(it.say("x"), "");
  }
  EXPECT_FALSE(it.host.streams.at(it.stream).closed);
  it.host.advance(2 * 60 * 1000);
  EXPECT_TRUE(it.host.streams.at(it.stream).closed);
}

TEST(EmailConnector, SlowMailThatGoesOnIsTaken) {
  Listening it;
  it.say("LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<support@example.org>\r\nDATA\r\nFrom: a@example.net\r\n\r\n");
  for (int minutes = 0; minutes < 12; ++minutes) {
    it.host.advance(60 * 1000);
    it.say(std::string(1024, 'x') + "\r\n");
  }
  EXPECT_THAT(it.say(".\r\n"), HasSubstr("250 2.0.0"));
}

TEST(EmailConnector, DrainEndsIdleConnectionsAndFinishesMails) {
  Listening it;
  const std::uint64_t idle = it.connect("127.0.0.1:50001");
  it.say("LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<support@example.org>\r\nDATA\r\nFrom: a@example.net\r\n\r\n");
  it.host.drain(it.host.now_ms() + 10000);
  it.host.settle();
  EXPECT_TRUE(it.host.streams.at(idle).closed);
  EXPECT_FALSE(it.host.streams.at(it.stream).closed);
  EXPECT_THAT(it.say("hi\r\n.\r\n"), testing::StartsWith("250 "));
  EXPECT_TRUE(it.host.streams.at(it.stream).closed);
}

TEST(EmailConnector, StarttlsIsOfferedWithACertificate) {
  Listening it(
      R"({"from":"support@example.org","listen":{"address":"127.0.0.1:0","certificate":"c.pem","key":"k.pem"}})");
  EXPECT_THAT(it.say("LHLO c\r\n"), HasSubstr("STARTTLS"));
  it.say("STARTTLS\r\n");
  EXPECT_TRUE(it.host.streams.at(it.stream).wants_tls);
  it.host.tls_done(it.stream, "TLSv1.3");
  it.host.settle();
  EXPECT_THAT(it.say("LHLO c\r\n"), testing::Not(HasSubstr("STARTTLS")));
}

TEST(EmailConnector, ListenerThatCannotStartFailsTheChannelUntilItIsStartedAgain) {
  Listening it;
  it.host.close(it.listener, JF_INTERNAL, "address in use");
  it.host.settle();
  EXPECT_EQ(it.host.state, JF_STATE_FAILED);
  EXPECT_THAT(it.host.state_detail, HasSubstr("address in use"));
  EXPECT_EQ(it.host.start(), JF_OK);
  it.host.settle();
  EXPECT_EQ(it.host.state, JF_STATE_READY);
}

TEST(EmailConnector, WrongSettingsAreRefused) {
  FakeHost host(*jackfield_plugin_v0(), with(R"({"from":"nobody"})"));
  EXPECT_EQ(host.create(), JF_CONFIG);
  EXPECT_THAT(host.error().message, HasSubstr("/from"));
}

std::string sending_settings(const ScriptedSmtpServer& server) {
  return R"({"from":"Support <support@example.org>","max_size":"1KiB","smtp":{"url":")" + server.url() +
         R"(","tls":"none"}})";
}

constexpr const char* reply =
    R"({"to":[{"address":"mailto:ana@example.net"}],"text":"hi","parts":[{"type":"text","text":"hi"}],
        "reply_to":{"provider_id":"1@example.net","subject":"Hello"},"references":["1@example.net"]})";

using Answers = std::map<std::string, std::string>;

struct Sending {
  explicit Sending(Answers answers = {})
      : server(std::move(answers)), host(*jackfield_plugin_v0(), with(sending_settings(server))) {
    EXPECT_EQ(host.start(), JF_OK);
    host.settle();
  }
  ~Sending() {
    host.stop();
    host.check_end();
    EXPECT_THAT(host.violations, testing::IsEmpty()) << testing::PrintToString(host.log);
  }
  testkit::SendAnswer send(const std::string& message) {
    EXPECT_EQ(host.send(++token, "01KEY", message), JF_OK);
    server.serve(host);
    EXPECT_EQ(host.send_answers.size(), token);
    return host.send_answers.back();
  }
  ScriptedSmtpServer server;
  FakeHost host;
  std::uint64_t token = 0;
};

TEST(EmailConnector, ReplyLeavesWithTheIdThatWasNoted) {
  Sending it;
  const auto answer = it.send(reply);
  EXPECT_EQ(answer.outcome, JF_OUTCOME_ACCEPTED) << answer.detail;
  ASSERT_EQ(it.host.notes.size(), 1u);
  EXPECT_EQ(it.host.notes[0], answer.provider_ids);
  const std::string id(json::parse(answer.provider_ids).as_array().at(0).as_string());
  ASSERT_EQ(it.server.mails.size(), 1u);
  EXPECT_THAT(it.server.mails[0], HasSubstr("Message-Id: <" + id + ">\r\n"));
  EXPECT_THAT(it.server.mails[0], HasSubstr("In-Reply-To: <1@example.net>\r\n"));
  EXPECT_THAT(it.server.mails[0], HasSubstr("Subject: Re: Hello\r\n"));
}

TEST(EmailConnector, FilesOfAReplyAreAttached) {
  Sending it;
  it.host.blobs["b1"] = "some bytes";
  const std::string media =
      R"({"to":[{"address":"mailto:ana@example.net"}],"text":"see","parts":[{"type":"text","text":"see"},
      {"type":"media","media_type":"image/png","name":"a.png","blob":")";
  EXPECT_EQ(it.send(media + "b1\"}]}").outcome, JF_OUTCOME_ACCEPTED);
  EXPECT_THAT(it.server.mails.at(0), HasSubstr("c29tZSBieXRlcw=="));
  EXPECT_EQ(it.send(media + "gone\"}]}").error_class, JF_ERROR_CONTENT);
  it.host.blobs["b2"] = std::string(2000, 'x');
  EXPECT_EQ(it.send(media + "b2\"}]}").error_class, JF_ERROR_CONTENT);
  EXPECT_EQ(it.server.mails.size(), 1u);
}

TEST(EmailConnector, OutcomesComeThrough) {
  EXPECT_EQ(Sending(Answers{{".", ""}}).send(reply).outcome, JF_OUTCOME_UNKNOWN);
  const auto refused = Sending(Answers{{"RCPT", "550 5.1.1 nobody"}}).send(reply);
  EXPECT_EQ(refused.outcome, JF_OUTCOME_REJECTED);
  EXPECT_EQ(refused.error_class, JF_ERROR_RECIPIENT);
  EXPECT_EQ(refused.code, "550");
  EXPECT_EQ(Sending(Answers{{"RCPT", "451 later"}}).send(reply).outcome, JF_OUTCOME_RETRY);
}

TEST(EmailConnector, ConnectionIsUsedAgainAndOneThatTheServerClosedIsReplaced) {
  Sending it;
  EXPECT_EQ(it.send(reply).outcome, JF_OUTCOME_ACCEPTED);
  EXPECT_EQ(it.send(reply).outcome, JF_OUTCOME_ACCEPTED);
  EXPECT_EQ(it.server.connections, 1);
  it.server.answers_["MAIL"] = "";  // closes as the next mail begins
  EXPECT_EQ(it.host.send(++it.token, "01KEY", reply), JF_OK);
  it.server.serve(it.host);
  EXPECT_EQ(it.host.send_answers.back().outcome, JF_OUTCOME_RETRY);  // it closed the second one too
  EXPECT_EQ(it.server.connections, 2);
  it.server.answers_.erase("MAIL");
  EXPECT_EQ(it.send(reply).outcome, JF_OUTCOME_ACCEPTED);
  it.host.advance(31 * 1000);
  it.server.serve(it.host);
  EXPECT_EQ(it.server.commands.back(), "QUIT");
}

TEST(EmailConnector, GreylistingConcernsItsRecipientAndALoginEverybody) {
  const auto greylisted = Sending(Answers{{"RCPT", "451 4.7.1 try again in 2 minutes"}}).send(reply);
  EXPECT_EQ(greylisted.outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(greylisted.retry_scope, JF_SCOPE_RECIPIENT);
  EXPECT_EQ(greylisted.retry_after_ms, 120000u);
  const auto refused = Sending(Answers{{"EHLO", "530 5.7.0 log in"}}).send(reply);
  EXPECT_EQ(refused.outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(refused.retry_scope, JF_SCOPE_CHANNEL);
}

TEST(EmailConnector, CancelledSendEndsAtOnce) {
  Sending it;
  EXPECT_EQ(it.host.send(++it.token, "01KEY", reply), JF_OK);
  it.host.settle();  // nobody answers the connection
  it.host.cancel(it.token);
  it.host.settle();
  EXPECT_EQ(it.host.send_answers.back().outcome, JF_OUTCOME_CANCELLED);
}

TEST(EmailConnector, ServerThatNeverGreetsIsGivenUp) {
  Sending it;
  EXPECT_EQ(it.host.send(++it.token, "01KEY", reply), JF_OK);
  it.host.settle();
  it.host.connected(it.host.stream_order.back(), "127.0.0.1:2525");
  it.host.advance(61 * 1000);
  EXPECT_EQ(it.host.send_answers.back().outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(it.host.state, JF_STATE_DEGRADED);
}

TEST(EmailConnector, ChannelIsDegradedWhileTheServerTakesNothing) {
  Sending it(Answers{{"", "554 closed"}});
  EXPECT_EQ(it.send(reply).outcome, JF_OUTCOME_RETRY);
  EXPECT_EQ(it.host.state, JF_STATE_DEGRADED);
}

}  // namespace
}  // namespace jackfield::email
