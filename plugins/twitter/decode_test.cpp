#include "decode.hpp"

#include "testdata.hpp"

namespace jackfield::twitter {
namespace {

std::string body_of(const json::object& test) {
  if (const auto* text = test.if_contains("body_text")) return std::string(text->as_string());
  return json::serialize(test.at("body"));
}

template <class List>
json::value list_or_null(const List& list) {
  json::array out;
  for (const auto& each : list) out.emplace_back(each);
  return out.empty() ? json::value() : json::value(out);
}

json::object seen(const Decoded& decoded) {
  json::array echoes, edits;
  for (const auto& each : decoded.echoes)
    echoes.push_back({{"id", each.id}, {"to", each.to}, {"text", each.text}, {"event", each.event}});
  for (const auto& each : decoded.edits) edits.push_back({{"id", each.id}, {"root", each.root}});
  return {{"events", json::parse(decoded.events)},
          {"ignored", decoded.ignored ? json::value(decoded.ignored) : json::value()},
          {"newest_ms", decoded.newest_ms ? json::value(decoded.newest_ms) : json::value()},
          {"unsummoned", list_or_null(decoded.unsummoned)},
          {"revoked", list_or_null(decoded.revoked)},
          {"echoes", list_or_null(echoes)},
          {"edits", list_or_null(edits)}};
}

class DecodeCase : public testing::TestWithParam<std::string> {};

TEST_P(DecodeCase, GivesTheEventsOfItsFile) {
  const auto test = read_case(GetParam());
  Roots roots;
  if (const auto* given = test.if_contains("roots"))
    for (const auto& each : given->as_object()) roots[each.key()] = each.value().as_string();
  const auto decoded = decode(body_of(test), roots);
  EXPECT_EQ(decoded.ends.size(), decoded.count);
  EXPECT_EQ(json::parse(decoded.events).as_array().size(), decoded.count);
  check_case(GetParam(), test, seen(decoded));
}

TEST_P(DecodeCase, ReplaysToTheSameEventsWhenAllOfItIsDecodable) {
  const auto body = body_of(read_case(GetParam()));
  const auto decoded = decode(body);
  const auto replayed = replay(body);
  if (decoded.undecodable > 0 || decoded.count == 0)
    EXPECT_FALSE(replayed);
  else
    EXPECT_EQ(replayed, decoded.events);
}

// What was kept of an item that made no sense makes none again, with the same words: nothing around it was lost.
TEST_P(DecodeCase, KeepsOfEachBadItemAnEnvelopeThatDecodesToTheSame) {
  const auto events = json::parse(decode(body_of(read_case(GetParam()))).events);
  for (const auto& event : events.as_array()) {
    if (event.at("type") != "undecodable") continue;
    const auto value = json::parse(decode(event.at("raw").as_string()).events);
    const auto& again = value.as_array();
    ASSERT_EQ(again.size(), 1u) << event;
    EXPECT_EQ(again.at(0).at("reason"), event.at("reason"));
    EXPECT_EQ(again.at(0).at("raw"), event.at("raw"));
  }
}

INSTANTIATE_TEST_SUITE_P(Files, DecodeCase, testing::ValuesIn(cases_in("decode")), case_label);

class PageCase : public testing::TestWithParam<std::string> {};

TEST_P(PageCase, GivesTheEventsOfItsFileOldestFirst) {
  const auto test = read_case(GetParam());
  const auto kind = test.at("kind") == "mentions" ? PageKind::mentions : PageKind::direct_messages;
  const auto page = decode_page(kind, "111", body_of(test));
  auto out = seen(page.decoded);
  out["next_token"] = page.next_token.empty() ? json::value() : json::value(page.next_token);
  out["oldest_ms"] = page.oldest_ms;
  check_case(GetParam(), test, out);
}

INSTANTIATE_TEST_SUITE_P(Files, PageCase, testing::ValuesIn(cases_in("page")), case_label);

std::string direct_messages(const std::string& items) {
  return R"({"data":{"event_uuid":"-68","filter":{"user_id":"111"},"event_type":"dm.received","payload":{"direct_message_events":[)" +
         items + R"(],"users":{"222":{"id":"222","name":"Ana"}}}}})";
}

std::string direct(const std::string& id, const std::string& data = R"({"text":"Hi"})") {
  return R"({"type":"message_create","id":")" + id +
         R"(","created_timestamp":"1784928224372","message_create":{"target":{"recipient_id":"111"},)" +
         R"("sender_id":"222","message_data":)" + data + "}}";
}

TEST(Decode, OneBadItemOfFiftySpoilsNothingBesideIt) {
  std::string items;
  for (int i = 0; i < 50; ++i)
    items += (i ? "," : "") + direct(std::to_string(2080765901528535000 + i), i == 17 ? "[]" : R"({"text":"x"})");
  const auto decoded = decode(direct_messages(items));
  EXPECT_EQ(decoded.count, 50u);
  EXPECT_EQ(decoded.undecodable, 1u);
  const auto events = json::parse(decoded.events).as_array();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(events[i].at("type"), i == 17 ? "undecodable" : "message");
}

TEST(Replay, OfABadItemThatBecameGoodGivesTheEventOfAGoodDecode) {
  auto raw = std::string(json::parse(decode(direct_messages(direct("2080765901528535096", "7"))).events)
                             .as_array()
                             .at(0)
                             .at("raw")
                             .as_string());
  raw.replace(raw.find("\"message_data\":7"), 16, R"("message_data":{"text":"Hi"})");
  EXPECT_EQ(replay(raw), decode(direct_messages(direct("2080765901528535096"))).events);
}

TEST(Decode, AnEveryByteTruncationOfABodyIsOneUndecodableEvent) {
  const auto body = direct_messages(direct("2080765901528535096", R"({"text":"H\u00e9"})"));
  for (std::size_t length = 0; length < body.size(); ++length) {
    const auto decoded = decode(std::string_view(body).substr(0, length));
    ASSERT_EQ(decoded.count, 1u);
    ASSERT_EQ(json::parse(decoded.events).as_array().at(0).at("raw").as_string(), body.substr(0, length));
  }
}

TEST(Decode, ABodyThatIsNoUtf8IsKeptByteForByte) {
  const auto decoded = decode("{\"data\":\"\xff\xfe\"}");
  ASSERT_EQ(decoded.undecodable, 1u);
  EXPECT_EQ(json::parse(decoded.events).as_array().at(0).at("raw"), "base64:eyJkYXRhIjoi//4ifQ==");
}

TEST(TimeOfId, IsWhenXMadeIt) { EXPECT_EQ(decode(direct_messages(direct("1"))).newest_ms, 1784928224372); }

}  // namespace
}  // namespace jackfield::twitter
