#include "api/reply_body.hpp"

#include <algorithm>

#include "model/json.hpp"

namespace jackfield::api {
namespace {

constexpr std::size_t kMostTextBytes = 512 * 1024;  // connectors' own limits are checked by the flow

bool read_direction(RequestBody& body) {
  const auto direction = body.one_of<Direction>("direction");
  if (direction == Direction::in) body.refuse("direction", "must be \"out\" or \"note\"");
  return direction == Direction::note;
}

bool read_automatic(RequestBody& body) {
  if (!body.has("automatic")) return false;
  const auto& value = body.object().at("automatic");
  if (!value.is_bool()) body.refuse("automatic", "must be true or false");
  return value.is_bool() && value.get_bool();
}

// A file is named by the id of its upload. What only connectors and the store may say of it (its blob, its source)
// would let a client read files that are none of its own.
void check_media_part(RequestBody& body, std::size_t at, const boost::json::object& part) {
  static const std::vector<std::string_view> allowed{"type", "id", "name", "caption", "disposition"};
  const std::string place = "parts[" + std::to_string(at) + "]";
  for (const auto& member : part) {
    const std::string_view name = member.key();
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
      body.refuse("parts", place + ": " + unknown_name("member", name, allowed));
    if (!member.value().is_string()) body.refuse("parts", place + "." + std::string(name) + " must be a string");
  }
  if (!part.contains("id")) body.refuse("parts", place + ".id is missing: upload the file with POST /v1/media first");
}

boost::json::array read_parts(RequestBody& body) {
  auto parts = body.array("parts");
  if (!parts) return {};
  if (parts->empty()) body.refuse("parts", "must hold a part");
  if (const auto checked = check_parts(*parts); !checked) {
    body.refuse("parts", checked.error().message);
    return {};
  }
  for (std::size_t at = 0; at < parts->size(); ++at) {
    const auto& part = (*parts)[at].get_object();
    if (part.at("type").as_string() == "media") check_media_part(body, at, part);
  }
  return std::move(*parts);
}

}  // namespace

std::vector<std::string_view> reply_members(std::vector<std::string_view> further) {
  std::vector<std::string_view> all{"text", "parts", "template", "subject", "automatic"};
  all.insert(all.end(), further.begin(), further.end());
  return all;
}

flow::ReplyRequest read_reply(RequestBody& body, const Caller& caller) {
  flow::ReplyRequest request;
  request.text = body.text("text", kMostTextBytes).value_or("");
  request.parts = read_parts(body);
  request.channel = body.text("channel", 256);
  request.reply_to = body.id("reply_to");
  request.visibility = body.one_of<Visibility>("visibility");
  if (const auto value = body.object("template")) request.template_ = *value;
  request.subject = body.text("subject", 998).value_or("");
  request.note = read_direction(body);
  request.automatic = read_automatic(body);
  request.author = caller.author();
  request.token = caller.name;
  if (!caller.sees_all()) request.queues = caller.queues;
  if (body.has("text") && body.has("parts")) body.refuse("text", "give either text or parts");
  const bool says_something = !request.text.empty() || !request.parts.empty() || request.template_.is_object();
  if (!says_something) body.refuse("text", "a message needs a text, parts or a template");
  return request;
}

}  // namespace jackfield::api
