// Stored JSON read back. What was written by json_write.cpp is trusted in shape but not blindly: a wrong type is
// Errc::corrupt.
#include <boost/json/parse.hpp>

#include "model/json.hpp"

namespace jackfield {
namespace {

namespace json = boost::json;

std::string_view text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

Address address_from(const json::value& value) {
  Address address;
  if (const auto* object = value.if_object()) {
    address.uri = text_in(*object, "address");
    address.name = text_in(*object, "name");
    address.scope = text_in(*object, "scope");
  }
  return address;
}

std::vector<Address> addresses_in(const json::object& object, std::string_view name) {
  std::vector<Address> out;
  const auto* list = object.if_contains(name);
  if (list && list->is_array())
    for (const auto& entry : list->get_array()) out.push_back(address_from(entry));
  return out;
}

Time time_in(const json::object& object, std::string_view name) {
  return parse_rfc3339(text_in(object, name)).value_or(Time{});
}

Result<json::object> object_from(std::string_view text, std::string_view what) {
  boost::system::error_code ec;
  json::value value = json::parse(text, ec);
  if (ec || !value.is_object()) return fail(Errc::corrupt, "stored " + std::string(what) + " is not a JSON object");
  return std::move(value.get_object());
}

}  // namespace

Result<Content> content_from_json(std::string_view text) {
  auto parsed = object_from(text, "content");
  if (!parsed) return parsed.error();
  json::object& object = *parsed;
  Content content;
  if (const auto* from = object.if_contains("from")) content.from = address_from(*from);
  content.to = addresses_in(object, "to");
  content.cc = addresses_in(object, "cc");
  content.subject = text_in(object, "subject");
  content.text = text_in(object, "text");
  content.html = text_in(object, "html");
  content.new_text = text_in(object, "new_text");
  content.language = text_in(object, "language");
  content.automatic = text_in(object, "automatic");
  if (auto* converted = object.if_contains("converted"); converted && converted->is_array())
    content.converted = std::move(converted->get_array());
  content.reply_to = parse_id(text_in(object, "reply_to")).value_or(Id{});
  if (const auto* quoted = object.if_contains("quoted"); quoted && quoted->is_object())
    content.quoted = text_in(quoted->get_object(), "provider_id");
  if (auto* parts = object.if_contains("parts"); parts && parts->is_array())
    content.parts = std::move(parts->get_array());
  if (auto* extra = object.if_contains("extra"); extra && extra->is_object())
    content.extra = std::move(extra->get_object());
  return content;
}

Result<Track> track_from_json(std::string_view text) {
  auto parsed = object_from(text, "track");
  if (!parsed) return parsed.error();
  Track track;
  if (const auto* ids = parsed->if_contains("provider_ids"); ids && ids->is_array())
    for (const auto& id : ids->get_array())
      if (id.is_string()) track.provider_ids.emplace_back(id.get_string());
  if (const auto* list = parsed->if_contains("history"); list && list->is_array())
    for (const auto& entry : list->get_array()) {
      if (!entry.is_object()) continue;
      StatusChange change{Status::queued, time_in(entry.get_object(), "at")};
      if (parse(text_in(entry.get_object(), "status"), change.status)) track.history.push_back(change);
    }
  if (const auto* list = parsed->if_contains("errors"); list && list->is_array())
    for (const auto& entry : list->get_array()) {
      if (!entry.is_object()) continue;
      const auto& e = entry.get_object();
      track.errors.push_back({std::string(text_in(e, "class")), std::string(text_in(e, "code")),
                              std::string(text_in(e, "detail")), time_in(e, "at")});
    }
  return track;
}

namespace {

std::int64_t int_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_int64() ? value->get_int64() : 0;
}

}  // namespace

Result<std::vector<ChannelUse>> channel_uses_from_json(std::string_view text) {
  boost::system::error_code ec;
  const json::value value = json::parse(text, ec);
  if (ec || !value.is_array()) return fail(Errc::corrupt, "stored channel uses are not a JSON array");
  std::vector<ChannelUse> out;
  for (const auto& entry : value.get_array()) {
    if (!entry.is_object()) continue;
    const auto& object = entry.get_object();
    ChannelUse use;
    use.channel = text_in(object, "channel");
    use.address = text_in(object, "address");
    use.scope = text_in(object, "scope");
    if (const auto* at = object.if_contains("last_inbound_at"); at && at->is_int64())
      use.last_inbound_at = time_from_ms(at->get_int64());
    if (const auto* id = object.if_contains("last_inbound"); id && id->is_int64())
      use.last_inbound = Id{id->get_int64()};
    use.last_public = Id{int_in(object, "last_public")};
    use.last_private = use.last_public ? Id{int_in(object, "last_private")} : use.last_inbound;
    out.push_back(std::move(use));
  }
  return out;
}

Satisfaction satisfaction_from_json(std::string_view text) {
  Satisfaction out;
  boost::system::error_code ec;
  const json::value value = text.empty() ? json::value() : json::parse(text, ec);
  const auto* object = ec ? nullptr : value.if_object();
  if (!object) return out;
  out.until = time_from_ms(int_in(*object, "until"));
  out.question = Id{int_in(*object, "question")};
  out.score = static_cast<int>(int_in(*object, "score"));
  out.scored_at = time_from_ms(int_in(*object, "scored_at"));
  out.answer = Id{int_in(*object, "answer")};
  const auto* words = object->if_contains("words");
  out.words = words && words->is_bool() && words->get_bool();
  return out;
}

std::vector<std::string> strings_from_json(std::string_view text) {
  std::vector<std::string> out;
  if (text.empty() || text == "[]") return out;
  boost::system::error_code ec;
  const json::value value = json::parse(text, ec);
  if (ec || !value.is_array()) return out;
  for (const auto& entry : value.get_array())
    if (entry.is_string()) out.emplace_back(entry.get_string());
  return out;
}

std::vector<OptOut> opt_outs_from_json(std::string_view text) {
  std::vector<OptOut> out;
  if (text.empty()) return out;
  boost::system::error_code ec;
  const json::value value = json::parse(text, ec);
  if (ec || !value.is_array()) return out;
  for (const auto& entry : value.get_array()) {
    if (!entry.is_object()) continue;
    const auto& object = entry.get_object();
    const auto* lifted = object.if_contains("lifted");
    out.push_back({std::string(text_in(object, "channel")), std::string(text_in(object, "reason")),
                   time_in(object, "at"), lifted && lifted->is_bool() && lifted->get_bool()});
  }
  return out;
}

std::map<std::string, std::string> attributes_from_json(std::string_view text) {
  std::map<std::string, std::string> out;
  if (text.empty() || text == "{}") return out;
  boost::system::error_code ec;
  const json::value value = json::parse(text, ec);
  if (ec || !value.is_object()) return out;
  for (const auto& [name, entry] : value.get_object())
    if (entry.is_string()) out.emplace(name, entry.get_string());
  return out;
}

}  // namespace jackfield
