#include "api/api.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "api/test_world.hpp"
#include "flow/media_links.hpp"

namespace jackfield::api {
namespace {

using boost::json::value;

std::string header(const net::HttpResponse& response, std::string_view name) {
  for (const auto& [key, text] : response.headers) {
    if (key == name) return text;
  }
  return {};
}

std::string text_at(const value& json, std::string_view pointer) {
  return std::string(json.at_pointer(pointer).as_string());
}

class ApiTest : public testing::Test {
 protected:
  std::string path_of(const World::Thread& thread) { return "/v1/conversations/" + to_string(thread.conversation); }
  // Expects a problem document and gives its detail.
  std::string problem(const net::HttpResponse& response, int status) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.content_type, "application/problem+json");
    const auto json = boost::json::parse(response.body);
    EXPECT_EQ(json.at("status").as_int64(), status);
    return text_at(json, "/detail");
  }

  World world;
};

// --- who may

TEST_F(ApiTest, WithoutATokenThereIsHealthAndNothingElse) {
  EXPECT_EQ(world.call("", "GET", "/healthz").status, 200);
  EXPECT_EQ(world.call("", "GET", "/readyz").status, 200);
  for (const auto* path :
       {"/metrics", "/openapi.json", "/v1/conversations", "/v1/events", "/v1/stream", "/v1/nothing", "/"}) {
    const auto response = world.call("", "GET", path);
    problem(response, 401);
    EXPECT_EQ(header(response, "WWW-Authenticate"), "Bearer realm=\"jackfield\"") << path;
  }
  EXPECT_EQ(world.call("wrong", "GET", "/v1/conversations").status, 401);
}

TEST_F(ApiTest, WhatIsNotThereIs404AndAnotherMethod405) {
  problem(world.call("root", "GET", "/v1/robots"), 404);
  problem(world.call("root", "GET", "/v1/conversations/nonsense"), 404);
  problem(world.call("root", "GET", "/v1/conversations/0000000000001"), 404);
  const auto response = world.call("root", "DELETE", "/v1/contacts");
  problem(response, 405);
  EXPECT_EQ(header(response, "Allow"), "GET, POST");
}

TEST_F(ApiTest, RolesMayDoWhatTheyAreFor) {
  const auto billing = world.add_conversation("billing");
  EXPECT_EQ(world.call("crm", "PATCH", path_of(billing), "{}").status, 403);
  EXPECT_EQ(world.call("crm", "POST", path_of(billing) + "/messages", R"({"text":"hi"})").status, 202);
  EXPECT_EQ(world.call("ana", "GET", "/v1/dead-letters").status, 403);
  EXPECT_EQ(world.call("crm", "GET", "/v1/dead-letters").status, 200);
  EXPECT_EQ(world.call("crm", "POST", "/v1/contacts", "{}").status, 403);
  EXPECT_EQ(world.call("ana", "POST", "/v1/contacts", "{}").status, 403);
}

TEST_F(ApiTest, AnAgentHasTheConversationsOfItsQueuesOnly) {
  const auto mine = world.add_conversation("billing");
  const auto other = world.add_conversation("general", "Hallo", "491");
  EXPECT_EQ(world.get("ana", "/v1/conversations").at("items").as_array().size(), 1u);
  EXPECT_EQ(world.get("bob", "/v1/conversations").at("items").as_array().size(), 2u);
  EXPECT_EQ(world.get("ana", "/v1/messages").at("items").as_array().size(), 1u);
  for (const auto& tail : {"", "/messages", "/decision"}) {
    EXPECT_EQ(world.call("ana", "GET", path_of(mine) + tail).status, 200) << tail;
    problem(world.call("ana", "GET", path_of(other) + tail), 403);
  }
  problem(world.call("ana", "PATCH", path_of(other), R"({"assignee":"ana"})"), 403);
  problem(world.call("ana", "POST", path_of(other) + "/messages", R"({"text":"hi"})"), 403);
  problem(world.call("ana", "GET", "/v1/messages/" + to_string(other.message)), 403);
  problem(world.call("ana", "GET", "/v1/contacts/" + to_string(other.contact)), 403);
  EXPECT_EQ(world.call("ana", "GET", "/v1/contacts/" + to_string(mine.contact)).status, 200);
  problem(world.call("ana", "POST", "/v1/messages/" + to_string(other.message) + "/retry"), 403);
  problem(world.call("ana", "POST", "/v1/messages", R"({"channel":"wa","to":"whatsapp:1","text":"hi"})"), 403);
  EXPECT_EQ(world.get("ana", "/v1/queues").at("items").as_array().size(), 1u);
}

