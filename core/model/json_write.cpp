// The model written as JSON, straight into strings.
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

#include "model/json.hpp"

namespace jackfield {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// Length of the valid UTF-8 sequence at text[at], 0 when there is none (RFC 3629: no overlong forms, no surrogates).
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned a = byte(at);
  if (a >= 0xC2 && a <= 0xDF) return tail(at + 1) ? 2 : 0;
  if (a >= 0xE0 && a <= 0xEF) {
    const unsigned b = byte(at + 1);
    if ((a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F)) return 0;
    return tail(at + 1) && tail(at + 2) ? 3 : 0;
  }
  if (a >= 0xF0 && a <= 0xF4) {
    const unsigned b = byte(at + 1);
    if ((a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F)) return 0;
    return tail(at + 1) && tail(at + 2) && tail(at + 3) ? 4 : 0;
  }
  return 0;
}

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  static constexpr char kHex[] = "0123456789abcdef";
  out += "\\u00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

// JSON that Boost.JSON wrote: it passes on whatever bytes it was given, and what is stored must be readable again.
std::string valid_utf8(std::string json) {
  std::size_t at = 0;
  const auto sequence = [&] { return static_cast<unsigned char>(json[at]) < 0x80 ? 1 : sequence_length(json, at); };
  for (std::size_t n = 0; at < json.size() && (n = sequence()) > 0;) at += n;
  if (at == json.size()) return json;
  std::string out = json.substr(0, at);
  while (at < json.size()) {
    const std::size_t n = sequence();
    out += n > 0 ? std::string_view(json).substr(at, n) : kReplacement;
    at += n > 0 ? n : 1;
  }
  return out;
}

// Writes members one after another, with the commas between them.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }
  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return out_;
  }
  void text(std::string_view name, std::string_view value) { append_string(key(name), value); }
  void text_or_null(std::string_view name, std::string_view value) {
    value.empty() ? void(key(name) += "null") : text(name, value);
  }
  void id(std::string_view name, Id value) { value ? text(name, to_string(value)) : void(key(name) += "null"); }
  void time(std::string_view name, Time value) { append_time(key(name), value); }
  void raw(std::string_view name, std::string_view json) { key(name) += json; }
  // Members of a ready object, spliced in.
  void members(std::string_view object) {
    if (object.size() <= 2) return;
    if (!first_) out_ += ',';
    first_ = false;
    out_ += object.substr(1, object.size() - 2);
  }

 private:
  std::string& out_;
  bool first_ = true;
};

void append_opt_out(std::string& out, const OptOut& said) {
  Object object(out);
  object.text("channel", said.channel);
  object.text_or_null("reason", said.reason);
  object.time("at", said.at);
  if (said.lifted) object.raw("lifted", "true");
  object.end();
}

// with_lifted: for the store; people are told of those that stand.
void append_opt_outs(std::string& out, const std::vector<OptOut>& opt_outs, bool with_lifted) {
  out += '[';
  bool first = true;
  for (const auto& said : opt_outs) {
    if (said.lifted && !with_lifted) continue;
    if (!std::exchange(first, false)) out += ',';
    append_opt_out(out, said);
  }
  out += ']';
}

bool any_stands(const std::vector<OptOut>& opt_outs) {
  return std::any_of(opt_outs.begin(), opt_outs.end(), [](const OptOut& said) { return !said.lifted; });
}

void append_address(std::string& out, const Address& address, bool with_evidence) {
  Object object(out);
  object.text("address", address.uri);
  if (!address.name.empty()) object.text("name", address.name);
  if (!address.scope.empty()) object.text("scope", address.scope);
  if (with_evidence) object.text("evidence", name_of(address.evidence));
  if (with_evidence && any_stands(address.opt_outs)) append_opt_outs(object.key("opted_out"), address.opt_outs, false);
  object.end();
}

void append_addresses(std::string& out, const std::vector<Address>& addresses, bool with_evidence = false) {
  out += '[';
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (i > 0) out += ',';
    append_address(out, addresses[i], with_evidence);
  }
  out += ']';
}

void append_strings(std::string& out, const std::vector<std::string>& strings) {
  out += '[';
  for (std::size_t i = 0; i < strings.size(); ++i) {
    if (i > 0) out += ',';
    append_string(out, strings[i]);
  }
  out += ']';
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // where the run not yet copied begins
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      ++at;
      continue;
    }
    const std::size_t length = c < 0x80 ? 0 : sequence_length(text, at);
    if (length > 0) {
      at += length;
      continue;
    }
    out += text.substr(plain, at - plain);
    if (c < 0x80)
      append_escape(out, c);
    else
      out += kReplacement;
    plain = ++at;
  }
  out += text.substr(plain);
  out += '"';
}

