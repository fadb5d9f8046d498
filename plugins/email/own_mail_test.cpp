#include "own_mail.hpp"

#include <gtest/gtest.h>

#include "automatic_cap.hpp"
#include "jackfield/jackfield.h"
#include "testkit/fake_host.hpp"

namespace jackfield::email {
namespace {

OwnMail made(const std::string& key, const std::string& channel = "mail",
             const std::string& from = "support@example.org", const std::string& recipient = "support@example.org") {
  return OwnMail(key, channel, {"", from}, {recipient});
}

TEST(OwnMail, KnowsItsMessageIdsAndNoOthers) {
  const OwnMail own = made("key");
  const std::string id = own.message_id("0abc");
  EXPECT_TRUE(own.wrote(id));
  EXPECT_TRUE(own.wrote("0ABC" + id.substr(4)));
  EXPECT_FALSE(own.wrote("0abd" + id.substr(4)));
  EXPECT_FALSE(own.wrote(id + ".example"));
  EXPECT_FALSE(made("another key").wrote(id));
  EXPECT_FALSE(made("key", "other channel").wrote(id));
  EXPECT_EQ(own.find_own_id("Message-ID: <" + id + ">\r\nX: y"), id);
  EXPECT_EQ(own.find_own_id("<x.0123456789abcdef@example.org>"), "");
}

TEST(OwnMail, IsTheSameForEveryTry) {
  EXPECT_EQ(made("key").message_id("0abc"), made("key").message_id("0abc"));
  EXPECT_NE(made("key").message_id("0abc"), made("key").message_id("0abd"));
}

TEST(OwnMail, AMessageIdDoesNotGiveAwayTheAddressForAnswers) {
  const OwnMail own = made("key");
  const std::string address = own.reply_address("0abc");
  EXPECT_EQ(own.answered(address), own.message_id("0abc"));
  EXPECT_EQ(own.answered("support+" + own.message_id("0abc")), std::nullopt);
  EXPECT_EQ(own.answered("support@example.org"), std::nullopt);
  EXPECT_EQ(made("another key").answered(address), std::nullopt);
}

TEST(OwnMail, AsksForAnswersOnlyWhereTheyArrive) {
  EXPECT_EQ(made("key", "mail", "support@example.org", "other@example.org").reply_address("0abc"), "");
  EXPECT_NE(made("key", "mail", "support@example.org", "*@example.org").reply_address("0abc"), "");
  EXPECT_EQ(made("key", "mail", "support+x@example.org", "*@example.org").reply_address("0abc"), "");
  EXPECT_EQ(made("key", "mail", std::string(60, 'a') + "@example.org", "*@example.org").reply_address("0abc"), "");
}

TEST(OwnMail, NothingIsOursWithoutAKey) {
  const OwnMail own;
  EXPECT_FALSE(own.wrote(own.message_id("0abc")));
  EXPECT_EQ(own.reply_address("0abc"), "");
}

TEST(MailKey, IsMadeOnceAndKept) {
  testkit::Options options;
  options.settings = R"({"from":"support@example.org","listen":{"address":"127.0.0.1:0"}})";
  testkit::FakeHost first(*jackfield_plugin_v0(), options);
  ASSERT_EQ(first.start(), JF_OK);
  first.settle();
  const std::string key = first.kv.at("mail-key");
  EXPECT_EQ(key.size(), 64u);
  options.seed = 2;
  testkit::FakeHost second(*jackfield_plugin_v0(), options);
  second.kv = first.kv;
  ASSERT_EQ(second.start(), JF_OK);
  second.settle();
  EXPECT_EQ(second.kv.at("mail-key"), key);
}

TEST(AutomaticCap, LetsSoManyThroughInADay) {
  constexpr std::int64_t hour = 3600 * 1000;
  AutomaticCap cap(2);
  EXPECT_TRUE(cap.admit("ana@example.com", "1", 0));
  EXPECT_TRUE(cap.admit("Ana@example.com", "2", hour));
  EXPECT_FALSE(cap.admit("ana@example.com", "3", 2 * hour));
  EXPECT_TRUE(cap.admit("bob@example.com", "3", 2 * hour));
  EXPECT_TRUE(cap.admit("ana@example.com", "2", 3 * hour)) << "a further try of the same mail";
  EXPECT_TRUE(cap.admit("ana@example.com", "4", 25 * hour));
}

}  // namespace
}  // namespace jackfield::email