// --- conversations

TEST_F(ApiTest, AConversationIsShownWithItsContactAndMessages) {
  const auto thread = world.add_conversation("general");
  const auto json = world.get("crm", path_of(thread));
  EXPECT_EQ(text_at(json, "/id"), to_string(thread.conversation));
  EXPECT_EQ(text_at(json, "/contact/name"), "Ana");
  EXPECT_EQ(text_at(json, "/contact/addresses/0/address"), "whatsapp:33612345678");
  EXPECT_EQ(json.at_pointer("/reply_windows/wa/open").as_bool(), true);
  const auto messages = world.get("crm", path_of(thread) + "/messages");
  EXPECT_EQ(text_at(messages, "/items/0/text"), "Bonjour");
  EXPECT_TRUE(messages.at("next").is_null());
  EXPECT_EQ(text_at(world.get("crm", path_of(thread) + "/decision"), "/rule"), "rest");
}

TEST_F(ApiTest, ListsArePagedWithACursorUntilItIsNull) {
  const auto thread = world.add_conversation("general");
  world.add_messages(thread, 9);
  std::vector<std::string> seen;
  std::string cursor;
  for (int pages = 0; pages < 4; ++pages) {
    const auto page =
        world.get("crm", path_of(thread) + "/messages?limit=4" + (cursor.empty() ? "" : "&cursor=" + cursor));
    for (const auto& item : page.at("items").as_array()) seen.push_back(text_at(item, "/text"));
    if (page.at("next").is_null()) break;
    cursor = text_at(page, "/next");
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"Bonjour", "n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"}));
}

TEST_F(ApiTest, AWrongParameterIsNamed) {
  EXPECT_NE(problem(world.call("crm", "GET", "/v1/conversations?limit=501"), 400).find("limit"), std::string::npos);
  problem(world.call("crm", "GET", "/v1/conversations?limit=0"), 400);
  problem(world.call("crm", "GET", "/v1/conversations?limit=1&limit=2"), 400);
  problem(world.call("crm", "GET", "/v1/conversations?state=asleep"), 400);
  problem(world.call("crm", "GET", "/v1/conversations?contact=x"), 400);
  problem(world.call("crm", "GET", "/v1/conversations?cursor=%00%ff"), 400);
  EXPECT_EQ(
      problem(world.call("crm", "GET", "/v1/messages?chanel=wa"), 400),
      "unknown parameter \"chanel\"; did you mean \"channel\"? Allowed: channel, direction, status, limit, cursor");
}

TEST_F(ApiTest, ConversationsAreFiltered) {
  const auto billing = world.add_conversation("billing");
  world.add_conversation("general", "Hallo", "491");
  for (const std::string& filter : {std::string("queue=billing"), "contact=" + to_string(billing.contact),
                                    std::string("queue=billing&state=open&channel=wa")}) {
    const auto list = world.get("crm", "/v1/conversations?" + filter);
    ASSERT_EQ(list.at("items").as_array().size(), 1u) << filter;
    EXPECT_EQ(text_at(list, "/items/0/queue"), "billing");
  }
  EXPECT_TRUE(world.get("crm", "/v1/conversations?tag=vip").at("items").as_array().empty());
}

TEST_F(ApiTest, AConversationIsPatchedAndTheEventTellsIt) {
  const auto thread = world.add_conversation("general");
  const auto response = world.call("bob", "PATCH", path_of(thread),
                                   R"({"queue":"billing","assignee":"bob","priority":"high","tags":["vip"]})");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto json = boost::json::parse(response.body);
  EXPECT_EQ(text_at(json, "/queue"), "billing");
  EXPECT_EQ(text_at(json, "/tags/0"), "vip");
  EXPECT_EQ(world.get("crm", path_of(thread)), json);
  const auto log = world.get("crm", "/v1/events?types=conversation.assigned,conversation.updated");
  ASSERT_GE(log.at("items").as_array().size(), 1u);
  EXPECT_EQ(text_at(log, "/items/0/data/conversation/assignee"), "bob");
  problem(world.call("bob", "PATCH", path_of(thread), R"({"queue":"nowhere"})"), 400);
  problem(world.call("bob", "PATCH", path_of(thread), R"({"assigne":"bob"})"), 400);
}

