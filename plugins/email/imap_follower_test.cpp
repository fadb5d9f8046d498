// The connector as a reader of a mailbox, against the SDK's fake host and a scripted server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "fake_mailbox.hpp"
#include "imap_cursor.hpp"
#include "imap_mail.hpp"
#include "jackfield/jackfield.h"

namespace jackfield::email {
namespace {

namespace json = boost::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

testkit::Options settings(const std::string& more) {
  testkit::Options options;
  options.channel = "support-mail";
  options.settings = R"({"from":"support@example.org","max_size":"1MiB","imap":{"url":"imap://127.0.0.1:143",)"
                     R"("tls":"none","user":"me","after":"seen","existing":"unread","poll":"60s")" +
                     more + "}}";
  options.secrets["/imap/password"] = {"hunter2"};
  return options;
}

struct Following {
  explicit Following(const std::string& more = "") : host(*jackfield_plugin_v0(), settings(more)) {}
  ~Following() {
    host.stop();
    host.check_end();
    EXPECT_THAT(host.violations, IsEmpty()) << testing::PrintToString(host.log);
    EXPECT_THAT(host.log, testing::Each(testing::Not(HasSubstr("hunter2"))));
  }
  void start() {
    EXPECT_EQ(host.start(), JF_OK) << host.error().message;
    server.serve(host);
  }
  void wait(std::int64_t ms) {
    for (; ms > 0; ms -= 500) {
      host.advance(500);
      server.serve(host);
    }
  }
  // The subjects of what was delivered, in its order.
  std::vector<std::string> taken() const {
    std::vector<std::string> out;
    for (const std::string& delivery : host.deliveries) {
      const json::value events = json::parse(delivery);
      for (const json::value& event : events.as_array())
        out.emplace_back(event.as_object().contains("subject") ? event.at("subject").as_string()
                                                               : event.at("type").as_string());
    }
    return out;
  }
  ImapCursor cursor() const {
    for (const auto& [key, value] : host.kv)
      if (key.starts_with("imap/")) return read_cursor(value).value_or(ImapCursor());
    return {};
  }
  std::size_t said(const std::string& begin) const {
    return static_cast<std::size_t>(std::count_if(server.commands.begin(), server.commands.end(),
                                                  [&](const auto& command) { return command.starts_with(begin); }));
  }
  FakeMailbox server;
  testkit::FakeHost host;
};

TEST(ImapFollower, WhatIsThereAndWhatComesIsTakenInItsOrderAndMarked) {
  Following it;
  it.server.add("a");
  it.server.add("b");
  it.start();
  EXPECT_THAT(it.taken(), ElementsAre("a", "b"));
  EXPECT_EQ(it.host.deliveries.size(), 1u);
  EXPECT_EQ(it.host.state, JF_STATE_READY) << it.host.state_detail;
  EXPECT_EQ(it.server.mails[2].flags, "\\Seen");
  it.server.add("c");
  it.server.say(it.host, "* 3 EXISTS");
  EXPECT_THAT(it.taken(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(it.cursor().uid, 3u);
  EXPECT_EQ(it.cursor().validity, 7u);
  it.server.say(it.host, "* 3 EXISTS");  // n:* gives the last one again
  EXPECT_EQ(it.taken().size(), 3u);
}

TEST(ImapFollower, NothingIsMarkedBeforeItIsDurableAndNothingIsLostOnTheWay) {
  Following it;
  for (const char* id : {"a", "b", "c"}) it.server.add(id);
  it.host.failing_deliveries = 2;
  it.host.busy_deliveries = 1;
  it.start();
  EXPECT_EQ(it.said("UID STORE"), 0u);
  EXPECT_EQ(it.cursor().uid, 0u);
  it.wait(5000);
  EXPECT_EQ(it.cursor().uid, 3u);
  EXPECT_EQ(it.said("UID STORE"), 1u);
  const auto taken = it.taken();
  EXPECT_THAT(std::vector(taken.end() - 3, taken.end()), ElementsAre("a", "b", "c"));
}

TEST(ImapFollower, ConnectionThatEndsAnywhereIsComeBackTo) {
  for (const char* where :
       {"CAPABILITY", "AUTHENTICATE", "SELECT", "UID FETCH 1:*", "UID FETCH 1:3 ", "UID STORE", "IDLE"}) {
    SCOPED_TRACE(where);
    Following it;
    for (const char* id : {"a", "b", "c"}) it.server.add(id);
    it.server.cut_at = {where};
    it.start();
    EXPECT_EQ(it.host.state, JF_STATE_DEGRADED);
    it.wait(3000);
    EXPECT_EQ(it.server.connections, 2);
    EXPECT_THAT(it.taken(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(it.server.mails[3].flags, "\\Seen");
    EXPECT_EQ(it.host.state, JF_STATE_READY);
  }
}

TEST(ImapFollower, PausesGrowWhileTheServerIsGone) {
  Following it;
  EXPECT_EQ(it.host.start(), JF_OK);
  for (int second = 0; second < 600; ++second) {
    it.host.settle();
    const std::uint64_t last = it.host.stream_order.back();
    if (!it.host.streams.at(last).closed) it.host.close(last, JF_INTERNAL, "connection refused");
    it.host.advance(1000);
  }
  EXPECT_LT(it.host.stream_order.size(), 16u);
  EXPECT_GT(it.host.stream_order.size(), 5u);
}

TEST(ImapFollower, GoodbyeAndSilenceEndAConnection) {
  Following it;
  it.start();
  it.server.say(it.host, "* BYE restarting");
  EXPECT_THAT(it.host.state_detail, HasSubstr("restarting"));
  it.wait(3000);
  EXPECT_EQ(it.host.state, JF_STATE_READY);
  EXPECT_EQ(it.server.connections, 2);
}

TEST(ImapFollower, ArchiveStaysWhereItIsAndFromThenOnAllIsTaken) {
  Following it;
  it.server.add("old");
  it.server.mails[1].flags = "\\Seen";
  it.server.add("unread");
  it.start();
  EXPECT_THAT(it.taken(), ElementsAre("unread"));
  it.server.add("read by somebody else at once");
  it.server.mails[3].flags = "\\Seen";
  it.server.say(it.host, "* 3 EXISTS");
  EXPECT_THAT(it.taken(), ElementsAre("unread", "read by somebody else at once"));
}

TEST(ImapFollower, NewNumbersMeanThatWhatIsYoungOrUnreadIsLookedAtAgain) {
  Following it;
  it.server.add("a");
  it.start();
  it.server.cut(it.host);
  it.server.validity = 8;
  it.server.mails[1].flags = "\\Seen";
  it.server.add("b");
  it.wait(3000);
  EXPECT_THAT(it.taken(), ElementsAre("a", "a", "b"));  // the host knows the first by its content
  EXPECT_EQ(it.cursor().validity, 8u);
  EXPECT_EQ(it.cursor().uid, 2u);
}

TEST(ImapFollower, MailWithoutBodyIsTakenByItsHeaderAndOneThatIsGoneIsNot) {
  Following it;
  it.server.add("a");
  it.server.add("b");
  it.server.mails[2].no_body = true;
  it.start();
  EXPECT_THAT(it.taken(), ElementsAre("a", "b"));
  EXPECT_THAT(it.host.deliveries.at(0), HasSubstr("could not be had from the server"));
}

TEST(ImapFollower, LargeMailIsTakenByItsHeader) {
  Following it;
  it.server.add("big", std::string(2 << 20, 'x'));
  it.server.add("small");
  it.start();
  EXPECT_THAT(it.taken(), ElementsAre("big", "small"));
  EXPECT_THAT(it.host.deliveries.at(0), HasSubstr("\"too_large\":2097"));
  EXPECT_EQ(it.said("UID FETCH 1 (UID BODY.PEEK[])"), 0u);
}

TEST(ImapFollower, MailThatIsMoreOftenCutThanNotIsAskedForAloneAndThenByItsHeader) {
  Following it;
  for (const char* id : {"a", "b"}) it.server.add(id);
  it.start();
  it.server.add("poison");
  for (int i = 0; i < 8; ++i) {
    it.server.cut_at = {"UID FETCH 3 (UID BODY.PEEK[])"};
    it.server.say(it.host, "* 3 EXISTS");
    it.wait(200 * 1000);
  }
  EXPECT_THAT(it.taken(), ElementsAre("a", "b", "poison"));
}

TEST(ImapFollower, TakenMailsAreMovedOrDeleted) {
  Following moving(R"(,"after":"move","move_to":"Done & dusted")");
  moving.server.add("a");
  moving.start();
  EXPECT_THAT(moving.server.commands, Contains("UID MOVE 1 \"Done &- dusted\""));
  EXPECT_THAT(moving.server.mails, IsEmpty());
  Following copying(R"(,"after":"move")");
  copying.server.capabilities = "IMAP4rev1 AUTH=PLAIN IDLE UIDPLUS";
  copying.server.add("a");
  copying.start();
  EXPECT_THAT(copying.server.commands, Contains("UID COPY 1 \"Jackfield\""));
  EXPECT_THAT(copying.server.mails, IsEmpty());
  Following deleting(R"(,"after":"delete")");
  deleting.server.capabilities = "IMAP4rev1 AUTH=PLAIN IDLE";
  deleting.server.add("a");
  deleting.start();
  EXPECT_EQ(deleting.server.mails[1].flags, "\\Seen \\Deleted");  // without UIDPLUS others' would go too
  EXPECT_EQ(deleting.said("EXPUNGE") + deleting.said("UID EXPUNGE"), 0u);
}

TEST(ImapFollower, WhatWasTakenAndNotMarkedIsMarkedByTheNextConnection) {
  Following it(R"(,"after":"move")");
  it.server.add("a");
  it.server.cut_at = {"UID MOVE"};
  it.start();
  EXPECT_THAT(it.cursor().unmarked, ElementsAre(1));
  it.wait(3000);
  EXPECT_EQ(it.said("UID MOVE"), 2u);
  EXPECT_THAT(it.cursor().unmarked, IsEmpty());
  EXPECT_THAT(it.taken(), ElementsAre("a"));
}

TEST(ImapFollower, IdleIsBegunAnewAndWithoutItTheFolderIsPolled) {
  Following it;
  it.start();
  EXPECT_EQ(it.said("IDLE"), 1u);
  it.wait(10 * 60 * 1000);
  EXPECT_EQ(it.said("IDLE"), 2u);
  Following polling;
  polling.server.capabilities = "IMAP4rev1 AUTH=PLAIN";
  polling.start();
  polling.server.add("a");
  polling.wait(61 * 1000);
  EXPECT_THAT(polling.taken(), ElementsAre("a"));
}

TEST(ImapFollower, FolderThatHasNotChangedIsNotListedAgain) {
  Following it;
  it.server.capabilities += " CONDSTORE";
  it.server.modseq = 50;
  it.server.add("a");
  it.server.add("gone");
  it.server.mails.erase(2);  // UIDNEXT alone does not tell that there is nothing
  it.start();
  EXPECT_THAT(it.server.commands, Contains("SELECT \"INBOX\" (CONDSTORE)"));
  const std::size_t lists = it.said("UID FETCH");
  it.server.cut(it.host);
  it.wait(3000);
  EXPECT_EQ(it.server.connections, 2);
  EXPECT_EQ(it.said("UID FETCH"), lists);
  it.server.cut(it.host);
  it.server.modseq = 51;
  it.wait(3000);
  EXPECT_EQ(it.said("UID FETCH"), lists + 1);
}

TEST(ImapFollower, ManyMailsComeInBatches) {
  Following it;
  for (int i = 0; i < 2500; ++i) it.server.add(std::to_string(i));
  it.start();
  EXPECT_EQ(it.taken().size(), 2500u);
  EXPECT_EQ(it.host.deliveries.size(), 50u);
  EXPECT_EQ(it.said("UID FETCH"), 50u + 2u);  // it is listed twice, as a list holds 2000
}

TEST(ImapCursor, SurvivesItsWriting) {
  ImapCursor cursor{7, 12, 99, 1234, {10, true, 55}, {3, 4, 9}};
  EXPECT_EQ(read_cursor(to_json(cursor)), cursor);
  EXPECT_EQ(read_cursor("{}"), ImapCursor());
  EXPECT_FALSE(read_cursor("nonsense"));
  EXPECT_EQ(read_internal_date("17-Jul-1996 02:44:25 -0700"), 837596665000);
  EXPECT_EQ(read_internal_date(" 1-Jan-1970 01:00:00 +0100"), 0);
  EXPECT_FALSE(read_internal_date("yesterday"));
}

TEST(ImapMail, EnvelopeIsWhatTheTraceSays) {
  const Envelope traced = traced_envelope(
      "Return-Path: <ana@example.net>\r\nDelivered-To: support+x@example.org\r\nReturn-Path: <forged@example.net>\r\n"
      "X-Original-To:\r\n help@example.org\r\n\r\nDelivered-To: body@example.org\r\n");
  EXPECT_TRUE(traced.known);
  EXPECT_EQ(traced.from, "ana@example.net");
  EXPECT_THAT(traced.to, ElementsAre("support+x@example.org", "help@example.org"));
  EXPECT_TRUE(traced_envelope("Return-Path: <>\r\n\r\n").known);
  EXPECT_FALSE(traced_envelope("Subject: x\r\n\r\n").known);
}

TEST(ImapMail, HeaderAloneIsAWholeMail) {
  EXPECT_EQ(header_only_mail("Subject: x\r\nContent-Type: multipart/mixed;\r\n boundary=b\r\nMIME-Version: 1.0\r\n\r\n",
                             "gone"),
            "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ngone\r\n");
  EXPECT_THAT(header_only_mail("Subject: cut off he", ""), StartsWith("Subject: cut off he\r\nMIME-"));
}

}  // namespace
}  // namespace jackfield::email
