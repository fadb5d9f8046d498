#include "flow/erase.hpp"

#include <fstream>

#include "flow/flow_fixture.hpp"

namespace jackfield::flow {
namespace {

class EraseTest : public FlowTest {
 protected:
  Id contact_of(Id conversation) { return reader->conversation(conversation).value()->conversation.contact; }
  Result<Answer> erase(Id contact) {
    return write([=](store::Unit& unit, const Environment& env) -> Result<Answer> {
      if (auto erased = erase_contact(unit, env, contact, "api"); !erased) return erased.error();
      return Answer{204, ""};
    });
  }
  static std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  bool on_disk(const std::string& words) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_))
      if (entry.is_regular_file() && bytes_of(entry.path()).find(words) != std::string::npos) return true;
    return false;
  }
  bool soon_gone(const std::string& words) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (on_disk(words) && std::chrono::steady_clock::now() < end)
      committer->run([](store::Unit&) -> Result<void> { return {}; });
    return !on_disk(words);
  }
};

TEST_F(EraseTest, NothingOfThemIsLeftInTheStoreNorInItsFiles) {
  ASSERT_TRUE(deliver("wa", text("1", "33600001", "my-secret-words")));
  ASSERT_TRUE(deliver("wa", text("2", "33600002", "of somebody else")));
  const Id c = conversations().back().conversation.id, contact = contact_of(c);
  ASSERT_TRUE(reply(c, "our-secret-answer"));
  outcome(host->nth_send(0), host::Outcome::accepted, {"p1"});
  ASSERT_TRUE(on_disk("my-secret-words"));
  ASSERT_TRUE(erase(contact));
  EXPECT_FALSE(reader->contact(contact).value());
  EXPECT_TRUE(reader->messages_of(c, {}).value().items.empty());
  const auto shell = reader->conversation(c).value()->conversation;
  EXPECT_EQ(shell.state, ConversationState::closed);
  EXPECT_TRUE(shell.channels.empty());
  for (const auto* words : {"my-secret-words", "our-secret-answer", "33600001"}) EXPECT_TRUE(soon_gone(words)) << words;
  EXPECT_TRUE(on_disk("of somebody else"));
  EXPECT_EQ(count_events("contact.erased"), 1u);
  EXPECT_EQ(erase(contact).error().code, Errc::not_found);
}

TEST_F(EraseTest, ARedeliveryBringsNothingBackAndAnEditNeither) {
  ASSERT_TRUE(deliver("wa", text("1", "33600001", "hello")));
  ASSERT_TRUE(erase(contact_of(conversations().front().conversation.id)));
  ASSERT_TRUE(deliver("wa", text("1", "33600001", "hello")));
  ASSERT_TRUE(deliver("wa", R"({"type":"edited","id":"1","parts":[{"type":"text","text":"hello again"}]})"));
  ASSERT_TRUE(deliver("wa", receipt("1", "read")));
  EXPECT_TRUE(reader->contacts("", "", {}).value().items.empty());
  EXPECT_TRUE(dead_letters().empty());
  EXPECT_EQ(conversations().size(), 1u);
  ASSERT_TRUE(deliver("wa", text("9", "33600001", "a new start")));
  EXPECT_EQ(conversations().size(), 2u) << "who writes again is somebody new";
}

TEST_F(EraseTest, RepliesThatWaitAreNotSentAnyMore) {
  ASSERT_TRUE(deliver("wa", text("1", "33600001", "hello")));
  const Id c = conversations().front().conversation.id;
  ASSERT_TRUE(reply(c, "first"));
  const auto flying = host->nth_send(0);
  ASSERT_TRUE(reply(c, "second"));  // waits behind it
  ASSERT_TRUE(erase(contact_of(c)));
  outcome(flying, host::Outcome::retry);
  committer->run([](store::Unit&) -> Result<void> { return {}; });
  EXPECT_EQ(host->sends(), 1u);
  committer->run([](store::Unit& unit) -> Result<void> {
    EXPECT_TRUE(unit.put_off(Time{}).empty());
    return {};
  });
}

TEST_F(EraseTest, AFileGoesWithTheLastMessageThatNamesIt) {
  const std::string digest = *media->put("file-bytes");
  const auto with_file = [&](const std::string& id, const std::string& from) {
    return R"({"type":"message","id":")" + id + R"(","from":{"address":"whatsapp:)" + from +
           R"("},"parts":[{"type":"media","media_type":"image/png","blob":")" + digest + R"(","size":10}]})";
  };
  ASSERT_TRUE(deliver("wa", with_file("1", "33600001")));
  ASSERT_TRUE(deliver("wa", with_file("2", "33600002")));
  const auto both = conversations();
  ASSERT_TRUE(erase(both[0].conversation.contact));
  EXPECT_TRUE(media->has(digest));
  ASSERT_TRUE(erase(both[1].conversation.contact));
  EXPECT_TRUE(soon_gone("file-bytes"));
}

TEST_F(EraseTest, AFileGoesWithTheEditOrDeletionThatTakesItOutOfItsMessage) {
  const auto with_file = [&](const std::string& type, const std::string& id, const std::string& bytes) {
    return R"({"type":")" + type + R"(","id":")" + id +
           R"(","from":{"address":"whatsapp:33600001"},"parts":[{"type":"media","media_type":"image/png","blob":")" +
           *media->put(bytes) + R"(","size":10}]})";
  };
  ASSERT_TRUE(deliver("wa", with_file("message", "1", "first-bytes")));
  ASSERT_TRUE(deliver("wa", with_file("edited", "1", "second-bytes")));
  EXPECT_TRUE(soon_gone("first-bytes"));
  ASSERT_TRUE(deliver("wa", R"({"type":"deleted","id":"1"})"));
  EXPECT_TRUE(soon_gone("second-bytes"));
}

TEST_F(EraseTest, AFileThatSomebodyIsAboutToNameStaysUntilThen) {
  const std::string digest = *media->put("file-bytes");
  const auto with_file = [&](const std::string& id) {
    return R"({"type":"message","id":")" + id +
           R"(","from":{"address":"whatsapp:33600001"},"parts":[{"type":"media","media_type":"image/png","blob":")" +
           digest + R"(","size":10}]})";
  };
  ASSERT_TRUE(deliver("wa", with_file("1")));
  media->put("file-bytes").value();  // a second message with the same file comes in
  ASSERT_TRUE(deliver("wa", R"({"type":"deleted","id":"1"})"));
  clock.advance(std::chrono::minutes{11});
  committer->run([](store::Unit&) -> Result<void> { return {}; });
  ASSERT_TRUE(media->has(digest));
  ASSERT_TRUE(deliver("wa", with_file("2")));
  ASSERT_TRUE(deliver("wa", R"({"type":"deleted","id":"2"})"));
  EXPECT_TRUE(soon_gone("file-bytes"));
}

TEST_F(EraseTest, WhatCouldNotBeReadAndNamesThemGoesToo) {
  ASSERT_TRUE(deliver("wa", text("1", "33600001", "hello")));
  ASSERT_TRUE(deliver("wa", R"({"type":"undecodable","reason":"odd","raw":"from 33600001: odd-bytes"})"));
  ASSERT_TRUE(deliver("wa", R"({"type":"undecodable","reason":"odd","raw":"from 33600002: other-bytes"})"));
  ASSERT_EQ(dead_letters().size(), 2u);
  ASSERT_TRUE(erase(contact_of(conversations().front().conversation.id)));
  EXPECT_EQ(dead_letters().size(), 1u);
  EXPECT_TRUE(soon_gone("odd-bytes"));
}

}  // namespace
}  // namespace jackfield::flow
