#include "smtp_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jackfield::email {
namespace {

using testing::HasSubstr;
using Want = SmtpClient::Want;

SmtpClientOptions plain() {
  return {.login = {}, .tls = TlsPolicy::none, .encrypted = false, .hello_name = "c.example"};
}
SmtpClientOptions with_login(bool bearer = false) {
  SmtpClientOptions options = plain();
  options.login = {"me", "hunter2", bearer, "mail.example", 587};
  return options;
}

struct Dialogue {
  explicit Dialogue(SmtpClientOptions options)
      : client(std::move(options), {.ready = [this] { ++ready; },
                                    .done = [this](const SmtpResult& r) { results.push_back(r); },
                                    .failed = [this](const SmtpResult& r) { failures.push_back(r); }}) {}
  std::string hears(const std::string& lines) {
    client.receive(lines);
    return said();
  }
  std::string said() {
    std::string out;
    for (std::string piece = client.take_output(7); !piece.empty(); piece = client.take_output(7)) out += piece;
    return out;
  }
  void greet(const std::string& capabilities = "") {
    hears("220 here\r\n");
    hears("250-mail.example\r\n" + capabilities + "250 HELP\r\n");
  }
  std::string send(std::vector<std::string> to = {"ana@example.net"},
                   const std::string& bytes = "Subject: x\r\n\r\nhi\r\n") {
    client.send({"support@example.com", std::move(to), "1@example.com", std::make_shared<const std::string>(bytes)});
    return said();
  }
  int ready = 0;
  std::vector<SmtpResult> results, failures;
  SmtpClient client;
};

TEST(SmtpClient, MailIsHandedOverLineByLine) {
  Dialogue it(plain());
  EXPECT_EQ(it.hears("220 here\r\n"), "EHLO c.example\r\n");
  it.hears("250 mail.example\r\n");
  EXPECT_EQ(it.ready, 1);
  EXPECT_EQ(it.send({"a@x.example", "b@x.example"}, "A: b\r\n\r\n.\r\n..x\r\nend"),
            "MAIL FROM:<support@example.com>\r\n");
  EXPECT_EQ(it.hears("250 ok\r\n"), "RCPT TO:<a@x.example>\r\n");
  EXPECT_EQ(it.hears("250 ok\r\n"), "RCPT TO:<b@x.example>\r\n");
  EXPECT_EQ(it.hears("250 ok\r\n"), "DATA\r\n");
  EXPECT_FALSE(it.client.is_mail_handed_over());
  EXPECT_EQ(it.hears("354 go\r\n"), "A: b\r\n\r\n..\r\n...x\r\nend\r\n.\r\n");
  EXPECT_TRUE(it.client.is_mail_handed_over());
  it.hears("250 2.0.0 queued as 7\r\n");
  ASSERT_EQ(it.results.size(), 1u);
  EXPECT_EQ(it.results[0].outcome, SendOutcome::accepted);
  EXPECT_EQ(it.ready, 2);
}

TEST(SmtpClient, WhatTheServerOffersIsUsed) {
  Dialogue it(plain());
  it.greet("250-PIPELINING\r\n250-SIZE 1000\r\n250-DSN\r\n");
  EXPECT_EQ(it.send({"a@x.example", "b@x.example"}),
            "MAIL FROM:<support@example.com> SIZE=18 RET=HDRS ENVID=1@example.com\r\n"
            "RCPT TO:<a@x.example> NOTIFY=FAILURE,DELAY\r\nRCPT TO:<b@x.example> NOTIFY=FAILURE,DELAY\r\n");
  EXPECT_EQ(it.hears("250 ok\r\n250 ok\r\n"), "");
  EXPECT_EQ(it.hears("250 ok\r\n"), "DATA\r\n");
}

TEST(SmtpClient, EachRefusalHasItsOutcome) {
  struct Row {
    const char *what, *replies;
    SendOutcome outcome;
    SendFault fault;
    bool server_fault;
    std::int64_t after_ms;
  };
  const Row rows[] = {
      {"sender refused", "550 5.7.1 not you", SendOutcome::rejected, SendFault::content, false, 0},
      {"login needed", "530 5.7.0 log in", SendOutcome::retry, SendFault::auth, true, 60000},
      {"no such recipient", "250 ok\r\n550 5.1.1 nobody", SendOutcome::rejected, SendFault::recipient, false, 0},
      {"greylisted", "250 ok\r\n451 4.7.1 greylisted, try again in 5 minutes", SendOutcome::retry,
       SendFault::unavailable, false, 300000},
      {"slow down", "250 ok\r\n421 4.7.28 too fast", SendOutcome::retry, SendFault::throttled, false, 60000},
      {"DATA refused", "250 ok\r\n250 ok\r\n554 5.5.1 no", SendOutcome::rejected, SendFault::content, false, 0},
      {"DATA deferred", "250 ok\r\n250 ok\r\n451 4.3.0 no", SendOutcome::retry, SendFault::unavailable, false, 0},
      {"spam", "250 ok\r\n250 ok\r\n354 go\r\n554 5.7.1 spam", SendOutcome::rejected, SendFault::content, false, 0},
      {"full", "250 ok\r\n250 ok\r\n354 go\r\n452 4.3.1 full", SendOutcome::retry, SendFault::unavailable, false, 0},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    Dialogue it(plain());
    it.greet();
    it.send();
    std::string replies = std::string(row.replies) + "\r\n";
    while (!replies.empty()) {
      const auto end = replies.find('\n') + 1;
      it.hears(replies.substr(0, end));
      replies.erase(0, end);
    }
    ASSERT_EQ(it.results.size(), 1u);
    EXPECT_EQ(it.results[0].outcome, row.outcome);
    EXPECT_EQ(it.results[0].fault, row.fault);
    EXPECT_EQ(it.results[0].server_fault, row.server_fault);
    EXPECT_EQ(it.results[0].after_ms, row.after_ms);
    EXPECT_FALSE(it.results[0].detail.empty());
  }
}

TEST(SmtpClient, OneRefusedRecipientKeepsTheMailFromAllAndTheConnectionServesTheNext) {
  Dialogue it(plain());
  it.greet("250-PIPELINING\r\n");
  it.send({"a@x.example", "b@x.example", "c@x.example"});
  EXPECT_EQ(it.hears("250 ok\r\n250 ok\r\n550 5.1.1 nobody\r\n250 ok\r\n"), "RSET\r\n");
  ASSERT_EQ(it.results.size(), 1u);
  EXPECT_THAT(it.results[0].detail, HasSubstr("b@x.example"));
  EXPECT_EQ(it.ready, 1);
  it.hears("250 ok\r\n");
  EXPECT_EQ(it.ready, 2);
  EXPECT_THAT(it.send(), HasSubstr("MAIL FROM"));
}

TEST(SmtpClient, TooLargeForTheServerIsNotEvenBegun) {
  Dialogue it(plain());
  it.greet("250-SIZE 1000\r\n");
  EXPECT_EQ(it.send({"a@x.example"}, std::string(1001, 'x')), "");
  EXPECT_EQ(it.results.at(0).outcome, SendOutcome::rejected);
  EXPECT_EQ(it.results[0].fault, SendFault::content);
  EXPECT_EQ(it.ready, 2);
  EXPECT_THAT(it.send({"a@x.example"}, std::string(1000, 'x')), HasSubstr("SIZE=1000"));
}

TEST(SmtpClient, ConnectionLostAfterTheLastByteIsUnknownAndBeforeItIsNot) {
  const auto outcome_after = [](const std::vector<std::string>& replies) {
    Dialogue it(plain());
    it.greet();
    it.send();
    for (const auto& reply : replies) it.hears(reply + "\r\n");
    it.client.lost("connection reset");
    return it.results.at(0).outcome;
  };
  EXPECT_EQ(outcome_after({}), SendOutcome::retry);
  EXPECT_EQ(outcome_after({"250 ok", "250 ok"}), SendOutcome::retry);
  EXPECT_EQ(outcome_after({"250 ok", "250 ok", "354 go"}), SendOutcome::unknown);
  Dialogue amid(plain());
  amid.greet();
  amid.send({"a@x.example"}, std::string(1000, 'x') + "\r\n");
  amid.hears("250 ok\r\n250 ok\r\n");
  amid.client.receive("354 go\r\n");
  amid.client.take_output(100);
  amid.client.lost("connection reset");
  EXPECT_EQ(amid.results.at(0).outcome, SendOutcome::retry);
}

TEST(SmtpClient, GivenUpBeforeTheLastByteIsCancelled) {
  Dialogue it(plain());
  it.greet();
  it.send();
  it.client.give_up();
  EXPECT_EQ(it.results.at(0).outcome, SendOutcome::cancelled);
  Dialogue late(plain());
  late.greet();
  late.send();
  for (const char* reply : {"250 ok\r\n", "250 ok\r\n", "354 go\r\n"}) late.hears(reply);
  late.client.give_up();
  EXPECT_EQ(late.results.at(0).outcome, SendOutcome::unknown);
}

TEST(SmtpClient, LogsInByWhatIsOffered) {
  Dialogue password(with_login());
  password.hears("220 here\r\n");
  EXPECT_EQ(password.hears("250-here\r\n250 AUTH LOGIN PLAIN\r\n"), "AUTH PLAIN AG1lAGh1bnRlcjI=\r\n");
  password.hears("235 in\r\n");
  EXPECT_EQ(password.ready, 1);
  Dialogue old(with_login());
  old.hears("220 here\r\n");
  EXPECT_EQ(old.hears("250-here\r\n250 AUTH=LOGIN\r\n"), "AUTH LOGIN\r\n");
  EXPECT_EQ(old.hears("334 VXNlcm5hbWU6\r\n"), "bWU=\r\n");
  EXPECT_EQ(old.hears("334 UGFzc3dvcmQ6\r\n"), "aHVudGVyMg==\r\n");
  Dialogue token(with_login(true));
  token.hears("220 here\r\n");
  EXPECT_THAT(token.hears("250-here\r\n250 AUTH PLAIN XOAUTH2\r\n"), testing::StartsWith("AUTH XOAUTH2 dXNlcj1tZQ"));
  EXPECT_EQ(token.hears("334 eyJzdGF0dXMiOiI0MDEifQ==\r\n"), "\r\n");
  token.hears("535 5.7.8 no\r\n");
  ASSERT_EQ(token.failures.size(), 1u);
  EXPECT_EQ(token.failures[0].fault, SendFault::auth);
  EXPECT_TRUE(token.failures[0].server_fault);
  EXPECT_THAT(token.failures[0].detail, testing::Not(HasSubstr("hunter2")));
  EXPECT_EQ(token.client.wants(), Want::close);
}

TEST(SmtpClient, WithoutTlsNothingIsSaidWhereItIsRequired) {
  SmtpClientOptions options = with_login();
  options.tls = TlsPolicy::required;
  Dialogue it(options);
  it.hears("220 here\r\n");
  EXPECT_EQ(it.hears("250-here\r\n250 AUTH PLAIN\r\n"), "");
  EXPECT_EQ(it.failures.at(0).outcome, SendOutcome::retry);
  Dialogue tls(options);
  tls.hears("220 here\r\n");
  EXPECT_EQ(tls.hears("250-here\r\n250 STARTTLS\r\n"), "STARTTLS\r\n");
  tls.hears("220 go\r\n250-injected\r\n250 AUTH PLAIN\r\n");
  EXPECT_EQ(tls.client.wants(), Want::tls);
  tls.client.tls_started();
  EXPECT_EQ(tls.said(), "EHLO c.example\r\n");
  EXPECT_THAT(tls.hears("250-here\r\n250 AUTH PLAIN\r\n"), HasSubstr("AUTH PLAIN"));
}

TEST(SmtpClient, AddressesBeyondAsciiNeedAServerThatTakesThem) {
  Dialogue it(plain());
  it.greet();
  it.send({"żółw@x.example"});
  EXPECT_EQ(it.results.at(0).fault, SendFault::recipient);
  Dialogue able(plain());
  able.greet("250-SMTPUTF8\r\n");
  EXPECT_THAT(able.send({"żółw@x.example"}), HasSubstr(" SMTPUTF8"));
}

TEST(SmtpClient, NonsenseAndEndlessRepliesEndIt) {
  for (const std::string& nonsense : {std::string("* OK imap\r\n"), std::string(10000, '2')}) {
    Dialogue it(plain());
    it.hears(nonsense);
    EXPECT_EQ(it.client.wants(), Want::close);
    EXPECT_EQ(it.failures.size(), 1u);
  }
  Dialogue endless(plain());
  for (int i = 0; i < 100000 && endless.failures.empty(); ++i) endless.hears("220-more\r\n");
  EXPECT_EQ(endless.failures.size(), 1u);
}

TEST(SmtpReply, TimesToWaitAreUnderstood) {
  EXPECT_EQ(wait_said_in("451 4.7.1 Greylisted, try again in 300 seconds"), 300000);
  EXPECT_EQ(wait_said_in("450 4.2.0 retry in 5 minutes"), 300000);
  EXPECT_EQ(wait_said_in("450 come back (10s)"), 10000);
  EXPECT_EQ(wait_said_in("451 4.3.0 try later"), 0);
  EXPECT_EQ(wait_said_in("451 wait 99999999999 hours"), 0);
}

}  // namespace
}  // namespace jackfield::email
