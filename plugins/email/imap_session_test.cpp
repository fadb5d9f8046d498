#include "imap_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "imap_names.hpp"

namespace jackfield::email {
namespace {

using Want = ImapSession::Want;

ImapSessionOptions with_password(TlsPolicy tls = TlsPolicy::none) {
  return {.login = {"me", "s3cret", false, "mail.example", 143}, .tls = tls, .encrypted = false, .limits = {}};
}
ImapSessionOptions with_token() {
  return {.login = {"agent@example.test", "tok123", true, "imap.example.test", 993},
          .tls = TlsPolicy::required,
          .encrypted = true,
          .limits = {}};
}

// A session and what it told.
struct Client {
  explicit Client(ImapSessionOptions options)
      : session(std::move(options), {.ready = [this] { ready = true; },
                                     .untagged = [this](ImapResponse& response) { untagged.push_back(response.name); },
                                     .failed =
                                         [this](ImapFault fault, const std::string& why) {
                                           failed = fault;
                                           reason = why;
                                         }}) {}
  // The server says this; what does the client say to it?
  std::string hears(const std::string& lines) {
    session.receive(lines);
    return session.take_output();
  }
  bool ready = false;
  std::optional<ImapFault> failed;
  std::string reason;
  std::vector<std::string> untagged;
  ImapSession session;
};

constexpr const char* hello = "* OK [CAPABILITY IMAP4rev1] hi\r\n";
const std::string ir = "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 IDLE\r\nA1 OK done\r\n";

TEST(ImapSession, PasswordIsSaidInOneStepWhereThatIsOffered) {
  Client client(with_password());
  EXPECT_EQ(client.hears(hello), "A1 CAPABILITY\r\n");
  EXPECT_EQ(client.hears(ir), "A2 AUTHENTICATE PLAIN AG1lAHMzY3JldA==\r\n");
  EXPECT_EQ(client.hears("* CAPABILITY IMAP4rev1 IDLE MOVE\r\nA2 OK in\r\n"), "A3 CAPABILITY\r\n");
  client.hears("* CAPABILITY IMAP4rev1 IDLE MOVE\r\nA3 OK\r\n");
  EXPECT_TRUE(client.ready);
  EXPECT_TRUE(client.session.has("MOVE"));
}

TEST(ImapSession, PasswordIsSaidInTwoStepsOtherwise) {
  Client client(with_password());
  client.hears(hello);
  EXPECT_EQ(client.hears("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA1 OK\r\n"), "A2 AUTHENTICATE PLAIN\r\n");
  EXPECT_EQ(client.hears("+ \r\n"), "AG1lAHMzY3JldA==\r\n");
  EXPECT_EQ(client.hears("A2 OK [CAPABILITY IMAP4rev1 IDLE] in\r\n"), "");
  EXPECT_TRUE(client.ready);
}

TEST(ImapSession, LoginCommandTakesWhatCannotBeQuotedAsLiterals) {
  auto options = with_password();
  options.login.user = "m\"e";
  options.login.secret = "p\xC3\xA9";
  Client client(options);
  client.hears(hello);
  EXPECT_EQ(client.hears("* CAPABILITY IMAP4rev1\r\nA1 OK\r\n"), "A2 LOGIN \"m\\\"e\" {3}\r\n");
  EXPECT_EQ(client.hears("+ go\r\n"), "p\xC3\xA9\r\n");
}

TEST(ImapSession, RefusedTokenIsAskedForItsRefusal) {
  Client client(with_token());
  client.hears(hello);
  EXPECT_EQ(client.hears(ir),
            "A2 AUTHENTICATE XOAUTH2 dXNlcj1hZ2VudEBleGFtcGxlLnRlc3QBYXV0aD1CZWFyZXIgdG9rMTIzAQE=\r\n");
  EXPECT_EQ(client.hears("+ eyJzdGF0dXMiOiI0MDEifQ==\r\n"), "\r\n");
  client.hears("A2 NO [AUTHENTICATIONFAILED] no\r\n");
  EXPECT_EQ(client.failed, ImapFault::auth);
  EXPECT_THAT(client.reason, testing::Not(testing::HasSubstr("tok123")));
  EXPECT_EQ(client.session.wants(), Want::close);
}

TEST(ImapSession, TokenGoesByOauthbearerWhereThatIsAllThereIs) {
  Client client(with_token());
  client.hears(hello);
  EXPECT_EQ(client.hears("* CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER\r\nA1 OK\r\n"), "A2 AUTHENTICATE OAUTHBEARER\r\n");
  EXPECT_THAT(client.hears("+ \r\n"), testing::StartsWith("bixhPWFnZW50"));
  EXPECT_EQ(client.hears("+ e30=\r\n"), "AQ==\r\n");
}

TEST(ImapSession, LoginThatIsRefusedForNowIsNoWrongPassword) {
  Client client(with_password());
  client.hears(hello);
  client.hears(ir);
  client.hears("A2 NO [UNAVAILABLE] later\r\n");
  EXPECT_EQ(client.failed, ImapFault::unavailable);
}

TEST(ImapSession, NothingIsSaidWithoutTlsWhereItIsRequired) {
  Client client(with_password(TlsPolicy::required));
  client.hears(hello);
  EXPECT_EQ(client.hears("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA1 OK\r\n"), "");
  EXPECT_EQ(client.failed, ImapFault::tls);
  Client let_in(with_password(TlsPolicy::required));
  let_in.hears("* PREAUTH hi\r\n");
  let_in.hears("* CAPABILITY IMAP4rev1 STARTTLS\r\nA1 OK\r\n");
  EXPECT_EQ(let_in.failed, ImapFault::tls);
  Client unlucky(with_password(TlsPolicy::opportunistic));
  unlucky.hears(hello);
  EXPECT_THAT(unlucky.hears(ir), testing::HasSubstr("AUTHENTICATE"));
}

TEST(ImapSession, StarttlsForgetsAllThatWasSaidBefore) {
  Client client(with_password(TlsPolicy::required));
  client.hears(hello);
  EXPECT_EQ(client.hears("* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\nA1 OK\r\n"), "A2 STARTTLS\r\n");
  client.hears("A2 OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN INJECTED\r\nA3 OK\r\n");
  EXPECT_EQ(client.session.wants(), Want::tls);
  client.session.tls_started();
  EXPECT_EQ(client.hears(""), "A3 CAPABILITY\r\n");
  EXPECT_FALSE(client.session.has("INJECTED"));
  EXPECT_THAT(client.hears("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nA3 OK\r\n"), testing::HasSubstr("A4 AUTHENTICATE"));
}

TEST(ImapSession, LogindisabledIsObeyed) {
  Client client(with_password());
  client.hears(hello);
  EXPECT_EQ(client.hears("* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nA1 OK\r\n"), "");
  EXPECT_EQ(client.failed, ImapFault::auth);
}

void log_in(Client& client) {
  client.hears(hello);
  client.hears(ir);
  client.hears("A2 OK [CAPABILITY IMAP4rev1 IDLE LITERAL+] in\r\n");
  ASSERT_TRUE(client.ready);
}

TEST(ImapSession, CommandsWaitForEachOtherAndForTheirLiterals) {
  Client client(with_password());
  log_in(client);
  std::string ends;
  const auto note = [&](const char* what) { return [&ends, what](const ImapResponse& a) { ends += what + a.name; }; };
  client.session.run_pieces({"APPEND \"Sent\" {5}", "hello"}, note("1"));
  client.session.run("NOOP", note("2"));
  EXPECT_EQ(client.hears(""), "A3 APPEND \"Sent\" {5}\r\n");
  EXPECT_EQ(client.hears("* 3 EXISTS\r\n+ go\r\n"), "hello\r\n");
  EXPECT_EQ(client.hears("A3 NO [TRYCREATE] no such\r\n"), "A4 NOOP\r\n");
  client.hears("A4 OK\r\n");
  EXPECT_EQ(ends, "1NO2OK");
  EXPECT_THAT(client.untagged, testing::ElementsAre("EXISTS"));
}

TEST(ImapSession, IdleEndsWhenItIsToldEvenBeforeItBegan) {
  Client client(with_password());
  log_in(client);
  int ended = 0;
  client.session.idle([&](const ImapResponse&) { ++ended; });
  EXPECT_EQ(client.hears(""), "A3 IDLE\r\n");
  client.session.end_idle();
  EXPECT_EQ(client.hears(""), "");
  EXPECT_EQ(client.hears("+ idling\r\n"), "DONE\r\n");
  client.hears("A3 OK\r\n");
  client.session.idle([&](const ImapResponse&) { ++ended; });
  EXPECT_EQ(client.hears("+ idling\r\n* 4 EXISTS\r\n"), "A4 IDLE\r\n");
  EXPECT_TRUE(client.session.is_idle());
  client.session.end_idle();
  EXPECT_EQ(client.hears("A4 OK\r\n"), "DONE\r\n");
  EXPECT_EQ(ended, 2);
}

TEST(ImapSession, GoodbyeEndsItAtAnyTimeButWhenItWasAskedFor) {
  Client client(with_password());
  log_in(client);
  client.session.run("NOOP", nullptr);
  client.hears("* BYE [ALERT] restarting\r\n");
  EXPECT_EQ(client.failed, ImapFault::unavailable);
  EXPECT_THAT(client.reason, testing::HasSubstr("restarting"));
  Client leaving(with_password());
  log_in(leaving);
  leaving.session.log_out();
  leaving.hears("* BYE bye\r\nA3 OK\r\n");
  EXPECT_FALSE(leaving.failed);
  EXPECT_EQ(leaving.session.wants(), Want::close);
}

TEST(ImapSession, NonsenseEndsIt) {
  Client greeting(with_password());
  greeting.hears("220 mx ESMTP\r\n");
  EXPECT_EQ(greeting.failed, ImapFault::unavailable);
  Client endless(with_password());
  endless.hears(std::string(2 * 1024 * 1024, 'x'));
  EXPECT_EQ(endless.failed, ImapFault::protocol);
}

TEST(ImapNames, MailboxesAreWrittenInModifiedUtf7) {
  EXPECT_EQ(imap_mailbox("INBOX"), "\"INBOX\"");
  EXPECT_EQ(imap_mailbox("a\"b\\c & d"), "\"a\\\"b\\\\c &- d\"");
  EXPECT_EQ(imap_mailbox("Gelöscht"), "\"Gel&APY-scht\"");
  EXPECT_EQ(imap_mailbox("~peter/mail/台北/日本語"), "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"");  // RFC 3501
  EXPECT_EQ(imap_mailbox("😀"), "\"&2D3eAA-\"");
  EXPECT_EQ(imap_mailbox("a\r\nb\xFF"), "\"a&AA0ACg-b&,,0-\"");
}

TEST(ImapNames, SetsOfNumbersAreShort) {
  EXPECT_EQ(uid_set({1, 2, 3, 7, 9, 10}), "1:3,7,9:10");
  EXPECT_EQ(uid_set({}), "");
  EXPECT_THAT(uids_of("1:3,7,9:10", 100), testing::ElementsAre(1, 2, 3, 7, 9, 10));
  EXPECT_EQ(uids_of("1:4294967295", 100).size(), 100u);
  EXPECT_TRUE(uids_of("x,5:1,:", 100).empty());
}

}  // namespace
}  // namespace jackfield::email