// --- messages

TEST_F(ApiTest, AReplyIsAcceptedWithItsMessage) {
  const auto thread = world.add_conversation("general");
  const auto response = world.call("crm", "POST", path_of(thread) + "/messages", R"({"text":"Hello"})");
  ASSERT_EQ(response.status, 202) << response.body;
  const auto json = boost::json::parse(response.body);
  EXPECT_EQ(text_at(json, "/status"), "queued");
  EXPECT_EQ(text_at(json, "/direction"), "out");
  EXPECT_EQ(text_at(json, "/parts/0/text"), "Hello");
  EXPECT_EQ(world.get("crm", "/v1/messages/" + text_at(json, "/id")), json);
  EXPECT_EQ(text_at(world.get("crm", "/v1/messages?status=queued&direction=out"), "/items/0/id"), text_at(json, "/id"));
}

TEST_F(ApiTest, ANoteStaysInside) {
  const auto thread = world.add_conversation("general");
  const auto response =
      world.call("bob", "POST", path_of(thread) + "/messages", R"({"direction":"note","text":"calls back"})");
  ASSERT_EQ(response.status, 202) << response.body;
  EXPECT_EQ(text_at(boost::json::parse(response.body), "/direction"), "note");
}

TEST_F(ApiTest, AReplyThatMakesNoSenseIsRefusedWithTheReason) {
  const auto path = path_of(world.add_conversation("general")) + "/messages";
  for (const auto* body :
       {"", "{}", R"({"text":""})", R"({"text":1})", R"({"parts":[]})", R"({"parts":[{"type":"teleport"}]})",
        R"({"parts":[1]})", R"({"text":"a","parts":[{"type":"text","text":"a"}]})", R"({"text":"a","direction":"in"})",
        R"({"text":"a","channel":"fax"})", R"({"text":"a","reply_to":"x"})", R"({"txt":"a"})", "[]", "{",
        R"({"parts":[{"type":"media","blob":"00"}]})", R"({"parts":[{"type":"media","id":"0000000000001"}]})",
        R"({"parts":[{"type":"media","source":{"url":"http://127.0.0.1/"}}]})"}) {
    problem(world.call("crm", "POST", path, body), 400);
  }
}

TEST_F(ApiTest, AConversationIsStartedByUs) {
  const auto response =
      world.call("crm", "POST", "/v1/messages", R"({"channel":"wa","to":"whatsapp:4917","text":"Hello"})");
  ASSERT_EQ(response.status, 202) << response.body;
  const auto json = boost::json::parse(response.body);
  EXPECT_EQ(text_at(json, "/to/0/address"), "whatsapp:4917");
  EXPECT_EQ(text_at(world.get("crm", "/v1/conversations/" + text_at(json, "/conversation")), "/queue"), "general");
  problem(world.call("crm", "POST", "/v1/messages", R"({"channel":"wa","text":"Hello"})"), 400);
}

TEST_F(ApiTest, TheSameIdempotencyKeyDoesItOnceAndAnswersTheSameBytes) {
  const auto path = path_of(world.add_conversation("general")) + "/messages";
  const auto send = [&](const std::string& who, const std::string& body) {
    return world.call(who, "POST", path, body, {{"idempotency-key", "k1"}});
  };
  const auto first = send("crm", R"({"text":"Hello"})");
  ASSERT_EQ(first.status, 202) << first.body;
  const auto second = send("crm", R"({"text":"Hello"})");
  EXPECT_EQ(second.status, 202);
  EXPECT_EQ(second.body, first.body);
  problem(send("crm", R"({"text":"Goodbye"})"), 409);
  EXPECT_NE(send("bob", R"({"text":"Hello"})").body, first.body);  // the key is its owner's
  EXPECT_EQ(world.get("crm", "/v1/messages?direction=out").at("items").as_array().size(), 2u);
  problem(world.call("crm", "POST", path, R"({"text":"x"})", {{"idempotency-key", std::string(256, 'k')}}), 400);
}

TEST_F(ApiTest, OnlyWhatFailedIsRetriedAndOnlyWhatIsUnknownIsResolved) {
  const auto thread = world.add_conversation("general");
  const auto sent =
      boost::json::parse(world.call("crm", "POST", path_of(thread) + "/messages", R"({"text":"a"})").body);
  const auto id = text_at(sent, "/id");
  problem(world.call("bob", "POST", "/v1/messages/" + id + "/retry"), 409);
  problem(world.call("bob", "POST", "/v1/messages/" + id + "/resolve", R"({"as":"sent"})"), 409);
  problem(world.call("bob", "POST", "/v1/messages/" + id + "/resolve", R"({"as":"gone"})"), 400);
  world.committer
      ->run([&](store::Unit& unit) -> Result<void> {
        Message* message = unit.message(*parse_id(id));
        message->status = Status::unknown;
        unit.changed(*message);
        return {};
      })
      .value();
  const auto settled = world.call("bob", "POST", "/v1/messages/" + id + "/resolve", R"({"as":"sent"})");
  ASSERT_EQ(settled.status, 200) << settled.body;
  EXPECT_EQ(text_at(boost::json::parse(settled.body), "/status"), "sent");
}

// --- contacts, queues, channels, dead letters, media

TEST_F(ApiTest, AContactIsMadeFoundAndChanged) {
  const auto made = world.call(
      "root", "POST", "/v1/contacts",
      R"({"name":"Zoé","addresses":["mailto:zoe@example.com"],"attributes":{"tier":"gold"},"tags":["vip"]})");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto json = boost::json::parse(made.body);
  EXPECT_EQ(text_at(json, "/attributes/tier"), "gold");
  const auto found = world.get("crm", "/v1/contacts?address=mailto:zoe@example.com");
  ASSERT_EQ(found.at("items").as_array().size(), 1u);
  EXPECT_EQ(found.at_pointer("/items/0"), json);
  EXPECT_EQ(world.get("crm", "/v1/contacts?q=zoe").at("items").as_array().size(), 1u);
  const auto patched = world.call("root", "PATCH", "/v1/contacts/" + text_at(json, "/id"),
                                  R"({"attributes":{"tier":null,"city":"Lyon"},"add_addresses":["tel:+33612345678"]})");
  ASSERT_EQ(patched.status, 200) << patched.body;
  EXPECT_EQ(boost::json::serialize(boost::json::parse(patched.body).at("attributes")), R"({"city":"Lyon"})");
  problem(world.call("root", "POST", "/v1/contacts", R"({"addresses":["zoe"]})"), 400);
  problem(world.call("root", "POST", "/v1/contacts", R"({"addresses":["mailto:zoe@example.com"]})"), 409);
}

TEST_F(ApiTest, QueuesTellWhoWaits) {
  world.add_conversation("billing");
  const auto list = world.get("crm", "/v1/queues");
  EXPECT_EQ(text_at(list, "/items/0/name"), "general");
  EXPECT_EQ(list.at_pointer("/items/0/waiting").as_int64(), 0);
  EXPECT_TRUE(list.at_pointer("/items/0/oldest").is_null());
  EXPECT_EQ(list.at_pointer("/items/1/waiting").as_int64(), 1);
  EXPECT_EQ(text_at(list, "/items/1/oldest"), to_rfc3339(world.clock.now()));
}

TEST_F(ApiTest, ChannelsAreThoseOfTheHost) {
  EXPECT_TRUE(world.get("crm", "/v1/channels").at("items").as_array().empty());
  problem(world.call("crm", "GET", "/v1/channels/fax"), 404);
  problem(world.call("root", "POST", "/v1/channels/fax/restart"), 404);
  problem(world.call("crm", "POST", "/v1/channels/fax/restart"), 403);
}

TEST_F(ApiTest, ADeadLetterIsShownWithWhatCame) {
  const Id id = world.ids.next();
  ASSERT_TRUE(world.committer->run([&](store::Unit& unit) -> Result<void> {
    store::DeadLetter letter;
    letter.id = id;
    letter.channel = "wa";
    letter.reason = "messages[0].type is a number";
    letter.raw = std::string(5000, 'x');
    letter.undecodable = true;
    letter.at = world.clock.now();
    unit.add(letter);
    return {};
  }));
  const auto list = world.get("crm", "/v1/dead-letters?kind=inbound");
  EXPECT_EQ(text_at(list, "/items/0/reason"), "messages[0].type is a number");
  EXPECT_EQ(list.at_pointer("/items/0/raw_size").as_int64(), 5000);
  EXPECT_TRUE(world.get("crm", "/v1/dead-letters?kind=outbound").at("items").as_array().empty());
  EXPECT_EQ(text_at(world.get("crm", "/v1/dead-letters/" + to_string(id)), "/raw").size(), 5000u);
  problem(world.call("crm", "GET", "/v1/dead-letters?kind=lost"), 400);
  EXPECT_EQ(world.call("crm", "POST", "/v1/dead-letters/" + to_string(id) + "/replay").status, 403);
  problem(world.call("root", "POST", "/v1/dead-letters/0000000000001/replay"), 404);
}

TEST_F(ApiTest, AnUploadedFileComesBackAsAnAttachmentThatCannotRun) {
  const auto up = world.call("crm", "POST", "/v1/media?name=../..%2F%22na%C3%AFve%22%0D%0A.html", "<script>",
                             {{"content-type", "text/html; charset=utf-8"}});
  ASSERT_EQ(up.status, 201) << up.body;
  const auto json = boost::json::parse(up.body);
  EXPECT_EQ(json.at("size").as_int64(), 8);
  EXPECT_EQ(text_at(json, "/media_type"), "text/html");
  const auto down = world.call("crm", "GET", "/v1/media/" + text_at(json, "/id"));
  ASSERT_EQ(down.status, 200) << down.body;
  EXPECT_EQ(std::filesystem::file_size(down.file), 8u);
  EXPECT_EQ(header(down, "Content-Disposition"),
            "attachment; filename=\"_na__ve_.html\"; filename*=UTF-8''%22na%C3%AFve%22.html");
  EXPECT_EQ(header(down, "X-Content-Type-Options"), "nosniff");
  EXPECT_NE(header(down, "Content-Security-Policy").find("sandbox"), std::string::npos);
  const auto reply =
      world.call("crm", "POST", path_of(world.add_conversation("general")) + "/messages",
                 R"({"parts":[{"type":"media","id":")" + text_at(json, "/id") + R"(","caption":"look"}]})");
  ASSERT_EQ(reply.status, 202) << reply.body;
  EXPECT_EQ(text_at(boost::json::parse(reply.body), "/parts/0/media_type"), "text/html");
  problem(world.call("crm", "POST", "/v1/media"), 400);
}

TEST_F(ApiTest, AFileIsServedToItsUploaderAndWithTheMessagesThatATokenMaySee) {
  const auto up = world.call("ana", "POST", "/v1/media?name=a.txt", "hello", {{"content-type", "text/plain"}});
  const std::string path = "/v1/media/" + text_at(boost::json::parse(up.body), "/id");
  EXPECT_EQ(world.call("ana", "GET", path).status, 200) << "her own upload";
  EXPECT_EQ(world.call("crm", "GET", path).status, 200);
  const auto others = world.call("crm", "POST", "/v1/media", "secret", {{"content-type", "text/plain"}});
  const std::string id = text_at(boost::json::parse(others.body), "/id");
  EXPECT_EQ(world.call("ana", "GET", "/v1/media/" + id).status, 403) << "she knows the id and has no right to it";
  EXPECT_EQ(world.call("bob", "GET", "/v1/media/" + id).status, 200) << "an agent of all queues";
  const std::string reply = R"({"parts":[{"type":"media","id":")" + id + "\"}]}";
  const auto mine = world.add_conversation("billing"), other = world.add_conversation("general", "x", "33699999999");
  EXPECT_EQ(world.call("ana", "POST", path_of(mine) + "/messages", reply).status, 400) << "nor may she send it on";
  EXPECT_EQ(world.call("crm", "POST", path_of(other) + "/messages", reply).status, 202);
  EXPECT_EQ(world.call("ana", "GET", "/v1/media/" + id).status, 403);
  const auto sent = world.call("crm", "POST", path_of(mine) + "/messages", reply);
  ASSERT_EQ(sent.status, 202) << sent.body;
  const auto hers = text_at(boost::json::parse(sent.body), "/parts/0/id");
  EXPECT_EQ(world.call("ana", "GET", "/v1/media/" + hers).status, 200) << "now it is in a message that she sees";
}

