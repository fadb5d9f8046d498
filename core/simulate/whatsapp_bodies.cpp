#include "simulate/whatsapp_bodies.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

std::string text_or(const json::object& in, std::string_view key, std::string_view otherwise = {}) {
  const auto* value = in.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string(otherwise);
}

void append_unit(std::string& out, unsigned unit) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", unit);
  out += text;
}

// Reads one character of UTF-8 that the serializer vouches for.
unsigned next_character(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  unsigned character = first & (0x3F >> more);
  for (int i = 0; i < more && at < text.size(); ++i) character = character << 6 | (text[at++] & 0x3F);
  return character;
}

// As Meta writes JSON: only ASCII, and slashes escaped. Who verifies anything but the raw bytes notices.
std::string written_by_meta(const json::value& value) {
  const std::string plain = json::serialize(value);
  std::string out;
  for (std::size_t at = 0; at < plain.size();) {
    const char c = plain[at];
    if (static_cast<unsigned char>(c) < 0x80) {
      if (c == '/') out += '\\';
      out += c;
      ++at;
      continue;
    }
    unsigned character = next_character(plain, at);
    if (character >= 0x10000) {
      append_unit(out, 0xD800 + ((character - 0x10000) >> 10));
      character = 0xDC00 + ((character - 0x10000) & 0x3FF);
    }
    append_unit(out, character);
  }
  return out;
}

std::string webhook(const WhatsAppOptions& options, json::object rest, std::string_view field = "messages") {
  json::object value{
      {"messaging_product", "whatsapp"},
      {"metadata", {{"display_phone_number", options.display_number}, {"phone_number_id", options.phone_number_id}}}};
  for (auto& member : rest) value[member.key()] = std::move(member.value());
  return written_by_meta(json::object{
      {"object", "whatsapp_business_account"},
      {"entry", json::array{json::object{
                    {"id", options.waba},
                    {"changes", json::array{json::object{{"field", field}, {"value", std::move(value)}}}}}}}});
}

}  // namespace

std::string webhook_with_messages(const WhatsAppOptions& options, json::array contacts, json::array messages) {
  return webhook(options, {{"contacts", std::move(contacts)}, {"messages", std::move(messages)}});
}

std::string webhook_with_statuses(const WhatsAppOptions& options, json::array statuses) {
  return webhook(options, {{"statuses", std::move(statuses)}});
}

std::string webhook_with_field(const WhatsAppOptions& options, std::string_view field, json::object value) {
  return webhook(options, std::move(value), field);
}

json::object message_from_call(const json::object& call, const std::string& id, std::int64_t now_s) {
  json::object message;
  if (call.contains("from")) message["from"] = text_or(call, "from");
  if (call.contains("user_id")) message["from_user_id"] = text_or(call, "user_id");
  message["id"] = text_or(call, "id", id);
  message["timestamp"] = text_or(call, "timestamp", std::to_string(now_s));
  if (call.contains("reply_to"))
    message["context"] = {{"from", text_or(call, "from")}, {"id", text_or(call, "reply_to")}};
  for (const auto* more : {"context", "referral", "group_id", "to", "to_user_id"})
    if (const auto* value = call.if_contains(more)) message[more] = *value;
  constexpr std::array kTypes = {"image",    "audio",    "video",       "document",       "sticker", "location",
                                 "contacts", "reaction", "interactive", "button",         "order",   "system",
                                 "edit",     "revoke",   "unsupported", "request_welcome"};
  for (const auto* type : kTypes)
    if (const auto* content = call.if_contains(type)) {
      message["type"] = type;
      message[type] = *content;
      return message;
    }
  message["type"] = "text";
  message["text"] = {{"body", text_or(call, "text")}};
  return message;
}

json::object contact_from_call(const json::object& call) {
  json::object contact{{"profile", {{"name", text_or(call, "name", "Somebody")}}}};
  if (call.contains("from")) contact["wa_id"] = text_or(call, "from");
  if (call.contains("user_id")) contact["user_id"] = text_or(call, "user_id");
  return contact;
}

std::string graph_error(std::int64_t code, std::string_view message) {
  const std::string text = "(#" + std::to_string(code) + ") " + std::string(message);
  return json::serialize(json::object{{"error",
                                       {{"message", text},
                                        {"type", "OAuthException"},
                                        {"code", code},
                                        {"error_data", {{"messaging_product", "whatsapp"}, {"details", message}}},
                                        {"fbtrace_id", "simulated"}}}});
}

std::string problem_of_send(const json::object& body) {
  if (text_or(body, "messaging_product") != "whatsapp") return "messaging_product must be whatsapp";
  if (text_or(body, "status") == "read") return text_or(body, "message_id").empty() ? "message_id is missing" : "";
  if (text_or(body, "to").empty() && text_or(body, "recipient").empty()) return "to or recipient is missing";
  const auto type = text_or(body, "type", "text");
  return body.contains(type) ? "" : "the object " + type + " is missing";
}

std::optional<UploadedFile> uploaded_file(std::string_view content_type, std::string_view body) {
  const auto at = content_type.find("boundary=");
  if (at == std::string_view::npos) return std::nullopt;
  auto boundary = std::string(content_type.substr(at + 9));
  if (boundary.size() > 1 && boundary.front() == '"') boundary = boundary.substr(1, boundary.find('"', 1) - 1);
  const std::string line = "--" + boundary;
  for (auto from = body.find(line); from != std::string_view::npos;) {
    const auto start = from + line.size(), end = body.find("\r\n" + line, start);
    if (end == std::string_view::npos) break;
    const auto part = body.substr(start, end - start);
    const auto split = part.find("\r\n\r\n");
    if (const auto head = part.substr(0, split);
        split != std::string_view::npos && head.find("name=\"file\"") != std::string_view::npos) {
      UploadedFile file{std::string(part.substr(split + 4)), {}};
      if (const auto type = head.find("Content-Type: "); type != std::string_view::npos)
        file.media_type = head.substr(type + 14, head.find("\r\n", type) - type - 14);
      return file;
    }
    from = end + 2;
  }
  return std::nullopt;
}

}  // namespace jackfield::simulate
