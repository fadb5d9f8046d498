#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "api/contact_list.hpp"
#include "api/test_world.hpp"

namespace jackfield::api {
namespace {

std::string text_at(const boost::json::value& json, std::string_view pointer) {
  return std::string(json.at_pointer(pointer).as_string());
}

class IdentityTest : public testing::Test {
 protected:
  boost::json::value done(const std::string& method, const std::string& target, const std::string& body, int status) {
    const auto response = world.call("root", method, target, body);
    EXPECT_EQ(response.status, status) << target << ": " << response.body;
    return response.body.empty() ? boost::json::value() : boost::json::parse(response.body);
  }
  boost::json::value import(const std::string& body, const std::string& type = "text/csv", int status = 200) {
    const auto response = world.call("root", "POST", "/v1/contacts/import", body, {{"content-type", type}});
    EXPECT_EQ(response.status, status) << response.body;
    return boost::json::parse(response.body);
  }
  static std::string path_of(Id contact) { return "/v1/contacts/" + to_string(contact); }

  World world;
};

TEST_F(IdentityTest, AMergedIdAnswersWithTheContactItLivesOnInUntilItIsUndone) {
  const auto ana = world.add_conversation("general"), ben = world.add_conversation("billing", "Hallo", "491700000");
  const std::string from = "{\"from\":\"" + to_string(ben.contact) + "\"}";
  const auto merge = done("POST", path_of(ana.contact) + "/merge", from, 201);
  EXPECT_EQ(text_at(merge, "/kind"), "merge");
  EXPECT_EQ(text_at(merge, "/evidence/token"), "root");
  EXPECT_EQ(merge.at_pointer("/contact/addresses").as_array().size(), 2u);
  EXPECT_EQ(text_at(world.get("crm", path_of(ben.contact)), "/id"), to_string(ana.contact));
  EXPECT_EQ(world.get("crm", "/v1/conversations?contact=" + to_string(ben.contact)).at("items").as_array().size(), 2u);
  EXPECT_EQ(text_at(world.get("crm", "/v1/messages/" + to_string(ben.message)), "/contact"), to_string(ana.contact));
  done("POST", path_of(ana.contact) + "/merge", from, 409);
  const std::string undo = "/v1/merges/" + text_at(merge, "/id") + "/undo";
  EXPECT_FALSE(done("POST", undo, "", 200).at("undone_at").is_null());
  EXPECT_EQ(text_at(world.get("crm", path_of(ben.contact)), "/id"), to_string(ben.contact));
  done("POST", undo, "", 409);
  done("POST", path_of(ana.contact) + "/merge", "{}", 400);
  EXPECT_EQ(world.call("bob", "POST", path_of(ana.contact) + "/merge", from).status, 403);
}

TEST_F(IdentityTest, AnExportHasAllThatIsHeldInPages) {
  const auto ana = world.add_conversation("general"), ben = world.add_conversation("billing", "Hallo", "491700000");
  world.add_messages(ana, 3);
  done("POST", path_of(ana.contact) + "/merge", "{\"from\":\"" + to_string(ben.contact) + "\"}", 201);
  const auto first = world.get("root", path_of(ben.contact) + "/export?limit=3");
  EXPECT_EQ(text_at(first, "/contact/id"), to_string(ana.contact));
  EXPECT_EQ(text_at(first, "/merged_contacts/0/id"), to_string(ben.contact));
  EXPECT_EQ(first.at("conversations").as_array().size(), 2u);
  EXPECT_EQ(first.at("merges").as_array().size(), 1u);
  EXPECT_EQ(first.at("messages").as_array().size(), 3u);
  const auto rest = world.get("root", path_of(ana.contact) + "/export?limit=3&cursor=" + text_at(first, "/next"));
  EXPECT_EQ(rest.at("messages").as_array().size(), 2u);
  EXPECT_TRUE(rest.at("next").is_null());
  EXPECT_EQ(world.call("crm", "GET", path_of(ana.contact) + "/export").status, 403);
}

TEST_F(IdentityTest, AnErasedContactIsGoneAlsoFromTheEventLogAndFromKeptAnswers) {
  const auto ana = world.add_conversation("general", "very-private");
  const auto key = std::vector<std::pair<std::string, std::string>>{{"idempotency-key", "one"}};
  const std::string reply = R"({"text":"our-answer"})";
  const std::string messages = "/v1/conversations/" + to_string(ana.conversation) + "/messages";
  ASSERT_EQ(world.call("root", "POST", messages, reply, key).status, 202);
  done("DELETE", path_of(ana.contact), "", 204);
  EXPECT_EQ(world.call("root", "GET", path_of(ana.contact)).status, 404);
  const auto log = boost::json::serialize(world.get("root", "/v1/events?limit=500"));
  for (const auto* word : {"very-private", "our-answer", "33612345678", "Ana"})
    EXPECT_EQ(log.find(word), std::string::npos) << word;
  EXPECT_NE(log.find("contact.erased"), std::string::npos);
  const auto again = world.call("root", "POST", messages, reply, key);
  EXPECT_EQ(again.status, 410);
  EXPECT_EQ(again.body.find("our-answer"), std::string::npos);
  EXPECT_TRUE(world.get("root", messages).at("items").as_array().empty());
}

TEST_F(IdentityTest, AListIsImportedAndWhatIsRefusedIsToldWithItsLine) {
  const std::string list =
      "\xEF\xBB\xBFname,tier,addresses,tags,attributes.city\r\n"
      "\"Ana, \"\"A\"\"\",gold,tel:+33612345678; mailto:Ana@Example.com,vip;old friend,\"Le\nMans\"\r\n"
      "Ben,,nonsense,,\r\n"
      "Cleo,,,,\r\n"
      "Dan,basic,tel:+49170001,,\r\n"
      "Eve,basic\r\n";
  const auto report = import(list);
  EXPECT_EQ(report.at("made").as_int64(), 2);
  ASSERT_EQ(report.at("refused").as_array().size(), 3u);
  EXPECT_EQ(report.at_pointer("/refused/0/line").as_int64(), 4);
  EXPECT_EQ(report.at_pointer("/refused/2/line").as_int64(), 7);
  const auto found = world.get("crm", "/v1/contacts?address=mailto:ana@example.com");
  EXPECT_EQ(text_at(found, "/items/0/name"), "Ana, \"A\"");
  EXPECT_EQ(text_at(found, "/items/0/attributes/city"), "Le\nMans");
  EXPECT_EQ(text_at(found, "/items/0/tags/1"), "old friend");
  EXPECT_EQ(import(list).at("unchanged").as_int64(), 2);
}

TEST_F(IdentityTest, JsonLinesAreImportedToo) {
  const auto report = import(
      "{\"name\":\"Ana\",\"addresses\":[\"tel:+33600001\"],\"tier\":\"gold\"}\n\n"
      "{\"nam\":\"Ben\",\"addresses\":[\"tel:+33600002\"]}\n"
      "{\"name\":\"Ana B\",\"addresses\":[\"tel:+33600001\"]}\n",
      "application/x-ndjson");
  EXPECT_EQ(report.at("made").as_int64(), 1);
  EXPECT_EQ(report.at("changed").as_int64(), 1);
  EXPECT_EQ(report.at_pointer("/refused/0/line").as_int64(), 3);
  import("x", "text/plain", 400);
  import("colour,addresses\n", "text/csv", 400);
  import("name\nAna\n", "text/csv", 400);
}

TEST(ContactList, OnlySoManyAreTakenAtOnce) {
  std::string list = "addresses\n";
  for (std::size_t i = 0; i <= kMostImported; ++i) list += "tel:+" + std::to_string(33600000 + i) + "\n";
  EXPECT_EQ(read_contact_list("text/csv; charset=utf-8", list).error().code, Errc::too_large);
}

}  // namespace
}  // namespace jackfield::api
