// Who wrote, when, in answer to what; the parts are in decode_parts.cpp.
#include <boost/json/serialize.hpp>

#include "decode_item.hpp"
#include "decode_person.hpp"
#include "json_read.hpp"
#include "json_write.hpp"

namespace jackfield::whatsapp {
namespace {

namespace json = boost::json;

bool fail(std::string& reason, std::string_view why) {
  reason = why;
  return false;
}

void append_own_number(std::string& out, std::string_view display_number) {
  out += R"({"address":"whatsapp:)";
  for (const char c : display_number)
    if (c >= '0' && c <= '9') out += c;
  out += "\"}";
}

bool has_digit(std::string_view text) { return text.find_first_of("0123456789") != std::string_view::npos; }

void append_to(std::string& out, std::string_view display_number) {
  if (!has_digit(display_number)) return;
  out += ",\"to\":[";
  append_own_number(out, display_number);
  out += ']';
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

void append_extra(std::string& out, const json::object& item, std::string_view type, const Person& sender) {
  Extra extra(out);
  if (const auto* context = object_at(item, "context")) {
    const bool often = true_at(*context, "frequently_forwarded");
    if (often || true_at(*context, "forwarded")) extra.add("forwarded", "true");
    if (often) extra.add("frequently_forwarded", "true");
    extra.add_value("referred_product", context->if_contains("referred_product"));
  }
  extra.add_value("referral", item.if_contains("referral"));
  if (const auto group = text_at(item, "group_id"); !group.empty()) {
    extra.add_text("group_id", group);
    // Answers go where it was said.
    std::string answer = "{\"address\":";
    append_quoted(answer, std::string(kGroup) + std::string(group));
    extra.add("reply_to", answer + '}');
  }
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

bool write_reaction(std::string& out, const Envelope& envelope, const json::object& item, const Person& sender,
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

// What is the same for both directions.
bool write_rest(std::string& out, const json::object& item, std::string_view type, const Person& sender,
                std::string& reason) {
  append_timestamp(out, "sent_at", item);
  out += R"(,"visibility":"private")";
  append_quote(out, item);
  out += ",\"parts\":[";
  if (!write_parts(out, item, type, reason)) return false;
  out += ']';
  append_extra(out, item, type, sender);
  out += '}';
  return true;
}

}  // namespace

bool write_message(std::string& out, const Envelope& envelope, const json::value& value, std::string& reason) {
  const auto* item = value.if_object();
  if (!item) return fail(reason, "it is " + kind_name(value));
  const auto id = text_at(*item, "id");
  if (id.empty()) return fail(reason, "id is missing");
  const auto* kind = item->if_contains("type");
  if (!kind || !kind->is_string()) return fail(reason, "type is " + (kind ? kind_name(*kind) : "missing"));
  const std::string_view type = kind->get_string();
  const Person sender = sender_of(envelope, *item);
  if (!is_somebody(sender)) return fail(reason, "neither from nor from_user_id is there");

  if (type == "reaction") return write_reaction(out, envelope, *item, sender, reason);
  if (type == "edit") return write_edit(out, envelope, *item, reason);
  if (type == "revoke") return write_revoke(out, envelope, *item, reason);

  if (type == "system" && write_changed_person(out, envelope, *item, sender)) return true;

  begin_event(out, "message", id, envelope);
  append_from(out, envelope, sender);
  append_to(out, envelope.display_number);
  // Meta says it, not the customer.
  if (type == "system") out += R"(,"automatic":"notice")";
  return write_rest(out, *item, type, sender, reason);
}

bool write_echo(std::string& out, const Envelope& envelope, const json::value& value, std::string& reason) {
  const auto* item = value.if_object();
  if (!item) return fail(reason, "it is " + kind_name(value));
  const auto id = text_at(*item, "id"), type = text_at(*item, "type");
  if (id.empty() || type.empty()) return fail(reason, "id or type is missing");
  const Person customer = receiver_of(envelope, *item);
  if (!is_somebody(customer)) return fail(reason, "neither to nor to_user_id is there");
  // Changes of ours to what we sent from there: the message keeps what it said to the customer first.
  if (type == "reaction" || type == "edit" || type == "revoke")
    return fail(reason, "a " + std::string(type) + " of ours");
  begin_event(out, "message", id, envelope);
  out += R"(,"direction":"out","from":)";
  if (has_digit(envelope.display_number))
    append_own_number(out, envelope.display_number);
  else
    out += R"({"address":"whatsapp:us"})";
  out += ",\"to\":[";
  append_person(out, envelope, customer);
  out += ']';
  return write_rest(out, *item, type, {}, reason);
}

}  // namespace jackfield::whatsapp
