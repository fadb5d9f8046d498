#include "check/messages.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "testkit/case_file.hpp"

namespace jackfield::check {
namespace json = boost::json;
namespace {

constexpr std::string_view kFile = "\x89PNG\r\n\x1a\n not really a picture";

std::string address_in(const json::object& send) {
  const auto* to = send.if_contains("to");
  if (to == nullptr || !to->is_array() || to->get_array().empty()) return "";
  return testkit::string_or(to->get_array().front().as_object(), "address", "");
}

std::string address_for(Context& context) {
  for (const auto& sample : context.samples("send"))
    if (auto found = address_in(testkit::member_object(sample.step, "send")); !found.empty()) return found;
  const auto& scheme = context.manifest().scheme;
  return scheme + (scheme == "mailto" ? ":ana@example.com" : ":15550002222");
}

json::object part_of(const std::string& type, const std::string& blob) {
  if (type == "media")
    return {{"type", type},         {"media_type", "image/png"}, {"name", "a.png"},
            {"size", kFile.size()}, {"state", "ready"},          {"blob", blob}};
  if (type == "template")
    return {{"type", type}, {"name", "hello"}, {"language", "en"}, {"parameters", json::array{"x"}}};
  if (type == "location") return {{"type", type}, {"latitude", 48.85}, {"longitude", 2.35}, {"name", "Paris"}};
  if (type == "choices") return {{"type", type}, {"text", "Which?"}, {"options", {{{"id", "a"}, {"title", "A"}}}}};
  if (type == "contact") return {{"type", type}, {"name", "Ana"}, {"phones", {"+15550002222"}}};
  if (type == "reaction") return {{"type", type}, {"emoji", "👍"}, {"to", "id-1"}};
  return {{"type", type}, {"text", "Hello from the check"}, {"title", "Hello"}, {"what", "hello"}};
}

}  // namespace

Sample send_sample(const Context& context) {
  const auto all = context.samples("send");
  const auto best =
      std::find_if(all.begin(), all.end(), [](const Sample& one) { return one.step.contains("http_answer"); });
  if (best != all.end()) return *best;
  return all.empty() ? Sample{} : all.front();
}

std::string message_with(Context& context, const json::value& part, std::string_view key) {
  const auto text = part.is_object() ? testkit::string_or(part.get_object(), "text", "") : "";
  return json::serialize(json::object{{"id", key},
                                      {"conversation", nullptr},
                                      {"channel", "test"},
                                      {"to", {{{"address", address_for(context)}, {"name", "Ana"}}}},
                                      {"scope", ""},
                                      {"visibility", "private"},
                                      {"subject", "Hello"},
                                      {"text", text},
                                      {"parts", json::array{part}},
                                      {"template", nullptr},
                                      {"reply_to", nullptr},
                                      {"references", json::array{}},
                                      {"correlation", key},
                                      {"account", nullptr}});
}

std::vector<json::object> parts_of(Context& context, testkit::FakeHost& host) {
  const std::string blob = testkit::sha256_hex(kFile);
  host.blobs[blob] = std::string(kFile);
  std::vector<json::object> out;
  for (const auto& type : context.manifest().parts_out) out.push_back(part_of(type, blob));
  return out;
}

std::string text_message(Context& context, std::string_view key) {
  const auto& types = context.manifest().parts_out;
  const bool text = types.empty() || std::find(types.begin(), types.end(), "text") != types.end();
  return message_with(context, part_of(text ? "text" : types.front(), ""), key);
}

std::string outcome_name(std::uint32_t outcome) {
  constexpr const char* names[] = {"ACCEPTED", "RETRY", "REJECTED", "UNKNOWN", "CANCELLED"};
  return outcome < std::size(names) ? names[outcome] : "none that there is";
}

}  // namespace jackfield::check
