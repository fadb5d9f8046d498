#include "decode.hpp"

#include "testdata.hpp"

namespace jackfield::whatsapp {
namespace {

std::string body_of(const json::object& test) {
  if (const auto* text = test.if_contains("body_text")) return std::string(text->as_string());
  return json::serialize(test.at("body"));
}

json::value or_null(std::size_t count) { return count > 0 ? json::value(count) : json::value(); }

class DecodeCase : public testing::TestWithParam<std::string> {};

TEST_P(DecodeCase, GivesTheEventsOfItsFile) {
  const auto test = read_case(GetParam());
  const auto decoded = decode(body_of(test));
  const auto events = json::parse(decoded.events);
  EXPECT_EQ(events.as_array().size(), decoded.count);
  check_case(GetParam(), test,
             {{"events", events}, {"ignored", or_null(decoded.ignored)}, {"errors", or_null(decoded.errors.size())}});
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

INSTANTIATE_TEST_SUITE_P(Files, DecodeCase, testing::ValuesIn(cases_in("decode")), case_label);

std::string in_envelope(const std::string& message) {
  return R"({"object":"whatsapp_business_account","entry":[{"id":"WABA1","changes":[{"field":"messages","value":{)"
         R"("messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":"1000001"},)"
         R"("contacts":[{"profile":{"name":"Ana"},"wa_id":"15550002222"},{"profile":{"name":"Bo"},"wa_id":"15550003333"}],)"
         R"("messages":[)" +
         message + "]}}]}]}";
}

// What a later version decodes is what this one would have, had it understood the item: the raw holds all around it.
TEST(Replay, OfABadItemThatBecameGoodGivesTheEventOfAGoodDecode) {
  const std::string bad = R"({"from":"15550002222","id":"wamid.B","timestamp":"1795255200","type":"text","text":7})";
  const std::string good =
      R"({"from":"15550002222","id":"wamid.B","timestamp":"1795255200","type":"text","text":{"body":"Hi"}})";
  const auto decoded = json::parse(decode(in_envelope(bad)).events).as_array();
  ASSERT_EQ(decoded.at(0).at("type"), "undecodable");
  std::string raw(decoded.at(0).at("raw").as_string());
  EXPECT_FALSE(replay(raw));
  EXPECT_EQ(raw.find("15550003333"), std::string::npos) << "somebody else's contact is in it";
  raw.replace(raw.find("\"text\":7"), 8, "\"text\":{\"body\":\"Hi\"}");
  EXPECT_EQ(replay(raw), decode(in_envelope(good)).events);
}

TEST(Decode, ABatchOfFiftyWithOneBadItemGivesTheOtherFortyNineInOrder) {
  std::string messages;
  for (int i = 0; i < 50; ++i) {
    const std::string id = "\"wamid." + std::to_string(i) + '"';
    messages += std::string(i ? "," : "") + R"({"from":"15550002222","id":)" + id +
                R"(,"timestamp":"1795255200","type":"text","text":)" + (i == 17 ? "[]" : R"({"body":"x"})") + '}';
  }
  const auto decoded = decode(in_envelope(messages));
  EXPECT_EQ(decoded.count, 50u);
  EXPECT_EQ(decoded.undecodable, 1u);
  const auto events = json::parse(decoded.events).as_array();
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(events[i].at("type"), i == 17 ? "undecodable" : "message");
    EXPECT_EQ(events[i].at("id").as_string(), "wamid." + std::to_string(i));
  }
}

TEST(Decode, ABodyThatIsNoUtf8IsKeptByteForByte) {
  const std::string body = "{\"object\":\"\xff\xfe\"}";
  const auto decoded = decode(body);
  ASSERT_EQ(decoded.undecodable, 1u);
  EXPECT_EQ(json::parse(decoded.events).as_array().at(0).at("raw"), "base64:eyJvYmplY3QiOiL//iJ9");
}

TEST(Replay, OfABodyKeptAsBase64DecodesTheBytes) {
  const std::string bytes = "base64:eyJvYmplY3QiOiJwYWdlIn0=";  // {"object":"page"}
  EXPECT_FALSE(replay(bytes));                                  // not ours: nothing to say
}

TEST(Decode, AnEveryByteTruncationOfABodyIsOneUndecodableEvent) {
  const auto body = in_envelope(R"({"from":"15550002222","id":"wamid.B","type":"text","text":{"body":"H\u00e9"}})");
  for (std::size_t length = 0; length < body.size(); ++length) {
    const auto decoded = decode(std::string_view(body).substr(0, length));
    ASSERT_EQ(decoded.count, 1u);
    ASSERT_EQ(json::parse(decoded.events).as_array().at(0).at("raw").as_string(), body.substr(0, length));
  }
}

}  // namespace
}  // namespace jackfield::whatsapp