void append_time(std::string& out, Time t) {
  if (t == Time{}) {
    out += "null";
    return;
  }
  out += '"';
  out += to_rfc3339(t);
  out += '"';
}

std::string content_to_json(const Content& content) {
  std::string out;
  out.reserve(256 + 2 * content.text.size() + content.html.size());
  Object object(out);
  append_address(object.key("from"), content.from, false);
  append_addresses(object.key("to"), content.to);
  if (!content.cc.empty()) append_addresses(object.key("cc"), content.cc);
  object.text_or_null("subject", content.subject);
  object.text("text", content.text);
  if (!content.html.empty()) object.text("html", content.html);
  if (!content.new_text.empty()) object.text("new_text", content.new_text);
  object.text_or_null("language", content.language);
  if (!content.automatic.empty()) object.text("automatic", content.automatic);
  object.raw("parts", valid_utf8(boost::json::serialize(content.parts)));
  if (!content.converted.empty()) object.raw("converted", valid_utf8(boost::json::serialize(content.converted)));
  object.id("reply_to", content.reply_to);
  if (content.quoted.empty()) {
    object.raw("quoted", "null");
  } else {
    Object quoted(object.key("quoted"));
    quoted.text("provider_id", content.quoted);
    quoted.end();
  }
  if (!content.extra.empty()) object.raw("extra", valid_utf8(boost::json::serialize(content.extra)));
  object.end();
  return out;
}

std::string track_to_json(const Track& track) {
  std::string out;
  Object object(out);
  append_strings(object.key("provider_ids"), track.provider_ids);
  if (!track.history.empty()) {
    auto& list = object.key("history");
    list += '[';
    for (std::size_t i = 0; i < track.history.size(); ++i) {
      if (i > 0) list += ',';
      Object entry(list);
      entry.text("status", name_of(track.history[i].status));
      entry.time("at", track.history[i].at);
      entry.end();
    }
    list += ']';
  }
  if (!track.errors.empty()) {
    auto& list = object.key("errors");
    list += '[';
    for (std::size_t i = 0; i < track.errors.size(); ++i) {
      if (i > 0) list += ',';
      Object entry(list);
      entry.text("class", track.errors[i].error_class);
      entry.text("code", track.errors[i].code);
      entry.text("detail", track.errors[i].detail);
      entry.time("at", track.errors[i].at);
      entry.end();
    }
    list += ']';
  }
  object.end();
  return out;
}

std::string channel_uses_to_json(const std::vector<ChannelUse>& uses) {
  std::string out = "[";
  for (std::size_t i = 0; i < uses.size(); ++i) {
    if (i > 0) out += ',';
    Object object(out);
    object.text("channel", uses[i].channel);
    object.text("address", uses[i].address);
    if (!uses[i].scope.empty()) object.text("scope", uses[i].scope);
    object.raw("last_inbound_at", std::to_string(to_ms(uses[i].last_inbound_at)));
    object.raw("last_inbound", std::to_string(uses[i].last_inbound.value));
    if (uses[i].last_public) {  // rare: where nothing is said, all of it is private
      object.raw("last_public", std::to_string(uses[i].last_public.value));
      object.raw("last_private", std::to_string(uses[i].last_private.value));
    }
    object.end();
  }
  out += ']';
  return out;
}

std::string satisfaction_to_json(const Satisfaction& s) {
  if (s.asked_at == Time{}) return {};
  std::string out;
  Object object(out);
  object.raw("until", std::to_string(to_ms(s.until)));
  object.raw("question", std::to_string(s.question.value));
  object.raw("score", std::to_string(s.score));
  object.raw("scored_at", std::to_string(to_ms(s.scored_at)));
  object.raw("answer", std::to_string(s.answer.value));
  object.raw("words", s.words ? "true" : "false");
  object.end();
  return out;
}

std::string strings_to_json(const std::vector<std::string>& strings) {
  std::string out;
  append_strings(out, strings);
  return out;
}

std::string opt_outs_to_json(const std::vector<OptOut>& opt_outs) {
  std::string out;
  if (!opt_outs.empty()) append_opt_outs(out, opt_outs, true);
  return out;
}

std::string attributes_to_json(const std::map<std::string, std::string>& attributes) {
  std::string out;
  Object object(out);
  for (const auto& [name, value] : attributes) {
    std::string quoted;
    append_string(quoted, name);
    object.text(std::string_view(quoted).substr(1, quoted.size() - 2), value);
  }
  object.end();
  return out;
}