TEST_F(ApiTest, ASignedAddressNeedsNoTokenAndAnUnsignedOneNeedsMore) {
  const auto up = world.call("crm", "POST", "/v1/media", "hello", {{"content-type", "text/plain"}});
  const std::string id = text_at(boost::json::parse(up.body), "/id");
  EXPECT_EQ(world.call("", "GET", "/media/" + id + "?expires=9999999999&signature=00").status, 404) << "no public address";
  world.make_public("https://contact.example.com");
  const auto url = world.flow->environment()->links->url(*parse_id(id), world.clock.now());
  const auto target = url.substr(std::string("https://contact.example.com").size());
  const auto down = world.call("", "GET", target);
  ASSERT_EQ(down.status, 200) << down.body;
  EXPECT_EQ(std::filesystem::file_size(down.file), 5u);
  EXPECT_EQ(world.call("", "GET", target + "0").status, 403);
  world.clock.advance(std::chrono::hours{26});
  EXPECT_EQ(world.call("", "GET", target).status, 403);
}

TEST_F(ApiTest, ADryRunAnswersWhatWouldLeaveAndStoresNothing) {
  const auto thread = world.add_conversation("general");
  const auto told = world.call("crm", "POST", path_of(thread) + "/messages?dry_run=true", R"({"text":"Guten Tag"})");
  ASSERT_EQ(told.status, 200) << told.body;
  const auto json = boost::json::parse(told.body);
  EXPECT_EQ(text_at(json, "/text"), "Guten Tag");
  EXPECT_TRUE(json.at("sendable").as_bool());
  EXPECT_TRUE(json.at("connector").is_null());
  EXPECT_EQ(world.get("crm", path_of(thread) + "/messages").at("items").as_array().size(), 1u);
  problem(world.call("crm", "POST", path_of(thread) + "/messages?dry_run=maybe", R"({"text":"x"})"), 400);
  EXPECT_EQ(world.call("crm", "POST", "/v1/messages?dry_run=true", R"({"channel":"wa","to":"33611111111","text":"x"})").status,
            200);
  EXPECT_EQ(world.call("ana", "POST", path_of(thread) + "/messages?dry_run=true", R"({"text":"x"})").status, 403);
}

