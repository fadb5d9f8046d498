#include "decode.hpp"

#include <openssl/evp.h>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "decode_item.hpp"
#include "json_read.hpp"
#include "json_write.hpp"

namespace jackfield::whatsapp {
namespace {

namespace json = boost::json;
constexpr std::string_view kObject = "whatsapp_business_account";
constexpr std::string_view kBase64 = "base64:";  // before a raw that is no UTF-8 and so no JSON text

using WriteItem = bool (*)(std::string&, const Envelope&, const json::value&, std::string&);

class Decoder {
 public:
  Decoder(std::size_t body_size, std::string_view portfolio) : portfolio_(portfolio) {
    out_.reserve(body_size + 256);
    out_ += '[';
  }

  void body(const json::value& body);
  void undecodable(std::string_view id, std::string_view account, std::string_view reason, std::string_view raw);
  Decoded finish() &&;

 private:
  void entry(const json::value& entry);
  void change(std::string_view waba, const json::value& change);
  void value(std::string_view waba, const json::value& change, std::string_view field, const json::object& value);
  void items(const Envelope& envelope, const json::object& value, std::string_view key, WriteItem write);
  void bad_item(const Envelope& envelope, std::string_view key, const json::value& item, std::string_view reason);
  void bad_entry(const json::value& entry, std::string_view reason);
  void bad_change(std::string_view waba, const json::value& change, std::string_view reason);
  void report_errors(const json::object& value);
  void begin_event() {
    if (decoded_.count++ > 0) out_ += ',';
  }

