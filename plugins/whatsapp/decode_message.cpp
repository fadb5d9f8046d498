// Who wrote, when, in answer to what; the parts are in decode_parts.cpp.
#include <boost/json/serialize.hpp>
#include <charconv>

#include "decode_item.hpp"
#include "json_read.hpp"
#include "json_write.hpp"

namespace jackfield::whatsapp {
namespace {

namespace json = boost::json;

bool fail(std::string& reason, std::string_view why) {
  reason = why;
  return false;
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Since 2026 a customer may be known by phone, by business-scoped id, or by both; neither alone may be relied on.
struct Sender {
  std::string_view phone, user_id, name, username;
};

Sender sender_of(const Envelope& envelope, const json::object& item) {
  Sender sender{text_at(item, "from"), text_at(item, "from_user_id"), {}, {}};
  if (const auto* contact = contact_of(envelope, item)) {
    if (sender.phone.empty()) sender.phone = text_at(*contact, "wa_id");
    if (sender.user_id.empty()) sender.user_id = text_at(*contact, "user_id");
    if (const auto* profile = object_at(*contact, "profile")) {
      sender.name = text_at(*profile, "name");
      sender.username = text_at(*profile, "username");
    }
  }
  if (sender.phone.starts_with('+')) sender.phone.remove_prefix(1);
  if (!all_digits(sender.phone)) sender.phone = {};
  return sender;
}

void append_address(std::string& out, std::string_view value) {
  out += "\"address\":";
  const auto opening = out.size();
  append_quoted(out, value);
  out.insert(opening + 1, "whatsapp:");
}

void append_from(std::string& out, const Envelope& envelope, const Sender& sender) {
  out += ",\"from\":{";
  append_address(out, sender.phone.empty() ? sender.user_id : sender.phone);
  if (sender.phone.empty()) append_field(out, "scope", envelope.waba);
  append_field_if(out, "name", sender.name.empty() ? sender.username : sender.name);
  out += R"(,"evidence":"attested")";
  if (!sender.phone.empty()) {
    out += R"(,"also":[{"address":"tel:+)";
    out += sender.phone;  // digits
    out += R"(","evidence":"attested"})";
    if (!sender.user_id.empty()) {
      out += ",{";
      append_address(out, sender.user_id);
      append_field(out, "scope", envelope.waba);
      out += R"(,"evidence":"attested"})";
    }
    out += ']';
  }
  out += '}';
}

void append_to(std::string& out, std::string_view display_number) {
  if (display_number.find_first_of("0123456789") == std::string_view::npos) return;
  out += R"(,"to":[{"address":"whatsapp:)";
  for (const char c : display_number)
    if (c >= '0' && c <= '9') out += c;
  out += "\"}]";
}

void append_quote(std::string& out, const json::object& item) {
  const auto* context = object_at(item, "context");
  const auto quoted = context ? text_at(*context, "id") : std::string_view();
  if (quoted.empty()) return;
  out += R"(,"quoted":{"provider_id":)";
  append_quoted(out, quoted);
  out += '}';
}

class Extra {
 public:
  explicit Extra(std::string& out) : out_(out) {}
  ~Extra() {
    if (!empty_) out_ += '}';
  }
  void add(std::string_view key, std::string_view value_json) {
    out_ += empty_ ? ",\"extra\":{\"" : ",\"";
    out_ += key;
    out_ += "\":";
    out_ += value_json;
    empty_ = false;
  }
  void add_text(std::string_view key, std::string_view text) {
    if (text.empty()) return;
    std::string quoted;
    append_quoted(quoted, text);
    add(key, quoted);
  }
  void add_value(std::string_view key, const json::value* value) {
    if (value && !value->is_null()) add(key, json::serialize(*value));
  }

 private:
  std::string& out_;
  bool empty_ = true;
};

void append_extra(std::string& out, const json::object& item, std::string_view type, const Sender& sender) {
  Extra extra(out);
  if (const auto* context = object_at(item, "context")) {
    const bool often = true_at(*context, "frequently_forwarded");
    if (often || true_at(*context, "forwarded")) extra.add("forwarded", "true");
    if (often) extra.add("frequently_forwarded", "true");
    extra.add_value("referred_product", context->if_contains("referred_product"));
  }
  extra.add_value("referral", item.if_contains("referral"));
  extra.add_text("group_id", text_at(item, "group_id"));
  extra.add_text("username", sender.username);
  if (!is_understood(type)) extra.add("raw", json::serialize(item));
}

void begin_event(std::string& out, std::string_view type, std::string_view id, const Envelope& envelope) {
  out += "{\"type\":\"";
  out += type;
  out += '"';
  append_field(out, "id", id);
  append_field(out, "account", envelope.account);
}

