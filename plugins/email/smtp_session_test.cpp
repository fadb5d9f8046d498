// Dialogues as a client and the session would have them: "C: " is said to it, "S: " is what it must answer next.
#include "smtp_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace jackfield::email {
namespace {

using Want = SmtpSession::Want;

SessionOptions smtp() {
  SessionOptions options;
  options.host_name = "here";
  options.max_size = 1000;
  options.takes_recipient = [](std::string_view address) {
    return takes_recipient({"support@example.org", "*@all.example"}, address);
  };
  return options;
}
SessionOptions lmtp() {
  SessionOptions options = smtp();
  options.lmtp = true;
  return options;
}

struct Dialogue {
  explicit Dialogue(SessionOptions options, Verdict with = Verdict::durable)
      : session(std::move(options)), verdict(with) {
    session.greet();
    session.take_output();
  }
  // What the session answers to these bytes; mails are taken with the verdict, TLS at once.
  std::string say(std::string_view bytes) {
    session.receive(bytes);
    std::string out = session.take_output();
    while (session.wants() == Want::verdict) {
      mails.push_back(session.take_mail());
      session.answer(verdict);
      out += session.take_output();
    }
    if (session.wants() == Want::tls) session.tls_started();
    return out;
  }
  std::string say_in_pieces(std::string_view bytes, std::size_t piece) {
    std::string out;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) out += say(bytes.substr(0, piece));
    return out;
  }
  SmtpSession session;
  Verdict verdict;
  std::vector<ReceivedMail> mails;
};

// The codes of the answers, in one line: "250 250 354".
std::string codes(const std::string& answers) {
  std::string out;
  std::istringstream lines(answers);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.ends_with('\r')) << line;
    if (line.size() > 3 && line[3] != '-') out += (out.empty() ? "" : " ") + line.substr(0, 3);
  }
  return out;
}

constexpr const char* to_data = "EHLO c\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<support@example.org>\r\nDATA\r\n";

TEST(SmtpSession, GreetsAndLists) {
  SmtpSession session(smtp());
  session.receive("EHLO early\r\n");
  EXPECT_EQ(session.take_output(), "");  // waits for the greeting
  session.greet();
  EXPECT_EQ(
      session.take_output(),
      "220 here ESMTP Jackfield\r\n250-here\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
      "250 ENHANCEDSTATUSCODES\r\n");
}