  std::string_view portfolio_;
  std::string out_;
  Decoded decoded_;
};

// Which lists a field's value holds, and who writes the events of their items.
struct List {
  std::string_view field, key;
  WriteItem write;
};
constexpr List kLists[] = {{"messages", "messages", write_message},
                           {"messages", "statuses", write_status},
                           {"smb_message_echoes", "message_echoes", write_echo},
                           {"user_id_update", "user_id_update", write_user_id_update},
                           {"user_preferences", "user_preferences", write_preference}};

bool is_ours(std::string_view field) {
  for (const auto& list : kLists)
    if (list.field == field) return true;
  return false;
}

void Decoder::body(const json::value& body) {
  const auto* root = body.if_object();
  if (!root) return undecodable({}, {}, "the body is " + kind_name(body), json::serialize(body));
  if (text_at(*root, "object") != kObject) {
    ++decoded_.ignored;
    return;
  }
  const auto* entries = array_at(*root, "entry");
  if (!entries) return undecodable({}, {}, "entry is no array", json::serialize(body));
  for (const auto& each : *entries) entry(each);
}

void Decoder::entry(const json::value& entry) {
  const auto* object = entry.if_object();
  const auto* changes = object ? array_at(*object, "changes") : nullptr;
  if (!changes) return bad_entry(entry, "entry.changes is no array");
  const auto waba = text_at(*object, "id");
  for (const auto& each : *changes) change(waba, each);
}

void Decoder::change(std::string_view waba, const json::value& change) {
  const auto* object = change.if_object();
  if (!object) return bad_change(waba, change, "the change is " + kind_name(change));
  const auto field = text_at(*object, "field");
  if (!is_ours(field)) {
    ++decoded_.ignored;
    return;
  }
  const auto* content = object_at(*object, "value");
  if (!content) return bad_change(waba, change, "value is no object");
  value(waba, change, field, *content);
}

void Decoder::value(std::string_view waba, const json::value& change, std::string_view field,
                    const json::object& value) {
  const auto* metadata = object_at(value, "metadata");
  const auto account = metadata ? text_at(*metadata, "phone_number_id") : std::string_view();
  if (account.empty()) return bad_change(waba, change, "metadata.phone_number_id is missing");
  const Envelope envelope{waba,
                          portfolio_.empty() ? waba : portfolio_,
                          account,
                          text_at(*metadata, "display_phone_number"),
                          value.if_contains("metadata"),
                          array_at(value, "contacts"),
                          field};
  for (const auto& list : kLists) {
    if (list.field != field) continue;
    if (const auto* found = value.if_contains(list.key); found && !found->is_array() && !found->is_null())
      bad_change(waba, change, std::string(list.key) + " is " + kind_name(*found));
    items(envelope, value, list.key, list.write);
  }
  report_errors(value);
}

void Decoder::items(const Envelope& envelope, const json::object& value, std::string_view key, WriteItem write) {
  const auto* list = array_at(value, key);
  if (!list) return;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto mark = out_.size();
    std::string reason;
    begin_event();
    if (write(out_, envelope, (*list)[i], reason)) continue;
    out_.resize(mark);
    --decoded_.count;
    bad_item(envelope, key, (*list)[i], std::string(key) + '[' + std::to_string(i) + "]: " + reason);
  }
}

// The item goes into an envelope of its own, so that a replay finds what surrounds it and nobody else's items.
void Decoder::bad_item(const Envelope& envelope, std::string_view key, const json::value& item,
                       std::string_view reason) {
  const auto* object = item.if_object();
  const auto* contact = object ? contact_of(envelope, *object) : nullptr;
  std::string raw = R"({"object":"whatsapp_business_account","entry":[{"id":)";
  append_quoted(raw, envelope.waba);
  raw += R"(,"changes":[{"field":)";
  append_quoted(raw, envelope.field);
  raw += R"(,"value":{"messaging_product":"whatsapp","metadata":)";
  raw += json::serialize(*envelope.metadata);
  if (contact) raw += R"(,"contacts":[)" + json::serialize(*contact) + ']';
  raw += ",\"";
  raw += key;
  raw += "\":[" + json::serialize(item) + "]}}]}]}";
  undecodable(object ? text_at(*object, "id") : std::string_view(), envelope.account, reason, raw);
}

void Decoder::bad_entry(const json::value& entry, std::string_view reason) {
  undecodable({}, {}, reason, R"({"object":"whatsapp_business_account","entry":[)" + json::serialize(entry) + "]}");
}

void Decoder::bad_change(std::string_view waba, const json::value& change, std::string_view reason) {
  std::string raw = R"({"object":"whatsapp_business_account","entry":[{"id":)";
  append_quoted(raw, waba);
  undecodable({}, {}, reason, raw + ",\"changes\":[" + json::serialize(change) + "]}]}");
}

void Decoder::undecodable(std::string_view id, std::string_view account, std::string_view reason,
                          std::string_view raw) {
  begin_event();
  ++decoded_.undecodable;
  out_ += R"({"type":"undecodable","id":)";
  id.empty() ? void(out_ += "null") : append_quoted(out_, id);
  out_ += R"(,"account":)";
  account.empty() ? void(out_ += "null") : append_quoted(out_, account);
  append_field(out_, "reason", reason);
  append_field(out_, "raw", raw);
  out_ += '}';
}

void Decoder::report_errors(const json::object& value) {
  if (const auto* errors = array_at(value, "errors"))
    for (const auto& error : *errors) decoded_.errors.push_back(json::serialize(error));
}

Decoded Decoder::finish() && {
  out_ += ']';
  decoded_.events = std::move(out_);
  return std::move(decoded_);
}

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
  const int len = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), in, static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(len));
  return text;
}

std::string from_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  const int len = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), in, static_cast<int>(text.size()));
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  bytes.resize(len < static_cast<int>(padding) ? 0 : static_cast<std::size_t>(len) - padding);
  return bytes;
}

}  // namespace

Decoded decode(std::string_view body, std::string_view portfolio) {
  unsigned char first[16 * 1024];
  json::monotonic_resource memory(first, sizeof first);
  boost::system::error_code error;
  const json::value tree = parse_provider_json(body, error, &memory);
  Decoder decoder(body.size(), portfolio);
  if (!error)
    decoder.body(tree);
  else
    decoder.undecodable({}, {}, "the body is no JSON: " + error.message(),
                        is_utf8(body) ? std::string(body) : std::string(kBase64) + to_base64(body));
  return std::move(decoder).finish();
}

std::optional<std::string> replay(std::string_view raw, std::string_view portfolio) {
  std::string bytes;
  if (raw.starts_with(kBase64)) raw = bytes = from_base64(raw.substr(kBase64.size()));
  auto decoded = decode(raw, portfolio);
  if (decoded.undecodable > 0 || decoded.count == 0) return std::nullopt;
  return std::move(decoded.events);
}

}  // namespace jackfield::whatsapp