bool write_reaction(std::string& out, const Envelope& envelope, const json::object& item, const Sender& sender,
                    std::string& reason) {
  const auto* reaction = object_at(item, "reaction");
  const auto target = reaction ? text_at(*reaction, "message_id") : std::string_view();
  if (target.empty()) return fail(reason, "reaction.message_id is missing");
  begin_event(out, "reaction", target, envelope);
  const auto emoji = text_at(*reaction, "emoji");
  if (emoji.empty())
    out += R"(,"emoji":null)";  // taken back
  else
    append_field(out, "emoji", emoji);
  append_from(out, envelope, sender);
  append_field(out, "dedupe", text_at(item, "id"));
  append_timestamp(out, "at", item);
  out += '}';
  return true;
}

bool write_edit(std::string& out, const Envelope& envelope, const json::object& item, std::string& reason) {
  const auto* edit = object_at(item, "edit");
  const auto target = edit ? text_at(*edit, "original_message_id") : std::string_view();
  const auto* message = edit ? object_at(*edit, "message") : nullptr;
  if (target.empty() || !message) return fail(reason, "edit.original_message_id or edit.message is missing");
  begin_event(out, "edited", target, envelope);
  out += ",\"parts\":[";
  if (!write_parts(out, *message, text_at(*message, "type"), reason)) return false;
  out += ']';
  append_field(out, "dedupe", text_at(item, "id"));
  append_timestamp(out, "at", item);
  out += '}';
  return true;
}

bool write_revoke(std::string& out, const Envelope& envelope, const json::object& item, std::string& reason) {
  const auto* revoke = object_at(item, "revoke");
  const auto target = revoke ? text_at(*revoke, "original_message_id") : std::string_view();
  if (target.empty()) return fail(reason, "revoke.original_message_id is missing");
  begin_event(out, "deleted", target, envelope);
  append_field(out, "dedupe", text_at(item, "id"));
  append_timestamp(out, "at", item);
  out += '}';
  return true;
}

}  // namespace

const json::object* contact_of(const Envelope& envelope, const json::object& item) {
  if (!envelope.contacts) return nullptr;
  const auto phone = text_at(item, "from");
  const auto user_id = text_at(item, "from_user_id");
  for (const auto& each : *envelope.contacts) {
    const auto* contact = each.if_object();
    if (!contact) continue;
    if (!user_id.empty() && text_at(*contact, "user_id") == user_id) return contact;
    if (!phone.empty() && text_at(*contact, "wa_id") == phone) return contact;
  }
  return nullptr;
}

void append_timestamp(std::string& out, std::string_view key, const json::object& item) {
  constexpr std::int64_t kLast = 253402300799;  // the end of 9999
  const auto* value = item.if_contains("timestamp");
  if (!value) return;
  std::int64_t seconds = -1;
  if (const auto text = text_of(*value); all_digits(text))
    std::from_chars(text.data(), text.data() + text.size(), seconds);
  else if (value->is_int64())
    seconds = value->get_int64();
  if (seconds < 0 || seconds > kLast) return;
  out += ",\"";
  out += key;
  out += "\":";
  append_time(out, seconds);
}

bool write_message(std::string& out, const Envelope& envelope, const json::value& value, std::string& reason) {
  const auto* item = value.if_object();
  if (!item) return fail(reason, "it is " + kind_name(value));
  const auto id = text_at(*item, "id");
  if (id.empty()) return fail(reason, "id is missing");
  const auto* kind = item->if_contains("type");
  if (!kind || !kind->is_string()) return fail(reason, "type is " + (kind ? kind_name(*kind) : "missing"));
  const std::string_view type = kind->get_string();
  const Sender sender = sender_of(envelope, *item);
  if (sender.phone.empty() && sender.user_id.empty()) return fail(reason, "neither from nor from_user_id is there");

  if (type == "reaction") return write_reaction(out, envelope, *item, sender, reason);
  if (type == "edit") return write_edit(out, envelope, *item, reason);
  if (type == "revoke") return write_revoke(out, envelope, *item, reason);

  begin_event(out, "message", id, envelope);
  append_from(out, envelope, sender);
  append_to(out, envelope.display_number);
  append_timestamp(out, "sent_at", *item);
  out += R"(,"visibility":"private")";
  append_quote(out, *item);
  out += ",\"parts\":[";
  if (!write_parts(out, *item, type, reason)) return false;
  out += ']';
  append_extra(out, *item, type, sender);
  out += '}';
  return true;
}

}  // namespace jackfield::whatsapp