TEST(SmtpSession, AnswersEachCommandOfATable) {
  struct Row {
    const char* what;
    const char* client;
    const char* answers;
  };
  const Row rows[] = {
      {"a mail, pipelined whole",
       "EHLO c\r\nMAIL FROM:<a@x.example> SIZE=10 BODY=8BITMIME\r\nRCPT "
       "TO:<support@example.org>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n",
       "250 250 250 354 250 221"},
      {"HELO", "HELO c\r\nMAIL FROM:<>\r\nrcpt to: <SUPPORT+tag@Example.org>\r\n", "250 250 250"},
      {"source route, quoted local part",
       "EHLO c\r\nMAIL FROM:<\"a>b\"@x.example>\r\nRCPT TO:<@r.example:support@example.org>\r\n", "250 250 250"},
      {"all of a domain",
       "EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<any.one@all.example>\r\nRCPT TO:<any@not.all.example>\r\n",
       "250 250 250 550"},
      {"no hello", "MAIL FROM:<a@x.example>\r\n", "503"},
      {"no sender", "EHLO c\r\nRCPT TO:<support@example.org>\r\nDATA\r\n", "250 503 503"},
      {"no recipient", "EHLO c\r\nMAIL FROM:<a@x.example>\r\nDATA\r\n", "250 250 554"},
      {"unknown recipient", "EHLO c\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<boss@example.org>\r\nDATA\r\n",
       "250 250 550 554"},
      {"two senders", "EHLO c\r\nMAIL FROM:<a@x.example>\r\nMAIL FROM:<b@x.example>\r\n", "250 250 503"},
      {"RSET starts anew", "EHLO c\r\nMAIL FROM:<a@x.example>\r\nRSET\r\nMAIL FROM:<b@x.example>\r\n",
       "250 250 250 250"},
      {"too big by its own account", "EHLO c\r\nMAIL FROM:<a@x.example> SIZE=1001\r\n", "250 552"},
      {"SIZE is no number", "EHLO c\r\nMAIL FROM:<a@x.example> SIZE=1e9\r\n", "250 501"},
      {"unknown parameter", "EHLO c\r\nMAIL FROM:<a@x.example> HOLDFOR=1\r\n", "250 555"},
      {"malformed paths", "EHLO c\r\nMAIL FROM:a@x.example\r\nMAIL FROM:<a@x\r\nMAIL\r\nMAIL FROM:<a b>\r\n",
       "250 501 501 501 553"},
      {"non-ASCII address", "EHLO c\r\nMAIL FROM:<\xC3\xA9@x.example>\r\nMAIL FROM:<\xC3\xA9@x.example> SMTPUTF8\r\n",
       "250 553 250"},
      {"small talk", "NOOP\r\nVRFY ana\r\nHELP\r\nEXPN list\r\nAUTH PLAIN x\r\nBDAT 3\r\nwhat\r\n\r\n",
       "250 252 214 502 502 502 500 500"},
      {"LHLO is LMTP's", "LHLO c\r\n", "500"},
      {"EHLO without a name", "EHLO\r\n", "501"},
      {"DATA with an argument", "EHLO c\r\nDATA now\r\n", "250 501"},
      {"STARTTLS not offered", "EHLO c\r\nSTARTTLS\r\n", "250 502"},
      {"bare LF in a command", "EHLO c\nNOOP\r\n", "500 250"},
      {"bare CR in a command", "EHLO c\rNOOP\r\n", "500"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    EXPECT_EQ(codes(Dialogue(smtp()).say(row.client)), row.answers);
    EXPECT_EQ(codes(Dialogue(smtp()).say_in_pieces(row.client, 1)), row.answers);
  }
}

TEST(SmtpSession, HandsOverTheMailAsItWasWritten) {
  for (const std::size_t piece : {1, 2, 3, 5, 1000}) {
    Dialogue dialogue(smtp());
    dialogue.say(to_data);
    EXPECT_EQ(codes(dialogue.say_in_pieces("Subject: x\r\n\r\n..\r\n.dot\r\n.\rx\r\na.\r\n\r\n.\r\n", piece)), "250");
    ASSERT_EQ(dialogue.mails.size(), 1u);
    EXPECT_EQ(dialogue.mails[0].bytes, "Subject: x\r\n\r\n.\r\ndot\r\n\rx\r\na.\r\n\r\n");
    EXPECT_EQ(dialogue.mails[0].envelope.from, "a@x.example");
    EXPECT_THAT(dialogue.mails[0].envelope.to, testing::ElementsAre("support@example.org"));
  }
}

TEST(SmtpSession, OnlyCrlfDotCrlfEndsAMail) {
  for (const char* smuggled : {"\n.\r\n", "\r\n.\n", "\n.\n", "\r.\r", "\r\n.\r\r\n"}) {
    Dialogue dialogue(smtp());
    dialogue.say(to_data);
    EXPECT_EQ(dialogue.say(std::string("hi") + smuggled + "MAIL FROM:<evil@x.example>\r\n"), "") << smuggled;
    const std::string answer = dialogue.say("\r\n.\r\n");
    const bool bare_lf = std::string(smuggled).find('\r') == std::string::npos || std::string(smuggled) == "\n.\r\n" ||
                         std::string(smuggled) == "\r\n.\n";
    EXPECT_EQ(codes(answer), bare_lf ? "550" : "250") << smuggled;
    EXPECT_EQ(dialogue.mails.size(), bare_lf ? 0u : 1u);
  }
}

TEST(SmtpSession, BareLfSpoilsAMailForEveryRecipient) {
  Dialogue dialogue(lmtp());
  dialogue.say(
      "LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<support@example.org>\r\nRCPT TO:<support+2@example.org>\r\nDATA\r\n");
  EXPECT_EQ(dialogue.say("a\nb\r\n.\r\n"),
            "550 5.6.11 bare LF: a line ends in CRLF\r\n550 5.6.11 bare LF: a line ends in CRLF\r\n");
}

TEST(SmtpSession, TooBigIsReadToItsEndAndRefused) {
  Dialogue dialogue(smtp());
  dialogue.say(to_data);
  std::string line(100, 'x');
  line += "\r\n";
  for (int i = 0; i < 20; ++i) EXPECT_EQ(dialogue.say(line), "");
  EXPECT_EQ(codes(dialogue.say(".\r\nNOOP\r\n")), "552 250");
  EXPECT_TRUE(dialogue.mails.empty());
}

TEST(SmtpSession, LmtpAnswersOncePerRecipient) {
  const char* client =
      "LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<support@example.org>\r\nRCPT TO:<nobody@example.org>\r\n"
      "RCPT TO:<support+2@example.org>\r\nDATA\r\nhi\r\n.\r\n";
  EXPECT_EQ(codes(Dialogue(lmtp()).say(client)), "250 250 250 550 250 354 250 250");
  EXPECT_EQ(codes(Dialogue(lmtp(), Verdict::unavailable).say(client)), "250 250 250 550 250 354 451 451");
  EXPECT_EQ(codes(Dialogue(lmtp()).say("EHLO c\r\nHELO c\r\n")), "500 500");
}

TEST(SmtpSession, AnswersAsTheMailEnded) {
  const auto answer = [](Verdict verdict) {
    return Dialogue(smtp(), verdict).say(std::string(to_data) + "x\r\n.\r\n");
  };
  EXPECT_THAT(answer(Verdict::durable), testing::HasSubstr("250 2.0.0"));
  EXPECT_THAT(answer(Verdict::unavailable), testing::HasSubstr("451 4.3.0"));
  EXPECT_THAT(answer(Verdict::busy), testing::HasSubstr("452 4.3.1"));
  EXPECT_THAT(answer(Verdict::unacceptable), testing::HasSubstr("554 5.6.0"));
}

TEST(SmtpSession, NothingIsAnsweredBeforeTheVerdict) {
  SmtpSession session(smtp());
  session.greet();
  session.receive(std::string(to_data) + "x\r\n.\r\nNOOP\r\nQUIT\r\n");
  session.take_output();
  EXPECT_EQ(session.wants(), Want::verdict);
  session.receive("NOOP\r\n");
  EXPECT_EQ(session.take_output(), "");
  session.answer(Verdict::durable);
  EXPECT_EQ(codes(session.take_output()), "250 250 221");
  EXPECT_EQ(session.wants(), Want::close);
}

TEST(SmtpSession, ConnectionTakesManyMails) {
  Dialogue dialogue(smtp());
  dialogue.say("EHLO c\r\n");
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(codes(dialogue.say("MAIL FROM:<a@x.example>\r\nRCPT TO:<support@example.org>\r\nDATA\r\nhi\r\n.\r\n")),
              "250 250 354 250");
  EXPECT_EQ(dialogue.mails.size(), 3u);
}

TEST(SmtpSession, TooManyRecipientsAreAskedToComeAgain) {
  SessionOptions options = smtp();
  options.max_recipients = 2;
  Dialogue dialogue(options);
  dialogue.say("EHLO c\r\nMAIL FROM:<>\r\n");
  const std::string one = "RCPT TO:<support@example.org>\r\n";
  EXPECT_EQ(codes(dialogue.say(one + one + one)), "250 250 452");
}

TEST(SmtpSession, OversizeLineIsRefusedOnceAndSkipped) {
  for (const std::size_t piece : {1000u, 100000u}) {
    Dialogue dialogue(smtp());
    EXPECT_EQ(codes(dialogue.say_in_pieces("NOOP " + std::string(10000, 'x') + "\r\nNOOP\r\n", piece)), "500 250");
  }
}

TEST(SmtpSession, TooManyErrorsEndTheConnection) {
  Dialogue dialogue(smtp());
  std::string nonsense;
  for (int i = 0; i < 30; ++i) nonsense += "x\r\n";
  const std::string answers = dialogue.say(nonsense);
  EXPECT_THAT(answers, testing::EndsWith("421 4.7.0 too many errors\r\n"));
  EXPECT_EQ(std::count(answers.begin(), answers.end(), '\n'), 21);
  EXPECT_EQ(dialogue.session.wants(), Want::close);
}

TEST(SmtpSession, StarttlsForgetsAllThatWasSaidBefore) {
  SessionOptions options = smtp();
  options.offer_tls = true;
  Dialogue dialogue(options);
  EXPECT_THAT(dialogue.say("EHLO c\r\n"), testing::HasSubstr("250-STARTTLS\r\n"));
  dialogue.say("MAIL FROM:<a@x.example>\r\n");
  EXPECT_EQ(codes(dialogue.say("STARTTLS\r\nRCPT TO:<support@example.org>\r\n")),
            "220");  // what was injected is dropped
  EXPECT_EQ(codes(dialogue.say("MAIL FROM:<a@x.example>\r\n")), "503");
  EXPECT_THAT(dialogue.say("EHLO c\r\n"), testing::Not(testing::HasSubstr("STARTTLS")));
  EXPECT_EQ(codes(dialogue.say("STARTTLS\r\n")), "503");
}

TEST(SmtpSession, BytesOfAllMailsAreBounded) {
  SessionOptions options = smtp();
  options.max_size = 1000000;
  options.budget = std::make_shared<MailBudget>(200 * 1024);
  Dialogue first(options), second(options);
  first.say(to_data);
  first.say(std::string(150 * 1024, 'x'));
  EXPECT_EQ(codes(second.say(to_data)), "250 250 250 452");
  EXPECT_EQ(codes(second.say("RSET\r\nMAIL FROM:<> SIZE=100000\r\n")), "250 452");
  first.say(std::string(100 * 1024, 'x'));
  EXPECT_EQ(codes(first.say("\r\n.\r\n")), "452");
  EXPECT_EQ(options.budget->used(), 0u);
  EXPECT_EQ(codes(second.say("RSET\r\nMAIL FROM:<> SIZE=100000\r\n")), "250 250");
}

TEST(SmtpSession, RefusalAndTimeoutEndIt) {
  SmtpSession refused(smtp());
  refused.refuse("554 5.7.1 not from your network");
  EXPECT_EQ(refused.take_output(), "554 5.7.1 not from your network\r\n");
  EXPECT_EQ(refused.wants(), Want::close);
  Dialogue idle(smtp());
  idle.say(to_data);
  idle.session.shut_down("nothing was said for too long");
  EXPECT_EQ(codes(idle.session.take_output()), "421");
  EXPECT_EQ(idle.say("x\r\n.\r\n"), "");
}

TEST(SmtpSession, WishesForReportsAreTakenAndTheOriginalRecipientIsKept) {
  Dialogue dialogue(smtp());
  EXPECT_THAT(dialogue.say("EHLO c\r\n"), testing::Not(testing::HasSubstr("DSN")));
  EXPECT_EQ(codes(dialogue.say("MAIL FROM:<a@x.example> RET=HDRS ENVID=QQ+2B314\r\nRCPT TO:<support@example.org> "
                               "NOTIFY=SUCCESS,DELAY ORCPT=rfc822;help+2B7@old.example\r\nDATA\r\nhi\r\n.\r\n")),
            "250 250 354 250");
  ASSERT_EQ(dialogue.mails.size(), 1u);
  EXPECT_EQ(dialogue.mails[0].envelope.id, "QQ+314");
  EXPECT_THAT(dialogue.mails[0].envelope.original_to, testing::ElementsAre("help+7@old.example"));
  EXPECT_EQ(codes(dialogue.say("MAIL FROM:<a@x.example>\r\nRCPT TO:<support@example.org> ORCPT=x\r\n")), "250 555");
}

TEST(SmtpSession, NoMailWithoutTlsWhereItIsRequired) {
  SessionOptions options = smtp();
  options.offer_tls = options.require_tls = true;
  Dialogue dialogue(options);
  EXPECT_EQ(codes(dialogue.say("EHLO c\r\nMAIL FROM:<a@x.example>\r\n")), "250 530");
  dialogue.say("STARTTLS\r\n");
  EXPECT_EQ(codes(dialogue.say("EHLO c\r\nMAIL FROM:<a@x.example>\r\n")), "250 250");
  options.encrypted = true;
  options.offer_tls = false;
  Dialogue implicit(options);
  EXPECT_EQ(codes(implicit.say("HELO c\r\nMAIL FROM:<a@x.example>\r\n")), "250 250");
}

TEST(MailEnvelope, MailboxesAreRead) {
  EXPECT_EQ(parse_mailbox("Support <support@example.com>")->name, "Support");
  EXPECT_EQ(parse_mailbox("\"A \\\"B\\\" C\" <s@example.com>")->name, "A \"B\" C");
  EXPECT_EQ(parse_mailbox(" s@example.com ")->address, "s@example.com");
  for (const char* wrong : {"", "Support", "<a@b", "a@", "@b", "a@b\r\nBcc: c@d", "A <a b@c>"})
    EXPECT_FALSE(parse_mailbox(wrong)) << wrong;
}

}  // namespace
}  // namespace jackfield::email
