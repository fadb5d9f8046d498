#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "api/test_world.hpp"

namespace jackfield::api {
namespace {

// The world's clock stands at 2026-11-21T09:30:00Z; its queues are open always.
class CallbacksTest : public testing::Test {
 protected:
  boost::json::value done(const std::string& who, const std::string& method, const std::string& target,
                          const std::string& body, int status,
                          const std::vector<std::pair<std::string, std::string>>& headers = {}) {
    const auto response = world.call(who, method, target, body, headers);
    EXPECT_EQ(response.status, status) << method << " " << target << ": " << response.body;
    return response.body.empty() ? boost::json::value() : boost::json::parse(response.body);
  }
  boost::json::value asked(const std::string& more, const std::string& who = "crm", int status = 201) {
    return done(who, "POST", "/v1/callbacks", R"({"number":"+33 6 12 34 56 78")" + more + "}", status);
  }
  static std::string text(const boost::json::value& json, std::string_view name) {
    const auto& value = json.at(name);
    return value.is_null() ? "null" : std::string(value.as_string());
  }
  static std::string of(const boost::json::value& callback) { return "/v1/callbacks/" + text(callback, "id"); }
  std::size_t count(const std::string& who, const std::string& query) {
    return world.get(who, "/v1/callbacks" + query).at("items").as_array().size();
  }

  World world;
};

constexpr char kTomorrow[] = R"(,"from":"2026-11-22T14:00:00Z")";

TEST_F(CallbacksTest, OneIsAskedForOnceWithAKeyAndFound) {
  const std::string body = R"({"number":"+33612345678","from":"2026-11-22T14:00:00Z","note":"about the invoice"})";
  const std::vector<std::pair<std::string, std::string>> key{{"idempotency-key", "one"}};
  const auto made = done("crm", "POST", "/v1/callbacks", body, 201, key);
  EXPECT_EQ(text(made, "state"), "scheduled");
  EXPECT_EQ(text(made, "number"), "tel:+33612345678");
  EXPECT_EQ(text(made, "from"), "2026-11-22T14:00:00.000Z");
  EXPECT_EQ(text(made, "until"), "2026-11-22T14:30:00.000Z");
  EXPECT_EQ(text(made, "asked_by"), "crm");
  EXPECT_EQ(done("crm", "POST", "/v1/callbacks", body, 201, key), made);
  EXPECT_EQ(world.get("crm", of(made)), made);
  const std::string contact = text(made.at("contact"), "id");
  for (const std::string query : {std::string("?state=scheduled"), std::string("?queue=general"), "?contact=" + contact,
                                  "?conversation=" + text(made, "conversation"),
                                  std::string("?from=2026-11-22T14:00:00Z&to=2026-11-22T14:00:01Z")})
    EXPECT_EQ(count("crm", query), 1u) << query;
  for (const char* query : {"?state=due", "?queue=billing", "?to=2026-11-22T14:00:00Z", "?from=2026-11-22T14:00:01Z"})
    EXPECT_EQ(count("crm", query), 0u) << query;
  done("crm", "GET", "/v1/callbacks?stat=due", "", 400);
  done("crm", "POST", "/v1/callbacks", "{}", 400);
  done("crm", "POST", "/v1/callbacks", R"({"number":"0612345678"})", 400);
  done("crm", "POST", "/v1/callbacks", R"({"contact":"0000000000000"})", 404);
}

TEST_F(CallbacksTest, PagesGoByTheSlot) {
  for (int day = 4; day > 0; --day)
    asked(R"(,"queue":"billing","address":"tel:+3360000000)" + std::to_string(day) + R"(","from":"2026-11-2)" +
          std::to_string(day + 1) + R"(T14:00:00Z")");
  std::string cursor, seen;
  do {
    const auto page = world.get("crm", "/v1/callbacks?limit=3" + (cursor.empty() ? "" : "&cursor=" + cursor));
    for (const auto& item : page.at("items").as_array()) seen += text(item, "from").substr(9, 1);
    cursor = page.at("next").is_null() ? "" : text(page, "next");
  } while (!cursor.empty());
  EXPECT_EQ(seen, "2345");
}

TEST_F(CallbacksTest, IsMovedReportedAndCancelled) {
  const auto made = asked(kTomorrow);
  asked(kTomorrow, "crm", 409);  // one is scheduled already
  const auto moved = done("bob", "PATCH", of(made), R"({"from":"2026-11-23T10:00:00Z","note":"later"})", 200);
  EXPECT_EQ(text(moved, "from"), "2026-11-23T10:00:00.000Z");
  EXPECT_EQ(text(done("bob", "PATCH", of(made), R"({"from":null})", 200), "state"), "due") << "as soon as possible";
  const auto again = done("bob", "POST", of(made) + "/done", R"({"outcome":"no_answer"})", 200);
  EXPECT_EQ(text(again, "state"), "scheduled");
  EXPECT_EQ(text(again.at("attempts").as_array().front(), "agent"), "bob");
  done("bob", "POST", of(made) + "/done", R"({"outcome":"asleep"})", 400);
  done("bob", "POST", of(made) + "/done", "{}", 400);
  const auto reached = done("bob", "POST", of(made) + "/done", R"({"outcome":"reached","note":"all is well"})", 200);
  EXPECT_EQ(text(reached, "state"), "done");
  done("bob", "PATCH", of(made), R"({"note":"x"})", 409);
  done("bob", "DELETE", of(made), "", 409);
  const auto other = asked(R"(,"address":"tel:+33600000009","from":"2026-11-22T14:00:00Z")");
  done("crm", "DELETE", of(other), "", 204);
  EXPECT_EQ(text(world.get("crm", of(other)), "state"), "cancelled");
}

TEST_F(CallbacksTest, AnAgentSeesThoseOfItsQueues) {
  const auto general = asked(kTomorrow);
  const auto billing = asked(R"(,"queue":"billing","address":"tel:+33600000009","from":"2026-11-22T14:00:00Z")");
  EXPECT_EQ(count("ana", ""), 1u);
  EXPECT_EQ(count("bob", ""), 2u);
  done("ana", "GET", of(billing), "", 200);
  done("ana", "GET", of(general), "", 403);
  done("ana", "PATCH", of(general), R"({"note":"x"})", 403);
  done("ana", "DELETE", of(general), "", 403);
  done("ana", "POST", of(general) + "/done", R"({"outcome":"reached"})", 403);
  done("ana", "GET", "/v1/callbacks/slots?queue=general", "", 403);
  asked("", "ana", 403);
  const auto conversation = world.add_conversation("billing");
  const auto own =
      done("ana", "POST", "/v1/callbacks",
           R"({"number":"+33611111111","conversation":")" + to_string(conversation.conversation) + "\"}", 201);
  EXPECT_EQ(text(own, "queue"), "billing");
  // It goes with its conversation when that is handed over.
  done("bob", "PATCH", "/v1/conversations/" + text(general, "conversation"), R"({"queue":"billing"})", 200);
  done("ana", "GET", of(general), "", 200);
}

