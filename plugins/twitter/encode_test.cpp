#include "encode.hpp"

#include "outcome.hpp"
#include "testdata.hpp"

namespace jackfield::twitter {
namespace {

Settings settings_of(const json::object& test) {
  Settings settings;
  settings.user_id = "111";
  if (const auto* limit = test.if_contains("post_limit"))
    settings.post_limit = static_cast<std::size_t>(limit->as_int64());
  return settings;
}

json::value shown(const Request& request) {
  json::object out{{"path", request.path()}};
  std::vector<std::string> ids;
  json::array uploads;
  for (const auto& each : request.uploads) {
    ids.push_back("MEDIA" + std::to_string(ids.size() + 1));
    uploads.push_back(
        {{"blob", each.blob}, {"media_type", each.media_type}, {"category", each.category}, {"bytes", each.bytes}});
  }
  if (!uploads.empty()) out["uploads"] = uploads;
  out["body"] = json::parse(request.body(ids));
  return out;
}

class EncodeCase : public testing::TestWithParam<std::string> {};

TEST_P(EncodeCase, GivesTheRequestsOfItsFile) {
  const auto test = read_case(GetParam());
  const auto encoded = encode(json::serialize(test.at("message")), settings_of(test));
  json::array requests;
  for (const auto& request : encoded.requests) requests.push_back(shown(request));
  json::value refused, length;
  if (requests.empty()) refused = {{"class", class_name(encoded.error_class)}, {"detail", encoded.detail}};
  if (encoded.weighted_length) length = *encoded.weighted_length;
  check_case(GetParam(), test, {{"requests", requests}, {"refused", refused}, {"weighted_length", length}});
}

TEST_P(EncodeCase, IsPreviewedAsItIsSent) {
  const auto test = read_case(GetParam());
  const auto message = json::serialize(test.at("message"));
  const auto shown = json::parse(preview(message, settings_of(test))).as_object();
  EXPECT_EQ(shown.at("sendable").as_bool(), !encode(message, settings_of(test)).requests.empty());
  EXPECT_EQ(shown.at("problems").as_array().empty(), shown.at("sendable").as_bool());
}

INSTANTIATE_TEST_SUITE_P(Files, EncodeCase, testing::ValuesIn(cases_in("encode")), case_label);

std::string text_message(const char* visibility, std::size_t characters) {
  std::string text;
  for (std::size_t i = 0; i < characters; ++i) text += "\xc3\xa9";
  return R"({"to":[{"address":"twitter:222"}],"reply_to":{"provider_id":"900"},"thread":"900:222","visibility":")" +
         std::string(visibility) + R"(","parts":[{"type":"text","text":")" + text + "\"}]}";
}

TEST(Encode, TakesADirectMessageOf10000CharactersAndNotOneMore) {
  const auto settings = settings_of({});
  EXPECT_EQ(encode(text_message("private", 10000), settings).requests.size(), 1u);
  EXPECT_TRUE(encode(text_message("private", 10001), settings).requests.empty());
}

TEST(Encode, TakesAPostOfWeight280AndNotOneMoreUnlessTheAccountMayWriteMore) {
  auto settings = settings_of({});
  EXPECT_EQ(encode(text_message("public", 280), settings).requests.size(), 1u);
  EXPECT_TRUE(encode(text_message("public", 281), settings).requests.empty());
  settings.post_limit = 25000;
  EXPECT_EQ(encode(text_message("public", 25000), settings).requests.size(), 1u);
}

TEST(Preview, TellsTheWeightedLength) {
  const auto shown = json::parse(preview(text_message("public", 281), settings_of({})));
  EXPECT_EQ(shown.at("weighted_length"), 281);
  EXPECT_EQ(shown.at("weighted_limit"), 280);
}

}  // namespace
}  // namespace jackfield::twitter