TEST_F(ApiTest, ASignThatTheChannelCannotGiveIsRefused) {
  const auto thread = world.add_conversation("general");
  EXPECT_EQ(world.call("crm", "POST", path_of(thread) + "/typing").status, 404) << "no connector runs here";
  problem(world.call("crm", "POST", path_of(thread) + "/read", R"({"channel":"sms"})"), 409);
  EXPECT_EQ(world.call("ana", "POST", path_of(thread) + "/read").status, 403);
}

TEST_F(ApiTest, AMediaTypeThatIsNoneIsServedAsOctets) {
  const auto up = world.call("crm", "POST", "/v1/media", "x", {{"content-type", "text/html\r\nX-Evil: 1"}});
  EXPECT_EQ(text_at(boost::json::parse(up.body), "/media_type"), "application/octet-stream");
}

TEST_F(ApiTest, BodiesAreLimitedByWhatTheyAreFor) {
  EXPECT_EQ(world.api->body_limit("POST", "/v1/media"), 100u * 1024 * 1024);
  EXPECT_EQ(world.api->body_limit("POST", "/v1/messages"), 1024u * 1024);
  EXPECT_EQ(world.api->body_limit("POST", "/channels/none/webhook"), 64u * 1024);
}

// --- operations

TEST_F(ApiTest, MetricsAreInPrometheusText) {
  world.add_conversation("general");
  world.api->set_http_stats(
      [] { return net::HttpServerStats{.connections = 3, .accepted = 0, .refused = 0, .requests = 7, .timeouts = 0}; });
  const auto response = world.call("crm", "GET", "/metrics");
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  for (const auto* line : {"# TYPE jackfield_store_commits_total counter\n", "\njackfield_http_requests_total 7\n",
                           "\njackfield_store_writable 1\n"}) {
    EXPECT_NE(response.body.find(line), std::string::npos) << line << response.body;
  }
}

TEST_F(ApiTest, ReadinessEndsWithTheDraining) {
  EXPECT_EQ(world.call("", "GET", "/readyz").status, 200);
  world.api->set_draining();
  const auto response = world.call("", "GET", "/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(text_at(boost::json::parse(response.body), "/reasons/0"), "stopping");
  EXPECT_EQ(world.call("", "GET", "/healthz").status, 200);
}

TEST_F(ApiTest, AWebhookNeedsNoTokenAndAnUnknownChannelIs404) {
  EXPECT_EQ(world.call("", "POST", "/channels/fax/webhook", "{}").status, 404);
}

TEST_F(ApiTest, AfterTheStopRequestsAreTurnedAway) {
  world.api->stop();
  EXPECT_EQ(world.call("crm", "GET", "/v1/conversations").status, 503);
  EXPECT_EQ(world.call("crm", "GET", "/v1/stream").status, 503);
}

}  // namespace
}  // namespace jackfield::api