TEST_F(CallbacksTest, SlotsTellTheirRoom) {
  const auto room = [&](const std::string& query) {
    std::string out;
    const auto page = world.get("crm", "/v1/callbacks/slots" + query);
    for (const auto& slot : page.at("items").as_array())
      out += text(slot, "from").substr(11, 5) + "=" + boost::json::serialize(slot.at("room")) + " ";
    return out;
  };
  const std::string window = "?queue=general&from=2026-11-22T14:00:00Z&to=2026-11-22T15:00:00Z";
  EXPECT_EQ(room(window), "14:00=5 14:30=5 ");
  for (int i = 0; i < 5; ++i)
    asked(R"(,"address":"tel:+3360000000)" + std::to_string(i) + R"(","from":"2026-11-22T14:00:00Z")");
  EXPECT_EQ(room(window), "14:30=5 ");
  asked(R"(,"address":"tel:+33600000009","from":"2026-11-22T14:00:00Z")", "crm", 409);
  const auto first = world.get("crm", "/v1/callbacks/slots?limit=2");
  ASSERT_EQ(first.at("items").as_array().size(), 2u);
  const auto second = world.get("crm", "/v1/callbacks/slots?limit=1&cursor=" + text(first, "next"));
  EXPECT_EQ(text(second.at("items").as_array().front(), "from"), text(first, "next"));
  done("crm", "GET", "/v1/callbacks/slots?queue=nowhere", "", 400);
  done("crm", "GET", "/v1/callbacks/slots?from=noon", "", 400);
}

TEST_F(CallbacksTest, EventsShowItAsItIsAndAnErasureTakesIt) {
  const auto made = asked(R"(,"note":"very-private","from":"2026-11-22T14:00:00Z")");
  const auto event = [&] {
    return world.get("crm", "/v1/events?types=callback.requested")
        .at("items")
        .as_array()
        .front()
        .at("data")
        .at("callback");
  };
  EXPECT_EQ(text(event(), "number"), "tel:+33612345678");
  const std::string contact = text(made.at("contact"), "id");
  const auto exported = world.get("root", "/v1/contacts/" + contact + "/export");
  EXPECT_EQ(text(exported.at("callbacks").as_array().front(), "note"), "very-private");
  done("root", "DELETE", "/v1/contacts/" + contact, "", 204);
  EXPECT_EQ(boost::json::serialize(event()), "{\"id\":\"" + text(made, "id") + "\"}");
  const auto log = boost::json::serialize(world.get("root", "/v1/events?limit=500"));
  for (const char* word : {"very-private", "33612345678"}) EXPECT_EQ(log.find(word), std::string::npos) << word;
  done("crm", "GET", of(made), "", 404);
}

}  // namespace
}  // namespace jackfield::api
