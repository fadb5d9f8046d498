#include "smtp_send.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_smtp_server.hpp"

namespace jackfield::email {
namespace {

SmtpServer to(unsigned port) {
  return {{"127.0.0.1", port, false}, "", "", std::nullopt, TlsPolicy::none, "example.com"};
}
SmtpServer to(const ScriptedSmtpServer& server) { return to(server.port()); }

SmtpJob job() {
  SmtpJob out;
  out.from = "support@example.com";
  out.to = {"ana@example.net"};
  out.bytes = "Subject: x\r\n\r\nhello\r\n.dot\r\n";
  out.timeout_ms = 3000;
  return out;
}

SmtpResult send_against(std::map<std::string, std::string> answers) {
  ScriptedSmtpServer server(std::move(answers));
  return SmtpSender(to(server)).send(job());
}

TEST(SmtpSend, MailArrivesAsItWasWritten) {
  ScriptedSmtpServer server({});
  const SmtpResult result = SmtpSender(to(server)).send(job());
  EXPECT_EQ(result.outcome, SendOutcome::accepted);
  EXPECT_EQ(result.code, "250");
  EXPECT_THAT(server.mails(), testing::ElementsAre("Subject: x\r\n\r\nhello\r\n..dot"));
  EXPECT_THAT(server.commands(), testing::IsSupersetOf({"EHLO example.com", "MAIL FROM:<support@example.com>",
                                                        "RCPT TO:<ana@example.net>"}));
}

TEST(SmtpSend, EachEndOfTheDialogueHasItsOutcome) {
  struct Row {
    const char* what;
    std::map<std::string, std::string> answers;
    SendOutcome outcome;
    SendFault fault;
    const char* code;
  };
  const Row rows[] = {
      {"no greeting", {{"", ""}}, SendOutcome::retry, SendFault::unavailable, ""},
      {"greeting refuses", {{"", "554 go away"}}, SendOutcome::retry, SendFault::unavailable, "554"},
      {"busy greeting", {{"", "421 later"}}, SendOutcome::retry, SendFault::unavailable, "421"},
      {"sender refused", {{"MAIL", "550 5.7.1 not you"}}, SendOutcome::rejected, SendFault::content, "550"},
      {"login needed", {{"MAIL", "530 5.7.0 log in"}}, SendOutcome::rejected, SendFault::auth, "530"},
      {"no such recipient", {{"RCPT", "550 5.1.1 nobody"}}, SendOutcome::rejected, SendFault::recipient, "550"},
      {"greylisted", {{"RCPT", "451 4.2.0 later"}}, SendOutcome::retry, SendFault::unavailable, "451"},
      {"slow down", {{"RCPT", "421 4.7.28 too fast"}}, SendOutcome::retry, SendFault::throttled, "421"},
      {"gone at RCPT", {{"RCPT", ""}}, SendOutcome::retry, SendFault::unavailable, ""},
      {"DATA refused", {{"DATA", "554 5.5.1 no"}}, SendOutcome::rejected, SendFault::content, "554"},
      {"DATA deferred", {{"DATA", "451 4.3.0 no"}}, SendOutcome::retry, SendFault::unavailable, "451"},
      {"spam", {{".", "554 5.7.1 spam"}}, SendOutcome::rejected, SendFault::content, "554"},
      {"could not store", {{".", "452 4.3.1 full"}}, SendOutcome::retry, SendFault::unavailable, "452"},
      {"gone after the dot", {{".", ""}}, SendOutcome::unknown, SendFault::unavailable, ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    const SmtpResult result = send_against(row.answers);
    EXPECT_EQ(result.outcome, row.outcome);
    EXPECT_EQ(result.fault, row.fault);
    EXPECT_EQ(result.code, row.code);
    EXPECT_FALSE(result.detail.empty());
  }
}

TEST(SmtpSend, RefusedCredentialsAreTheServersFaultAndNeverShown) {
  ScriptedSmtpServer server({{"EHLO", "250-here\r\n250 AUTH PLAIN"}, {"AUTH", "535 5.7.8 wrong"}});
  SmtpServer settings = to(server);
  settings.user = "me";
  settings.password = "hunter2";
  const SmtpResult result = SmtpSender(settings).send(job());
  EXPECT_EQ(result.outcome, SendOutcome::rejected);
  EXPECT_EQ(result.fault, SendFault::auth);
  EXPECT_TRUE(result.server_fault);
  EXPECT_THAT(result.code + result.detail, testing::Not(testing::HasSubstr("hunter2")));
}

TEST(SmtpSend, LoginThatFailsForNowIsTriedAgain) {
  ScriptedSmtpServer server({{"EHLO", "250-here\r\n250 AUTH PLAIN"}, {"AUTH", "454 4.7.0 later"}});
  SmtpServer settings = to(server);
  settings.user = "me";
  EXPECT_EQ(SmtpSender(settings).send(job()).outcome, SendOutcome::retry);
}

TEST(SmtpSend, WithoutTlsNothingIsSentWhereItIsRequired) {
  ScriptedSmtpServer server({});
  SmtpServer settings = to(server);
  settings.tls = TlsPolicy::required;
  EXPECT_EQ(SmtpSender(settings).send(job()).outcome, SendOutcome::retry);
  EXPECT_TRUE(server.mails().empty());
  settings.tls = TlsPolicy::opportunistic;
  EXPECT_EQ(SmtpSender(settings).send(job()).outcome, SendOutcome::accepted);
}

TEST(SmtpSend, NobodyThereIsTriedAgain) {
  unsigned port = 0;
  { port = ScriptedSmtpServer({}).port(); }
  const SmtpResult result = SmtpSender(to(port)).send(job());
  EXPECT_EQ(result.outcome, SendOutcome::retry);
  EXPECT_TRUE(result.server_fault);
}

TEST(SmtpSend, ConnectionIsUsedAgain) {
  ScriptedSmtpServer server({});
  SmtpSender sender(to(server));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sender.send(job()).outcome, SendOutcome::accepted);
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(server.mails().size(), 3u);
}

TEST(SmtpSend, CancelledBeforeItBeganIsCancelled) {
  ScriptedSmtpServer server({});
  SmtpJob cancelled = job();
  cancelled.cancelled = std::make_shared<std::atomic<bool>>(true);
  EXPECT_EQ(SmtpSender(to(server)).send(cancelled).outcome, SendOutcome::cancelled);
  EXPECT_TRUE(server.mails().empty());
}

TEST(SmtpSend, WhatWasAllSentAndNotAnsweredIsUnknown) {
  Dialogue dialogue;
  dialogue.step = Dialogue::Step::body;
  dialogue.trouble = "Timeout was reached";
  EXPECT_EQ(judge(dialogue).outcome, SendOutcome::retry);  // the final dot cannot have gone
  dialogue.all_sent = true;
  EXPECT_EQ(judge(dialogue).outcome, SendOutcome::unknown);
  dialogue.cancelled = true;
  EXPECT_EQ(judge(dialogue).outcome, SendOutcome::unknown);
}

}  // namespace
}  // namespace jackfield::email