std::string message_to_json(const MessageRow& row) {
  const Message& head = row.head;
  std::string out;
  out.reserve(512 + row.content.size() + row.track.size());
  Object object(out);
  object.id("id", head.id);
  object.id("conversation", head.conversation);
  object.id("contact", head.contact);
  object.text_or_null("channel", head.channel);
  object.text("direction", name_of(head.direction));
  object.text("visibility", name_of(head.visibility));
  object.members(row.content);
  object.members(row.track);
  // Inbound messages store only ids in their track: the rest follows from the row.
  if (row.track.find("\"errors\":") == std::string::npos) object.raw("errors", "[]");
  object.text("status", name_of(head.status));
  object.time("sent_at", head.sent_at.value_or(Time{}));
  object.time("received_at", head.received_at);
  if (row.track.find("\"history\":") == std::string::npos) {
    auto& list = object.key("history");
    list += '[';
    Object entry(list);
    entry.text("status", name_of(head.status));
    entry.time("at", head.received_at);
    entry.end();
    list += ']';
  }
  object.end();
  return out;
}

std::string message_to_json(const Message& message) {
  MessageRow row;
  row.content = content_to_json(message.content);
  row.track = track_to_json(message.track);
  row.head = message;
  return message_to_json(row);
}

std::string contact_to_json(const Contact& contact) {
  std::string out;
  Object object(out);
  object.id("id", contact.id);
  object.text("name", contact.name);
  object.text_or_null("language", contact.language);
  object.raw("attributes", attributes_to_json(contact.attributes));
  append_strings(object.key("tags"), contact.tags);
  append_addresses(object.key("addresses"), contact.addresses, true);
  if (contact.merged_into) object.id("merged_into", contact.merged_into);
  object.time("created_at", contact.created_at);
  object.end();
  return out;
}

namespace {

void append_satisfaction(Object& object, const Satisfaction& s) {
  if (s.asked_at == Time{}) return object.raw("satisfaction", "null");
  Object said(object.key("satisfaction"));
  said.time("asked_at", s.asked_at);
  said.time("until", s.until);
  s.score > 0 ? said.raw("score", std::to_string(s.score)) : said.raw("score", "null");
  said.time("scored_at", s.scored_at);
  said.id("message", s.answer);
  said.raw("words", s.words ? "true" : "false");
  said.end();
}

std::string_view visibility_of(const Conversation& c) {
  if (!c.was_said(Visibility::public_)) return "private";
  return c.was_said(Visibility::private_) ? "both" : "public";
}

}  // namespace

std::string conversation_to_json(const Conversation& c, const Contact* contact, std::string_view reply_windows) {
  std::string out;
  Object object(out);
  object.id("id", c.id);
  Object who(object.key("contact"));
  who.id("id", c.contact);
  who.text("name", contact ? std::string_view(contact->name) : std::string_view{});
  append_addresses(who.key("addresses"), contact ? contact->addresses : std::vector<Address>{}, true);
  who.end();
  std::vector<std::string> channels;
  for (const auto& use : c.channels) channels.push_back(use.channel);
  append_strings(object.key("channels"), channels);
  object.text("state", name_of(c.state));
  object.text_or_null("queue", c.queue);
  object.text_or_null("assignee", c.assignee);
  object.text("priority", name_of(c.priority));
  append_strings(object.key("tags"), c.tags);
  object.text_or_null("language", c.language);
  object.text_or_null("subject", c.subject);
  object.time("created_at", c.created_at);
  object.time("last_activity_at", c.last_activity_at);
  object.time("last_inbound_at", c.last_inbound_at);
  object.time("last_outbound_at", c.last_outbound_at);
  object.time("snoozed_until", c.snoozed_until);
  object.text_or_null("offered_to", c.work.offered_to);
  object.time("offer_until", c.work.offer_until);
  object.time("waiting_since", c.work.waiting_since);
  object.time("first_response_due", c.work.first_response_due);
  object.time("first_response_at", c.work.first_response_at);
  object.time("resolution_due", c.work.resolution_due);
  append_satisfaction(object, c.satisfaction);
  object.text("visibility", visibility_of(c));
  object.raw("reply_windows", reply_windows.empty() ? std::string_view("{}") : reply_windows);
  object.end();
  return out;
}

std::string event_to_json(const Event& event, std::string_view data) {
  std::string out;
  out.reserve(300 + data.size());
  Object object(out);
  object.text("specversion", "1.0");
  object.text("id", to_cursor(event.cursor));
  object.text("type", name_of(event.type));
  object.text("source", "jackfield/" + event.source);
  if (event.conversation) object.id("subject", event.conversation);
  object.time("time", event.at);
  object.text("datacontenttype", "application/json");
  object.raw("data", data.empty() ? std::string_view("{}") : data);
  object.end();
  return out;
}

}  // namespace jackfield
