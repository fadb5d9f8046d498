#include "encode.hpp"

#include "outcome.hpp"
#include "testdata.hpp"

namespace jackfield::whatsapp {
namespace {

class EncodeCase : public testing::TestWithParam<std::string> {};

json::value shown(const Request& request) {
  json::object out;
  if (request.upload)
    out["upload"] = {
        {"blob", request.upload->blob}, {"name", request.upload->name}, {"media_type", request.upload->media_type}};
  out["body"] = json::parse(request.body_with("MEDIA"));
  return out;
}

TEST_P(EncodeCase, GivesTheRequestsOfItsFile) {
  const auto test = read_case(GetParam());
  EncodeOptions options;
  if (const auto* given = test.if_contains("options")) {
    options.preview_urls = given->as_object().contains("preview_urls");
    options.link_media = given->as_object().contains("link_media");
  }
  const auto encoded = encode(json::serialize(test.at("message")), options);
  json::array requests;
  for (const auto& request : encoded.requests) requests.push_back(shown(request));
  json::value refused;
  if (requests.empty()) refused = {{"class", class_name(encoded.error_class)}, {"detail", encoded.detail}};
  json::value notes;
  if (!encoded.notes.empty()) notes = json::value_from(encoded.notes);
  check_case(GetParam(), test, {{"requests", requests}, {"notes", notes}, {"refused", refused}});
}

INSTANTIATE_TEST_SUITE_P(Files, EncodeCase, testing::ValuesIn(cases_in("encode")), case_label);

std::string text_message(std::size_t characters) {
  std::string text;
  for (std::size_t i = 0; i < characters; ++i) text += "\xc3\xa9";
  return R"({"to":[{"address":"whatsapp:15550002222"}],"parts":[{"type":"text","text":")" + text + "\"}]}";
}

TEST(Encode, TakesATextOf4096CharactersAndNotOneMore) {
  EXPECT_EQ(encode(text_message(4096)).requests.size(), 1u);
  EXPECT_TRUE(encode(text_message(4097)).requests.empty());
}

}  // namespace
}  // namespace jackfield::whatsapp
